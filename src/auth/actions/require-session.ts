import type { Ctx, UserActor } from '../../app/context'
import { userErrors } from '../../users/errors'
import { readAccessToken } from '../access-tokens'
import { authErrors } from '../errors'
import { isAlive } from '../rules'
import { findSession } from '../store'

/**
 * Proves an access token and reads its session and user by key, in one round trip: a session that has ended is refused
 * at once, however long its token would live.
 * @param evenLeaving for the few things that somebody may do whose account is going to be erased
 * @throws auth.token_expired, auth.token_invalid, user.deletion_scheduled
 */
export async function requireSession(
  ctx: Ctx,
  token: string,
  transport: 'bearer' | 'cookie',
  evenLeaving = false,
): Promise<UserActor> {
  const claims = await readAccessToken(ctx, token)
  const session = await findSession(ctx, claims.sessionId)
  if (!session || session.userId !== claims.userId) throw authErrors.tokenInvalid()
  if (!isAlive(session, ctx.now()) || session.status !== 'active') throw authErrors.tokenInvalid()
  if (session.erasesAt !== null && !evenLeaving)
    throw userErrors.deletionScheduled({ extra: { erasesAt: new Date(session.erasesAt).toISOString() } })
  return {
    kind: 'user',
    userId: claims.userId,
    sessionId: claims.sessionId,
    sessionEndsAt: session.endsAt,
    role: session.role,
    verified: session.emailVerifiedAt !== null || session.phone !== null,
    transport,
  }
}
