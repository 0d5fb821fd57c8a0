import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { requireSession } from '../auth/actions/require-session'
import { authErrors } from '../auth/errors'
import { rateErrors, requestErrors } from '../shared/errors'
import type { Config } from './config'
import type { Ctx, UserCtx } from './context'
import { accessCookie } from './cookies'
import type { AppEnv } from './env'

interface SignedInEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { ctx: UserCtx }
}

/**
 * Lets a request through only with a valid access token whose session is alive now: one round trip to D1.
 * @throws auth.required, auth.token_expired, auth.token_invalid, user.deletion_scheduled, request.cross_site, rate.limited
 */
export const signedIn = requireSignedIn(false)

/** The same for what somebody may still do whose account is going to be erased. */
export const signedInEvenLeaving = requireSignedIn(true)

/** Lets through people of one role; comes behind `signedIn`. @throws auth.admin_required */
export const requireRole = (role: 'admin') =>
  createMiddleware<SignedInEnv>(async (c, next) => {
    if (c.var.ctx.actor.role !== role) throw authErrors.adminRequired()
    await next()
  })

/** For the few routes that strangers may use, too: whoever brings a session must have one that is alive. */
export const signedInOrNot = createMiddleware<AppEnv>(async (c, next) => {
  const brings = c.req.header('Authorization') !== undefined || getCookie(c, accessCookie) !== undefined
  return brings ? signedIn(c as Context<SignedInEnv>, next) : next()
})

function requireSignedIn(evenLeaving: boolean) {
  return createMiddleware<SignedInEnv>(async (c, next) => {
    const bearer = bearerToken(c.req.header('Authorization'))
    const token = bearer ?? getCookie(c, accessCookie)
    if (!token) throw authErrors.required()
    const transport = bearer === null ? 'cookie' : 'bearer'
    if (transport === 'cookie') requireSameSite(c.var.ctx.config, c.req.raw)
    const actor = await requireSession(c.var.ctx, token, transport, evenLeaving).catch(async (error) => {
      // Guessing tokens costs the same as knocking without one.
      await shieldAddress(c.env, c.var.ctx)
      throw error
    })
    const { success } = await c.env.SHIELD_USER.limit({ key: actor.userId })
    if (!success) throw rateErrors.limited({ headers: { 'Retry-After': '60' } })
    c.set('ctx', { ...c.var.ctx, actor })
    await next()
  })
}

/** A coarse shield by address for requests that bring no token; the others are counted by user in `signedIn`. */
export const shielded = createMiddleware<AppEnv>(async (c, next) => {
  const signed = c.req.header('Authorization') !== undefined || getCookie(c, accessCookie) !== undefined
  if (!signed) await shieldAddress(c.env, c.var.ctx)
  await next()
})

/** For addresses that are signed themselves: who comes with a good one is not counted, who guesses is. */
export const shieldedWhenMissed = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  if (c.res.status === 404) await shieldAddress(c.env, c.var.ctx)
})

async function shieldAddress(env: Env, ctx: Ctx): Promise<void> {
  const { success } = await env.SHIELD_ADDRESS.limit({ key: ctx.address ?? 'unknown' })
  if (!success) throw rateErrors.limited({ headers: { 'Retry-After': '60' } })
}

/** The token of an `Authorization: Bearer` header, or null without such a header. */
export function bearerToken(header: string | undefined): string | null {
  if (header === undefined) return null
  const found = /^Bearer +(\S+)$/i.exec(header)
  if (!found?.[1]) throw authErrors.tokenInvalid()
  return found[1]
}

/**
 * Demands that an unsafe request which a browser authenticates by cookie comes from our own or an allowed origin.
 * @throws request.cross_site
 */
export function requireSameSite(config: OriginSettings, request: Request): void {
  if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method) && !isSameSite(config, request))
    throw requestErrors.crossSite()
}

/** Whether a browser says that our own or an allowed page sends this. */
export function isSameSite(config: OriginSettings, request: Request): boolean {
  const origin = request.headers.get('Origin')
  if (origin !== null) return isAllowedOrigin(config, request.url, origin)
  return request.headers.get('Sec-Fetch-Site') === 'same-origin'
}

type OriginSettings = Pick<Config, 'ALLOWED_ORIGINS' | 'PUBLIC_URL'>

/** Our own origin, the public one and those on the list; nothing like them. */
export function isAllowedOrigin(config: OriginSettings, requestUrl: string, origin: string): boolean {
  if (origin === new URL(requestUrl).origin) return true
  return (
    config.ALLOWED_ORIGINS.includes(origin) ||
    (config.PUBLIC_URL !== '' && origin === new URL(config.PUBLIC_URL).origin)
  )
}
