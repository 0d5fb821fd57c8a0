import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { accessCookie, clearSessionCookies, handOver, refreshCookie } from '../app/cookies'
import type { AppEnv } from '../app/env'
import { bearerToken, requireSameSite, signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { requestContext } from '../app/request-context'
import { baseOf } from '../app/site'
import { pageErrors, rateErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { userErrors } from '../users/errors'
import { findCredential } from './actions/credential'
import { endAllSessions, endSession, revokeSession } from './actions/end-session'
import { listPublicKeys } from './actions/list-public-keys'
import { listSessions } from './actions/list-sessions'
import { logIn } from './actions/log-in'
import { refreshSession } from './actions/refresh-session'
import { register } from './actions/register'
import { authErrors } from './errors'
import {
  logInBody,
  logInReply,
  publicKeysReply,
  refreshBody,
  refreshReply,
  registerBody,
  sessionPath,
  sessionsQuery,
  sessionsReply,
  signedInReply,
} from './schemas'

const tag = 'Auth'

export const authRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/register',
      describe({
        summary: 'Make an account and sign in',
        description:
          'Where mail is on, a link to prove the address goes there. The locale is the language that Accept-Language asks for, if Studyhall speaks it.',
        tag,
        open: true,
        replies: { 201: signedInReply },
        errors: [
          authErrors.emailTaken,
          userErrors.usernameTaken,
          authErrors.weakPassword,
          authErrors.emailDomainNotAllowed,
          requestErrors.invalid,
          requestErrors.crossSite,
          rateErrors.limited,
        ],
      }),
      validate('json', registerBody),
      async (c) => {
        const input = c.req.valid('json')
        if (input.transport === 'cookie') requireSameSite(c.var.ctx.config, c.req.raw)
        const { user, tokens } = await register(c.var.ctx, input, baseOf(c.var.ctx.config, c.req.raw))
        return c.json({ user, ...handOver(c, tokens, input.transport) }, 201, { Location: `/api/v1/users/${user.id}` })
      },
    )
    .post(
      '/login',
      describe({
        summary: 'Sign in with a password',
        description:
          'Unknown names and wrong passwords get the same answer, in the same time. Where the account has a second factor, the reply is `mfaRequired` with an mfaToken for POST /auth/mfa/verify. In a browser that is signed in by cookie, the new session takes the place of the old one.',
        tag,
        open: true,
        replies: { 200: logInReply },
        errors: [authErrors.invalidCredentials, requestErrors.invalid, requestErrors.crossSite, rateErrors.limited],
      }),
      validate('json', logInBody),
      async (c) => {
        const input = c.req.valid('json')
        const byCookie = input.transport === 'cookie'
        if (byCookie) requireSameSite(c.var.ctx.config, c.req.raw)
        const replaced = byCookie ? (getCookie(c, refreshCookie) ?? null) : null
        const result = await logIn(c.var.ctx, input, replaced)
        if ('mfaRequired' in result) return c.json(result)
        return c.json({ user: result.user, ...handOver(c, result.tokens, input.transport) })
      },
    )
    .post(
      '/refresh',
      describe({
        summary: 'Trade a refresh token for a new pair',
        description:
          'Several tabs may ask at once: all get the same next token. Within 30 seconds the token before the current one is good for the same reply again, so a lost reply costs nothing. An older one ends the session.',
        tag,
        open: true,
        replies: { 200: refreshReply },
        errors: [
          authErrors.required,
          authErrors.tokenInvalid,
          requestErrors.invalid,
          requestErrors.crossSite,
          rateErrors.limited,
        ],
      }),
      validate('json', refreshBody),
      async (c) => {
        const { refreshToken } = c.req.valid('json')
        const transport = refreshToken === undefined ? 'cookie' : 'bearer'
        const token = refreshToken ?? getCookie(c, refreshCookie)
        if (token === undefined) throw authErrors.required()
        if (transport === 'cookie') requireSameSite(c.var.ctx.config, c.req.raw)
        return c.json(handOver(c, await refreshSession(c.var.ctx, token, transport), transport))
      },
    )
    .post(
      '/logout',
      describe({
        summary: 'End this session',
        description: 'Takes an access token, even an expired one, a refresh token or cookies, and always answers 204.',
        tag,
        open: true,
        replies: { 204: null },
        errors: [requestErrors.invalid, requestErrors.crossSite],
      }),
      validate('json', refreshBody),
      async (c) => {
        const credential = await findCredential(c.var.ctx, tokensOf(c, c.req.valid('json').refreshToken))
        if (credential) await endSession(c.var.ctx, credential, 'logout')
        return signedOut(c, credential !== null)
      },
    )
    .post(
      '/logout-all',
      describe({
        summary: 'End all my sessions',
        description: 'Takes what logout takes, from a session that is still open, and always answers 204.',
        tag,
        open: true,
        replies: { 204: null },
        errors: [requestErrors.invalid, requestErrors.crossSite],
      }),
      validate('json', refreshBody),
      async (c) => {
        const credential = await findCredential(c.var.ctx, tokensOf(c, c.req.valid('json').refreshToken))
        if (credential) await endAllSessions(c.var.ctx, credential)
        return signedOut(c, credential !== null)
      },
    )
    .get(
      '/sessions',
      describe({
        summary: 'List my open sessions',
        description: 'The most recently used first.',
        tag,
        replies: { 200: sessionsReply },
        errors: [requestErrors.invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('query', sessionsQuery),
      async (c) => c.json(await listSessions(c.var.ctx, c.req.valid('query'))),
    )
    .delete(
      '/sessions/:id',
      describe({
        summary: 'End one of my sessions',
        tag,
        replies: { 204: null },
        errors: [authErrors.sessionNotFound, requestErrors.invalid],
      }),
      signedIn,
      validate('param', sessionPath),
      async (c) => {
        const { id } = c.req.valid('param')
        await revokeSession(c.var.ctx, id)
        const { actor } = c.var.ctx
        if (actor.transport === 'cookie' && actor.sessionId === id) clearSessionCookies(c)
        return c.body(null, 204)
      },
    )

export const wellKnownRoutes = () =>
  new Hono<AppEnv>().use(requestContext).get(
    '/jwks.json',
    describe({
      summary: 'Show the keys that sign access tokens',
      description: 'A JSON Web Key Set (RFC 7517) of public keys.',
      tag,
      open: true,
      replies: { 200: publicKeysReply },
    }),
    (c) => c.json(listPublicKeys(c.var.ctx), 200, { 'Cache-Control': 'public, max-age=300' }),
  )

/**
 * What a request to sign out brings: a token of its own, or the browser's cookies.
 * @throws request.cross_site for cookies that another site has sent
 */
function tokensOf(c: Context<AppEnv>, refreshToken: string | undefined) {
  const header = c.req.header('Authorization')
  const accessToken = /^Bearer /i.test(header ?? '') ? bearerToken(header) : null
  if (accessToken !== null || refreshToken !== undefined) return { accessToken, refreshToken }
  const cookies = { accessToken: getCookie(c, accessCookie), refreshToken: getCookie(c, refreshCookie) }
  if (cookies.accessToken !== undefined || cookies.refreshToken !== undefined)
    requireSameSite(c.var.ctx.config, c.req.raw)
  return cookies
}

/**
 * Clears what the browser keeps of us. `"cookies"` would also clear those of every other site below the same domain, so
 * ours go by name; and nothing is cleared for a stranger, or any page on the web could empty our storage.
 */
function signedOut(c: Context<AppEnv>, proven: boolean) {
  if (getCookie(c, accessCookie) !== undefined || getCookie(c, refreshCookie) !== undefined) clearSessionCookies(c)
  if (proven) c.header('Clear-Site-Data', '"cache", "storage"')
  return c.body(null, 204)
}
