import type { Ctx } from '../../app/context'
import { type AccessClaims, readAccessToken } from '../access-tokens'
import { isOurs, parseRefreshToken } from '../refresh-tokens'
import { findRefreshable } from '../store'

/**
 * The session that one of the tokens belongs to, whether or not it is still open; null when we made none of them. An
 * expired access token and a used refresh token are good enough to end a session.
 */
export async function findCredential(
  ctx: Ctx,
  tokens: { accessToken?: string | null; refreshToken?: string | null },
): Promise<AccessClaims | null> {
  if (tokens.accessToken) {
    const claims = await readAccessToken(ctx, tokens.accessToken, true).catch(() => null)
    if (claims) return claims
  }
  const token = tokens.refreshToken ? parseRefreshToken(tokens.refreshToken) : null
  const found = token && (await findRefreshable(ctx, token.sessionId))
  if (!token || !found || !(await isOurs(ctx.config, token, found.session.refreshSalt))) return null
  return { userId: found.session.userId, sessionId: found.session.id }
}
