import type { Ctx, UserCtx } from '../../app/context'
import { rememberSessionChannel } from '../../auth/actions/remember-session-channel'
import { takeFromThrottle } from '../../auth/actions/throttle'
import { authErrors } from '../../auth/errors'
import { AppError } from '../../shared/errors'
import { idPrefixes } from '../../shared/ids'
import { reach as reachObject } from '../../shared/reach'
import { proveActivity } from '../../study/actions/activity'
import { accessChannel, listBlockedMembers } from '../actions'
import type {
  ChannelCommand,
  CommandResult,
  MessageRange,
  MessageSearch,
  MessageView,
  Outcome,
  PresenceView,
  ReportedMessage,
  TodoChange,
} from './contract'
import { refusalError } from './errors'
import { handOver, type RoomObject } from './object-contract'
import type { MessageReply, NewMessage } from './schemas'
import { avatarUrl } from './wire'

/** @throws channel.not_found, channel.membership_required */
export async function listMessages(ctx: UserCtx, channelId: string, range: MessageRange) {
  const { messages, more } = await look(ctx, channelId, (room, blockedIds) =>
    room.listMessages(ctx.actor.userId, range, blockedIds),
  )
  const last = messages.at(-1)
  return { data: messages.map(messageReplyOf), nextCursor: more && last ? String(last.seq) : null }
}

/** @throws message.not_found */
export async function readMessage(ctx: UserCtx, channelId: string, messageId: string): Promise<MessageReply> {
  return messageReplyOf(
    await look(ctx, channelId, (room, blockedIds) => room.findMessage(ctx.actor.userId, messageId, blockedIds)),
  )
}

/** Whether the caller may read a file that a message of the channel has. */
export async function canReadAttachment(ctx: UserCtx, channelId: string, uploadId: string): Promise<boolean> {
  try {
    return await ask(ctx, channelId, (room) => room.mayReadFile(ctx.actor.userId, uploadId))
  } catch (error) {
    if (error instanceof AppError && error.status < 500) return false
    throw error
  }
}

/** Whether any message of the channel has the file, shown or not. */
export const hasAttachment = (ctx: Ctx, channelId: string, uploadId: string) =>
  reach(ctx, channelId, (room) => room.hasFile(uploadId))

/** The newest first. @throws channel.not_found, channel.membership_required */
export async function searchMessages(ctx: UserCtx, channelId: string, search: MessageSearch) {
  const { messages, more } = await look(ctx, channelId, (room, blockedIds) =>
    room.searchMessages(ctx.actor.userId, search, blockedIds),
  )
  const last = messages.at(-1)
  return { data: messages.map(messageReplyOf), nextCursor: more && last ? String(last.seq) : null }
}

/** At most 50, the one pinned last comes first. */
export async function listPins(ctx: UserCtx, channelId: string) {
  const pinned = await look(ctx, channelId, (room, blockedIds) => room.listPins(ctx.actor.userId, blockedIds))
  return { data: pinned.map(messageReplyOf), nextCursor: null }
}

/** @throws message.not_found, message.deleted, pin.not_allowed, pin.too_many */
export async function pinMessage(ctx: UserCtx, channelId: string, messageId: string): Promise<void> {
  await command(ctx, channelId, { type: 'message.pin', messageId })
}

/** @throws message.not_found, pin.not_allowed */
export async function unpinMessage(ctx: UserCtx, channelId: string, messageId: string): Promise<void> {
  await command(ctx, channelId, { type: 'message.unpin', messageId })
}

/** What a message said, the oldest first. @throws message.not_found, message.history_not_allowed */
export async function listVersions(ctx: UserCtx, channelId: string, messageId: string) {
  const versions = await ask(ctx, channelId, (room) => room.listVersions(ctx.actor.userId, messageId))
  return {
    data: versions.map(({ text, replacedAt }) => ({ text, replacedAt: isoOrNull(replacedAt) })),
    nextCursor: null,
  }
}

/**
 * `repeated`: the nonce has made this message before.
 * @throws auth.email_verification_required for a direct message
 */
export async function sendMessage(
  ctx: UserCtx,
  channelId: string,
  { nonce, text, replyTo, attachments, type }: NewMessage,
) {
  requireVerifiedToWrite(ctx, channelId)
  const what = { type: 'message.send', text, replyTo, attachments, form: type } as const
  const result = await command(ctx, channelId, what, nonce)
  proveActivity(ctx)
  if (result.kind === 'message' && result.repeated)
    return { message: await readMessage(ctx, channelId, result.message.id), repeated: true }
  return { message: messageOf(result), repeated: false }
}

/**
 * Says something to a whole group. `repeated`: the nonce has made this announcement before.
 * @throws message.announcement_not_allowed
 */
export async function announce(ctx: UserCtx, channelId: string, { nonce, text }: { nonce: string; text: string }) {
  const result = await command(ctx, channelId, { type: 'message.send', text, announcement: true }, nonce)
  return { message: messageOf(result), repeated: result.kind === 'message' && result.repeated }
}

/** @throws message.not_found, message.deleted, message.not_yours, message.edit_too_late */
export async function editMessage(ctx: UserCtx, channelId: string, messageId: string, text: string) {
  await command(ctx, channelId, { type: 'message.edit', messageId, text })
  proveActivity(ctx)
  return readMessage(ctx, channelId, messageId)
}

/**
 * @param reason for the author, where somebody else deletes it
 * @throws message.not_found, message.delete_not_allowed
 */
export async function deleteMessage(
  ctx: UserCtx,
  channelId: string,
  messageId: string,
  reason: string | null,
): Promise<void> {
  await command(ctx, channelId, { type: 'message.delete', messageId, reason: reason ?? undefined })
}

/** A message as it is to be looked into. @throws message.not_found, message.deleted */
export function reportedMessage(ctx: UserCtx, channelId: string, messageId: string): Promise<ReportedMessage> {
  return ask(ctx, channelId, (room) => room.reportedMessage(ctx.actor.userId, messageId))
}

/** @throws message.not_found, message.deleted, reaction.too_many */
export async function addReaction(ctx: UserCtx, channelId: string, messageId: string, emoji: string): Promise<void> {
  await command(ctx, channelId, { type: 'reaction.add', messageId, emoji })
}

/** @throws message.not_found */
export async function removeReaction(ctx: UserCtx, channelId: string, messageId: string, emoji: string): Promise<void> {
  await command(ctx, channelId, { type: 'reaction.remove', messageId, emoji })
}

/** @returns the furthest seq that the person has read */
export async function markRead(ctx: UserCtx, channelId: string, seq: number): Promise<number> {
  const result = await command(ctx, channelId, { type: 'read', seq })
  return result.kind === 'read' ? result.seq : 0
}

/** Tells who is in a room that its list of todos has changed. Never throws: what is missed is seen in the next list. */
export async function tellRoom(ctx: UserCtx, roomId: string, change: TodoChange): Promise<void> {
  try {
    await ctx.room(roomId).todoChanged(change)
  } catch (error) {
    ctx.log.warn('room.todo_not_told', { channelId: roomId, error: String(error) })
  }
}

/** Who is there now. @throws channel.not_found, channel.membership_required */
export function readPresent(ctx: UserCtx, channelId: string): Promise<PresenceView> {
  return ask(ctx, channelId, (room) => room.presence(ctx.actor.userId))
}

/** Whoever has not verified the address reads direct messages by HTTP, and writes none: by socket, too. */
function requireVerifiedToWrite(ctx: UserCtx, channelId: string): void {
  const isDirect = channelId.startsWith(`${idPrefixes.conversation}_`)
  if (isDirect && !ctx.actor.verified) throw authErrors.emailVerificationRequired()
}

/**
 * A single-use ticket for one socket (live-room.md L2).
 * @throws rate.limited, channel.not_found, channel.membership_required, auth.email_verification_required
 */
export async function issueTicket(ctx: UserCtx, channelId: string): Promise<{ ticket: string; expiresIn: number }> {
  requireVerifiedToWrite(ctx, channelId)
  const { userId, sessionId, sessionEndsAt, transport } = ctx.actor
  const [{ channel, member, blockedIds }] = await Promise.all([
    accessChannel(ctx, channelId),
    takeFromThrottle(ctx, {
      name: 'ticket',
      key: `ticket:${userId}`,
      max: ctx.config.TICKETS_PER_USER,
      windowMs: 60_000,
    }),
  ])
  const visitor = { userId, sessionId, sessionEndsAt, transport, blockedIds }
  const outcome = await reach(ctx, channelId, (room) => room.issueTicket(visitor, channel, member))
  if (!outcome.ok) throw refusalError(outcome)
  await rememberSessionChannel(ctx, channelId)
  return outcome.value
}

/** Hands the upgrade to the channel's object, which redeems the ticket. */
export async function openSocket(ctx: Pick<UserCtx, 'room'>, channelId: string, upgrade: Request, ticket: string) {
  return handOver(upgrade, ticket, ctx.room(channelId))
}

function command(ctx: UserCtx, channelId: string, what: ChannelCommand, nonce: string | null = null) {
  return ask(ctx, channelId, (room) => room.command(ctx.actor.userId, what, nonce))
}

/**
 * Asks the channel's object, whose replica decides. Only when that does not know the caller as a member, D1 does: it
 * says why not, or the object takes its rows and is asked again.
 */
export async function ask<T>(
  ctx: UserCtx,
  channelId: string,
  question: (room: RoomObject) => Promise<Outcome<T>>,
): Promise<T> {
  const answer = await reach(ctx, channelId, question)
  if (answer.ok) return answer.value
  if (answer.code !== 'channel.membership_required' && answer.code !== 'channel.not_found') throw refusalError(answer)
  const { channel, member } = await accessChannel(ctx, channelId)
  await reach(ctx, channelId, (room) => room.apply({ channel, members: [member] }))
  const second = await reach(ctx, channelId, question)
  if (!second.ok) throw refusalError(second)
  return second.value
}

/**
 * Asks for messages as the caller sees them. Most people have blocked nobody here, so that is asked beside; the others
 * ask once more.
 */
async function look<T>(
  ctx: UserCtx,
  channelId: string,
  question: (room: RoomObject, blockedIds: string[]) => Promise<Outcome<T>>,
): Promise<T> {
  const [blockedIds, seen] = await Promise.all([
    listBlockedMembers(ctx, channelId),
    ask(ctx, channelId, (room) => question(room, [])),
  ])
  return blockedIds.length === 0 ? seen : ask(ctx, channelId, (room) => question(room, blockedIds))
}

/** Everything that is asked of a room may be asked twice: sends carry a nonce, the rest is idempotent. */
function reach<T>(ctx: Ctx, channelId: string, question: (room: RoomObject) => Promise<T>): Promise<T> {
  return reachObject(
    () => question(ctx.room(channelId)),
    (error) => ctx.log.warn('room.unreachable', { channelId, error: String(error) }),
  )
}

function messageOf(result: CommandResult): MessageReply {
  if (result.kind !== 'message') throw new Error(`a room answered a message with ${result.kind}`)
  return messageReplyOf(result.message)
}

function messageReplyOf({ sender, pinnedAt, editedAt, deletedAt, createdAt, ...message }: MessageView): MessageReply {
  return {
    ...message,
    sender: { id: sender.id, name: sender.name, avatarUrl: avatarUrl(sender.avatarKey) },
    pinnedAt: isoOrNull(pinnedAt),
    editedAt: isoOrNull(editedAt),
    deletedAt: isoOrNull(deletedAt),
    createdAt: new Date(createdAt).toISOString(),
  }
}

const isoOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString())
