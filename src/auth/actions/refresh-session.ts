import type { Ctx } from '../../app/context'
import { authErrors } from '../errors'
import { isOurs, parseRefreshToken } from '../refresh-tokens'
import { isAlive, judgeRefresh, refreshThrottle } from '../rules'
import { findRefreshable, rotateSession } from '../store'
import type { SessionRow } from '../tables'
import { endSession } from './end-session'
import { issueTokens, type Tokens } from './issue-tokens'
import { takeFromThrottle, throttled } from './throttle'

/**
 * A new pair for a refresh token. Of many who bring the same one at once, one rotates it and all get the same next one;
 * an older one is a stolen copy, or its owner is, and ends the session for both.
 * @throws auth.token_invalid, rate.limited
 */
export async function refreshSession(ctx: Ctx, text: string, transport: SessionRow['transport']): Promise<Tokens> {
  const token = parseRefreshToken(text)
  const found = token && (await findRefreshable(ctx, token.sessionId))
  if (!token || !found || !(await isOurs(ctx.config, token, found.session.refreshSalt))) throw authErrors.tokenInvalid()
  const { session, status } = found
  // Only cookies may bring what cookies were given, so that no script can turn one into a token that it can read.
  if (!isAlive(session, ctx.now()) || status !== 'active' || session.transport !== transport)
    throw authErrors.tokenInvalid()

  const throttle = refreshThrottle(session.id, ctx.config.REFRESHES_PER_SESSION)
  const [key] = ctx.config.REFRESH_KEYS
  if (judgeRefresh(session, token.n, ctx.now()) === 'rotate' && key) {
    const { session: after, refused, rotated, full } = await rotateSession(ctx, session, throttle, key.id)
    if (refused) throw throttled(ctx, full)
    if (!after || after.endedAt !== null) throw authErrors.tokenInvalid()
    return rotated ? issueTokens(ctx, after) : settle(ctx, after, token.n)
  }
  if (judgeRefresh(session, token.n, ctx.now()) === 'repeat') await takeFromThrottle(ctx, throttle)
  return settle(ctx, session, token.n)
}

/** The answer to a token that is not, or no longer, the current one. */
async function settle(ctx: Ctx, session: SessionRow, n: number): Promise<Tokens> {
  switch (judgeRefresh(session, n, ctx.now())) {
    case 'repeat':
      return issueTokens(ctx, session)
    case 'reuse':
      await endSession(ctx, { userId: session.userId, sessionId: session.id }, 'reuse')
      throw authErrors.tokenInvalid()
    default:
      throw authErrors.tokenInvalid()
  }
}
