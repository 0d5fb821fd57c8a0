import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { handOver, refreshCookie } from '../../app/cookies'
import type { AppEnv } from '../../app/env'
import { isSameSite, signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { siteOf } from '../../app/site'
import { rateErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { authErrors } from '../errors'
import { passkeyErrors } from '../passkeys/errors'
import { freshBody } from '../passkeys/schemas'
import { signedInReply } from '../schemas'
import { renewRecoveryCodes } from './actions/recovery-codes'
import { showMfa } from './actions/show-mfa'
import { confirmTotp, removeTotp, setUpTotp } from './actions/totp'
import { verifyMfa } from './actions/verify-mfa'
import { mfaErrors } from './errors'
import { confirmTotpBody, mfaReply, recoveryCodesReply, removeTotpBody, totpReply, verifyMfaBody } from './schemas'

const tag = 'Auth'
const proofErrors = [mfaErrors.freshSignInRequired, authErrors.invalidCredentials, rateErrors.limited]

export const mfaRoutes = () =>
  new Hono<AppEnv>()
    .get('/', describe({ summary: 'Show my second factors', tag, replies: { 200: mfaReply } }), signedIn, async (c) =>
      c.json(await showMfa(c.var.ctx)),
    )
    .post(
      '/totp',
      describe({
        summary: 'Begin with an authenticator app',
        description:
          'Needs a sign-in of the last ten minutes, or the password. Nothing changes before its first code is confirmed.',
        tag,
        replies: { 200: totpReply },
        errors: [mfaErrors.totpAlreadyOn, ...proofErrors, requestErrors.invalid],
      }),
      signedIn,
      validate('json', freshBody),
      async (c) => c.json(await setUpTotp(c.var.ctx, c.req.valid('json'))),
    )
    .post(
      '/totp/confirm',
      describe({
        summary: 'Switch the authenticator app on with its first code',
        description: 'From now on a password alone opens no session. Recovery codes from before are void.',
        tag,
        replies: { 200: recoveryCodesReply },
        errors: [mfaErrors.codeInvalid, mfaErrors.totpNotStarted, mfaErrors.totpAlreadyOn, requestErrors.invalid],
      }),
      signedIn,
      validate('json', confirmTotpBody),
      async (c) => c.json(await confirmTotp(c.var.ctx, c.req.valid('json'))),
    )
    .delete(
      '/totp',
      describe({
        summary: 'Take the authenticator app off',
        description: 'Recovery codes go with the last second factor.',
        tag,
        replies: { 204: null },
        errors: [mfaErrors.codeInvalid, mfaErrors.totpOff, ...proofErrors, requestErrors.invalid],
      }),
      signedIn,
      validate('json', removeTotpBody),
      async (c) => {
        await removeTotp(c.var.ctx, c.req.valid('json'))
        return c.body(null, 204)
      },
    )
    .post(
      '/recovery-codes',
      describe({
        summary: 'Make new recovery codes',
        description: 'Needs a sign-in of the last ten minutes, or the password. All codes from before are void.',
        tag,
        replies: { 200: recoveryCodesReply },
        errors: [mfaErrors.off, ...proofErrors, requestErrors.invalid],
      }),
      signedIn,
      validate('json', freshBody),
      async (c) => c.json(await renewRecoveryCodes(c.var.ctx, c.req.valid('json'))),
    )
    .post(
      '/verify',
      describe({
        summary: 'End a sign-in with the second factor',
        description:
          'Takes the mfaToken of a login and a code of the app, a recovery code, or the answer of a passkey to POST /auth/passkeys/sign-in/options. Tokens come by the transport that the login named.',
        tag,
        open: true,
        replies: { 200: signedInReply },
        errors: [
          mfaErrors.codeInvalid,
          mfaErrors.tokenInvalid,
          passkeyErrors.invalid,
          requestErrors.invalid,
          requestErrors.crossSite,
        ],
      }),
      validate('json', verifyMfaBody),
      async (c) => {
        const { ctx } = c.var
        const { user, tokens, transport } = await verifyMfa(ctx, c.req.valid('json'), {
          site: siteOf(ctx.config, c.req.raw),
          isSameSite: isSameSite(ctx.config, c.req.raw),
          replaced: getCookie(c, refreshCookie) ?? null,
        })
        return c.json({ user, ...handOver(c, tokens, transport) })
      },
    )
