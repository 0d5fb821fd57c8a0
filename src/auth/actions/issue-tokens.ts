import type { Ctx } from '../../app/context'
import { accessTokenSeconds, makeAccessToken } from '../access-tokens'
import { makeRefreshToken, newRefreshSalt } from '../refresh-tokens'
import { sessionAbsoluteMs, sessionIdleMs } from '../rules'
import type { NewSession } from '../store'

export interface Tokens {
  accessToken: string
  refreshToken: string
  /** Seconds that the access token lives. */
  expiresIn: number
  /** Seconds that the refresh token lives, unless it is used. */
  refreshExpiresIn: number
}

/** A session that is not written yet. */
export function newSession(ctx: Ctx, userId: string, transport: NewSession['transport']): NewSession {
  const now = ctx.now()
  const [key] = ctx.config.REFRESH_KEYS
  if (!key) throw new Error('REFRESH_KEYS is empty')
  return {
    id: ctx.newId('session'),
    userId,
    refreshSalt: newRefreshSalt(),
    refreshKeyId: key.id,
    transport,
    device: ctx.device,
    address: ctx.address,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now + sessionIdleMs,
    endsAt: now + sessionAbsoluteMs,
  }
}

/** A fresh access token, and the refresh token that the session stands at. */
export async function issueTokens(ctx: Ctx, session: NewSession & { refreshN?: number }): Promise<Tokens> {
  const [accessToken, refreshToken] = await Promise.all([
    makeAccessToken(ctx, { userId: session.userId, sessionId: session.id }),
    makeRefreshToken(ctx.config, {
      id: session.id,
      n: session.refreshN ?? 0,
      salt: session.refreshSalt,
      keyId: session.refreshKeyId,
    }),
  ])
  const refreshExpiresIn = Math.ceil((session.expiresAt - ctx.now()) / 1000)
  return { accessToken, refreshToken, expiresIn: accessTokenSeconds, refreshExpiresIn }
}
