import { refuse } from './answers'
import type { Attachment, ChannelCommand, MessageType } from './contract'
import type { Facts, MessageExtra, RoomState, Step } from './model'

/** Files in messages: which may be attached, and what others are shown of them. Pure. */

export const maxAttachments = 10

type Send = Extract<ChannelCommand, { type: 'message.send' }>

/** What a client may name: one to ten different uploads. */
export const isAttachmentList = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length >= 1 &&
  value.length <= maxAttachments &&
  value.every((id) => typeof id === 'string' && /^upl_[0-9a-z]{26}$/.test(id)) &&
  new Set(value).size === value.length

export const isPicture = ({ contentType }: Attachment) => /^image\/(?:jpeg|png|gif|webp)$/.test(contentType)

/**
 * Refuses what may not be attached. The shell has bound the files to this channel before; that none is in two messages
 * is decided here, where the messages are.
 */
export function refuseFiles(state: RoomState, facts: Facts, command: Send, files: readonly Attachment[]): Step | null {
  const { attachments, form } = command
  if (attachments?.some((id) => facts.isAttached(id) || !files.some((file) => file.id === id)))
    return refuse(state, 'attachment.not_usable')
  const allPictures = attachments !== undefined && files.every(isPicture)
  return form === 'image' && !allPictures ? refuse(state, 'attachment.not_a_picture') : null
}

/** What a message keeps of its files. Pictures alone make a message of type image, unless its sender says text. */
export function keptFiles({ attachments, form }: Send, files: readonly Attachment[]): Partial<MessageExtra> {
  if (attachments === undefined) return {}
  const ordered = attachments.flatMap((id) => files.filter((file) => file.id === id))
  const isImage = form !== 'text' && ordered.every(isPicture)
  return { attachments: ordered, ...(isImage ? { image: true } : {}) }
}

export function typeOf(extra: MessageExtra | null): MessageType {
  if (extra?.announcement) return 'announcement'
  return extra?.image ? 'image' : 'text'
}

/** With the address at which each read is asked for anew. */
export const shownFiles = (extra: MessageExtra | null) =>
  (extra?.attachments ?? []).map((file) => ({ ...file, url: `/api/v1/uploads/${file.id}/content` }))
