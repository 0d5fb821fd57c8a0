import { shownFiles, typeOf } from './attachments'
import type { MemberReplica } from './contract'
import { replyView } from './extras'
import type { Facts, MessageRow } from './model'
import type { ServerEvent, WireMessage } from './protocol'

/** Messages as everyone is sent them (L15a). Pure. */

type Shown = Pick<Facts, 'channel' | 'member' | 'messageAt'>

const noReactions: { reactions: [] } = { reactions: [] }

export function createdEvent(facts: Shown, message: MessageRow): ServerEvent {
  const { seq } = message
  return { type: 'message.created', seq, message: Object.assign(wireMessage(facts, message), noReactions) }
}

export function wireMessage(facts: Shown, message: MessageRow): WireMessage {
  const deleted = message.deletedAt !== null
  const wire: WireMessage = {
    id: message.id,
    seq: message.seq,
    channelId: facts.channel()?.id ?? '',
    sender: wireSender(message.userId, facts.member(message.userId)),
    type: typeOf(message.extra),
    text: deleted ? '' : message.text,
    editedAt: deleted ? null : isoOrNull(message.editedAt),
    deletedAt: isoOrNull(message.deletedAt),
    createdAt: new Date(message.createdAt).toISOString(),
  }
  if (deleted) return wire
  const { extra, pinnedAt } = message
  if (pinnedAt !== null) wire.pinnedAt = new Date(pinnedAt).toISOString()
  if (extra?.attachments) wire.attachments = shownFiles(extra)
  if (extra?.mentions) wire.mentions = extra.mentions
  if (extra?.replyTo !== undefined) wire.replyTo = replyView(facts, extra.replyTo) ?? undefined
  return wire
}

const isoOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString())

function wireSender(id: string, member: MemberReplica | null): WireMessage['sender'] {
  return { id, name: member?.name ?? '', avatarUrl: avatarUrl(member?.avatarKey ?? null) }
}

/** The same address that the Worker answers with; the core imports nothing of it. */
export const avatarUrl = (avatarKey: string | null): string | null =>
  avatarKey === null ? null : `/api/v1/avatars/${avatarKey}`
