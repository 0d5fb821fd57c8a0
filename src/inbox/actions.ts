import type { UserCtx } from '../app/context'
import { rememberSessionChannel } from '../auth/actions/remember-session-channel'
import { takeFromThrottle } from '../auth/actions/throttle'
import { ticketHeader } from '../channels/live/contract'
import { reach } from '../shared/reach'

/** A single-use ticket for one socket to the caller's own inbox. @throws rate.limited */
export async function issueInboxTicket(ctx: UserCtx): Promise<{ ticket: string; expiresIn: number }> {
  const { userId, sessionId, sessionEndsAt, transport } = ctx.actor
  await takeFromThrottle(ctx, {
    name: 'ticket',
    key: `ticket:${userId}`,
    max: ctx.config.TICKETS_PER_USER,
    windowMs: 60_000,
  })
  const issued = await reach(
    () => ctx.inbox(userId).issueTicket({ userId, sessionId, sessionEndsAt, transport }),
    (error) => ctx.log.warn('inbox.unreachable', { userId, error: String(error) }),
  )
  await rememberSessionChannel(ctx, userId)
  return issued
}

/**
 * Hands the upgrade to the inbox that the ticket names, which redeems it. What is no ticket goes to an inbox of nobody,
 * which says so on the socket.
 */
export async function openInboxSocket(ctx: Pick<UserCtx, 'inbox'>, upgrade: Request, ticket: string) {
  const [userId = ''] = /^usr_[0-9a-z]{26}(?=\.)/.exec(ticket) ?? []
  const headers = new Headers(upgrade.headers)
  headers.set(ticketHeader, ticket)
  headers.delete('Authorization')
  headers.delete('Cookie')
  return ctx.inbox(userId === '' ? 'nobody' : userId).fetch(new Request(upgrade, { headers }))
}
