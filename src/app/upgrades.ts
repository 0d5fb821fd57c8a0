import type { Context } from 'hono'
import { except } from 'hono/combine'
import { createMiddleware } from 'hono/factory'
import { authErrors } from '../auth/errors'
import { liveErrors } from '../channels/live/errors'
import { requestErrors } from '../shared/errors'
import type { AppEnv } from './env'
import { isAllowedOrigin, signedIn } from './guards'

/** What is wrong with an upgrade is said before it; only a bad ticket is not, because a browser could not read it (L3). */
export const upgradable = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.header('Upgrade')?.toLowerCase() !== 'websocket')
    throw liveErrors.upgradeRequired({ headers: { Upgrade: 'websocket' } })
  const origin = c.req.header('Origin')
  if (origin !== undefined && !isAllowedOrigin(c.var.ctx.config, c.req.url, origin)) throw requestErrors.crossSite()
  if (offeredTicket(c) === null && !bringsToken(c)) throw authErrors.required()
  await next()
})

const bringsToken = (c: Context) => c.req.header('Authorization') !== undefined

/** Programs may bring an access token instead of a ticket. */
export const signedInWithoutTicket = except((c) => offeredTicket(c) !== null || !bringsToken(c), signedIn)

export function offeredTicket(c: Context): string | null {
  const offered = (c.req.header('Sec-WebSocket-Protocol') ?? '').split(',').map((name) => name.trim())
  return offered.find((name) => name.startsWith('ticket.'))?.slice('ticket.'.length) ?? null
}
