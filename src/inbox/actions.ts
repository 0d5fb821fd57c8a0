import type { Ctx, UserCtx } from '../app/context'
import { rememberSessionChannel } from '../auth/actions/remember-session-channel'
import { takeFromThrottle } from '../auth/actions/throttle'
import { handOver } from '../channels/live/object-contract'
import { reach } from '../shared/reach'
import type { ChannelHead, InboxObject } from './contract'
import { onlineMs } from './live/store'
import { type Unread, unreadIn } from './live/unread'
import { beginOnline } from './store'

export type { Unread }

/** A single-use ticket for one socket to the caller's own inbox. @throws rate.limited */
export async function issueInboxTicket(ctx: UserCtx): Promise<{ ticket: string; expiresIn: number }> {
  const { userId, sessionId, sessionEndsAt, transport } = ctx.actor
  await takeFromThrottle(ctx, {
    name: 'ticket',
    key: `ticket:${userId}`,
    max: ctx.config.TICKETS_PER_USER,
    windowMs: 60_000,
  })
  const snapshot = await beginOnline(ctx, ctx.now() + onlineMs)
  const visitor = { userId, sessionId, sessionEndsAt, transport }
  const issued = await ask(ctx, (inbox) => inbox.issueTicket(visitor, snapshot))
  await rememberSessionChannel(ctx, userId)
  return issued
}

const ask = <T>(ctx: UserCtx, question: (inbox: InboxObject) => Promise<T>): Promise<T> =>
  reach(
    () => question(ctx.inbox(ctx.actor.userId)),
    (error) => ctx.log.warn('inbox.unreachable', { userId: ctx.actor.userId, error: String(error) }),
  )

/**
 * How much is new to the caller in channels that are so far: one call of the inbox, and none where nothing was said.
 * @returns a function of the channel's id
 */
export async function countUnread(
  ctx: UserCtx,
  heads: ({ id: string } & ChannelHead)[],
): Promise<(channelId: string) => Unread> {
  const talked = heads.filter(({ ord }) => ord > 0)
  const ids = talked.map(({ id }) => id)
  const marks = ids.length === 0 ? {} : await ask(ctx, (inbox) => inbox.readMarks(ids))
  const found = new Map(talked.map(({ id, ...head }) => [id, unreadIn(head, marks[id] ?? null)]))
  return (channelId) => found.get(channelId) ?? { unreadCount: 0, mentionCount: 0 }
}

/**
 * Hands the upgrade to the inbox that the ticket names, which redeems it. What is no ticket goes to an inbox of nobody,
 * which says so on the socket.
 */
export async function openInboxSocket(ctx: Pick<UserCtx, 'inbox'>, upgrade: Request, ticket: string) {
  const [userId = ''] = /^usr_[0-9a-z]{26}(?=\.)/.exec(ticket) ?? []
  return handOver(upgrade, ticket, ctx.inbox(userId === '' ? 'nobody' : userId))
}

/** Friendships, blocks or settings of these people have changed: their inboxes find anew who is in touch. Never throws. */
export async function refreshFriendsOf(ctx: Ctx, userIds: string[]): Promise<void> {
  try {
    await Promise.all(userIds.map((userId) => ctx.inbox(userId).refreshFriends()))
  } catch (error) {
    ctx.log.warn('inbox.friends_not_refreshed', { error: String(error) })
  }
}
