import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Ctx } from '../../app/context'
import { clearOauthCookie, handOver, oauthCookie, refreshCookie, setOauthCookie } from '../../app/cookies'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { baseOf } from '../../app/site'
import { AppError, rateErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { authErrors } from '../errors'
import { mfaErrors } from '../mfa/errors'
import { passkeyErrors } from '../passkeys/errors'
import { freshBody } from '../passkeys/schemas'
import { finishOauth } from './actions/finish-oauth'
import { listLinkedAccounts, listProviders, removeLinkedAccount } from './actions/manage-oauth'
import { startOauth, startOauthLink } from './actions/start-oauth'
import { oauthErrors } from './errors'
import { callbackQuery, linkedAccountsReply, providerPath, providersReply, startReply } from './schemas'

const tag = 'Auth'
const proofErrors = [mfaErrors.freshSignInRequired, authErrors.invalidCredentials, rateErrors.limited]

export const oauthRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({ summary: 'List the providers to sign in with', tag, open: true, replies: { 200: providersReply } }),
      (c) => c.json(listProviders(c.var.ctx)),
    )
    .get(
      '/accounts',
      describe({ summary: 'List my linked accounts', tag, replies: { 200: linkedAccountsReply } }),
      signedIn,
      async (c) => c.json(await listLinkedAccounts(c.var.ctx)),
    )
    .get(
      '/:provider/start',
      describe({
        summary: 'Begin to sign in with an account elsewhere',
        description:
          'For browsers: go here. Answers 302 to the provider, or with `Accept: application/json` the address to go to; both set a cookie that the return needs. The session comes as cookies.',
        tag,
        open: true,
        replies: { 200: startReply, 302: null },
        errors: [oauthErrors.notEnabled, requestErrors.invalid, rateErrors.limited],
      }),
      validate('param', providerPath),
      async (c) => {
        const { provider } = c.req.valid('param')
        const { url, cookie } = await startOauth(c.var.ctx, { provider, redirectUri: redirectUri(c, provider) })
        setOauthCookie(c, cookie)
        return wantsPage(c) ? c.redirect(url) : c.json({ url })
      },
    )
    .post(
      '/:provider/start',
      describe({
        summary: 'Begin to link my account with one elsewhere',
        description:
          'Needs a sign-in of the last ten minutes, or the password. Send the browser to the address in the reply; afterwards either account signs in.',
        tag,
        replies: { 200: startReply },
        errors: [oauthErrors.notEnabled, ...proofErrors, requestErrors.invalid],
      }),
      signedIn,
      validate('param', providerPath),
      validate('json', freshBody),
      async (c) => {
        const { provider } = c.req.valid('param')
        const input = { provider, redirectUri: redirectUri(c, provider), ...c.req.valid('json') }
        const { url, cookie } = await startOauthLink(c.var.ctx, input)
        setOauthCookie(c, cookie)
        return c.json({ url })
      },
    )
    .get(
      '/:provider/callback',
      describe({
        summary: 'Come back from the provider',
        description:
          'Only browsers come here, sent by the provider. A sign-in sets the session cookies and answers 302 to `/#signedIn=<provider>`, to `/#mfaToken=…&methods=…` when a second factor is due, and to `/#linked=<provider>` after a link. An error answers 302 to `/#error=<code>` where a page is asked for, and otherwise the problem.',
        tag,
        open: true,
        replies: { 302: null },
        errors: [
          oauthErrors.stateInvalid,
          oauthErrors.denied,
          oauthErrors.failed,
          oauthErrors.mailUnverified,
          oauthErrors.addressHeld,
          oauthErrors.alreadyLinked,
          oauthErrors.unavailable,
          oauthErrors.notEnabled,
          authErrors.emailTaken,
          authErrors.emailDomainNotAllowed,
          requestErrors.invalid,
          rateErrors.limited,
        ],
      }),
      validate('param', providerPath),
      validate('query', callbackQuery),
      async (c) => {
        const { provider } = c.req.valid('param')
        const { code, state, error } = c.req.valid('query')
        const cookie = getCookie(c, oauthCookie) ?? null
        const replaced = getCookie(c, refreshCookie) ?? null
        clearOauthCookie(c)
        try {
          const result = await finishOauth(c.var.ctx, {
            provider,
            redirectUri: redirectUri(c, provider),
            code: error === undefined ? code : undefined,
            state,
            cookie,
            replaced,
          })
          if ('linked' in result) return home(c, { linked: result.linked })
          if ('mfaRequired' in result) return home(c, { mfaToken: result.mfaToken, methods: result.methods.join(',') })
          handOver(c, result.tokens, 'cookie')
          return home(c, { signedIn: provider })
        } catch (problem) {
          if (problem instanceof AppError && asksForPage(c)) return home(c, { error: problem.code })
          throw problem
        }
      },
    )
    .delete(
      '/:provider',
      describe({
        summary: 'Cut the link with an account elsewhere',
        description: 'Needs a sign-in of the last ten minutes, or the password.',
        tag,
        replies: { 204: null },
        errors: [oauthErrors.notLinked, passkeyErrors.lastWayIn, ...proofErrors, requestErrors.invalid],
      }),
      signedIn,
      validate('param', providerPath),
      validate('json', freshBody),
      async (c) => {
        await removeLinkedAccount(c.var.ctx, c.req.valid('param').provider, c.req.valid('json'))
        return c.body(null, 204)
      },
    )

interface Where {
  req: { raw: Request }
  var: { ctx: Pick<Ctx, 'config'> }
}

/** Exactly what is registered at the provider. */
const redirectUri = (c: Where, provider: string) =>
  `${baseOf(c.var.ctx.config, c.req.raw)}/api/v1/auth/oauth/${provider}/callback`

const wantsPage = (c: Context<AppEnv>) => !/\bapplication\/json\b/.test(c.req.header('Accept') ?? '')
const asksForPage = (c: Context<AppEnv>) => /\btext\/html\b/.test(c.req.header('Accept') ?? '')

/** Back to our own page, always the same; what it needs to know stands behind the #, which no server sees. */
const home = (c: Context<AppEnv>, facts: Record<string, string>) => c.redirect(`/#${new URLSearchParams(facts)}`)
