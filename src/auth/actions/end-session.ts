import type { Ctx, UserCtx } from '../../app/context'
import { idPrefixes } from '../../shared/ids'
import type { AccessClaims } from '../access-tokens'
import { authErrors } from '../errors'
import { type Drop, deleteDrops, endSessions } from '../session-end-store'

const events = { logout: 'session.ended', revoked: 'session.revoked', reuse: 'session.reuse_detected' } as const

/** How many sockets are closed before the reply; the sweep closes the others. */
const dropsAtOnce = 50

/** Ends a session, its access tokens and its sockets. @returns false when it had ended before */
export async function endSession(
  ctx: Ctx,
  { userId, sessionId }: AccessClaims,
  reason: keyof typeof events,
): Promise<boolean> {
  const { ended, drops } = await endSessions(ctx, { userId, sessionId, all: false }, reason, {
    event: events[reason],
    // Whoever brought a used token may not be the owner.
    actorId: reason === 'reuse' ? null : userId,
    subjectId: userId,
    details: { sessionId },
  })
  await closeSockets(ctx, drops)
  return ended > 0
}

/** Ends every session of the user whose session this is, if it is still open. */
export async function endAllSessions(
  ctx: Ctx,
  { userId, sessionId }: AccessClaims,
  reason: 'logout' | 'account' = 'logout',
): Promise<void> {
  const event = { event: 'sessions.ended', actorId: userId, subjectId: userId, details: { sessionId } }
  const { drops } = await endSessions(ctx, { userId, sessionId, all: true }, reason, event)
  await closeSockets(ctx, drops)
}

/** @throws auth.session_not_found, also for somebody else's */
export async function revokeSession(ctx: UserCtx, sessionId: string): Promise<void> {
  const ended = await endSession(ctx, { userId: ctx.actor.userId, sessionId }, 'revoked')
  if (!ended) throw authErrors.sessionNotFound()
}

/** Never throws: what an object does not confirm stays marked for the sweep. */
export async function closeSockets(ctx: Ctx, drops: Drop[]): Promise<void> {
  const confirmed = await Promise.all(drops.slice(0, dropsAtOnce).map((drop) => dropSession(ctx, drop)))
  try {
    await deleteDrops(
      ctx,
      confirmed.filter((drop) => drop !== null),
    )
  } catch (error) {
    ctx.log.warn('session.drop_not_noted', { error: String(error) })
  }
}

/** A session remembers its inbox by the user's id beside the ids of channels. */
const objectOf = (ctx: Ctx, id: string) => (id.startsWith(`${idPrefixes.user}_`) ? ctx.inbox(id) : ctx.room(id))

/** Three tries. @returns null when the object did not confirm */
async function dropSession(ctx: Ctx, drop: Drop): Promise<Drop | null> {
  for (const wait of [50, 200, null]) {
    try {
      await objectOf(ctx, drop.channelId).dropSession(drop.sessionId)
      return drop
    } catch (error) {
      if (wait === null) ctx.log.warn('session.drop_failed', { channelId: drop.channelId, error: String(error) })
      else await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
  return null
}
