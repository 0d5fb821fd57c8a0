import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { handOver, refreshCookie } from '../../app/cookies'
import type { AppEnv } from '../../app/env'
import { requireSameSite, signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { siteOf } from '../../app/site'
import { rateErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { authErrors } from '../errors'
import { mfaErrors } from '../mfa/errors'
import { signedInReply } from '../schemas'
import { listPasskeys, removePasskey } from './actions/manage-passkeys'
import { registerPasskey, startPasskey } from './actions/register-passkey'
import { signInWithPasskey, startPasskeySignIn } from './actions/sign-in'
import { passkeyErrors } from './errors'
import {
  creationOptionsReply,
  freshBody,
  passkeyAddedReply,
  passkeyPath,
  passkeySignInBody,
  passkeysReply,
  registerPasskeyBody,
  requestOptionsReply,
  signInOptionsBody,
} from './schemas'

const tag = 'Auth'
const proofErrors = [mfaErrors.freshSignInRequired, authErrors.invalidCredentials, rateErrors.limited]

export const passkeyRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/register/options',
      describe({
        summary: 'Begin to add a passkey',
        description: 'Needs a sign-in of the last ten minutes, or the password.',
        tag,
        replies: { 200: creationOptionsReply },
        errors: [passkeyErrors.tooMany, ...proofErrors, requestErrors.invalid],
      }),
      signedIn,
      validate('json', freshBody),
      async (c) => {
        const { ctx } = c.var
        return c.json({ ...(await startPasskey(ctx, c.req.valid('json'), siteOf(ctx.config, c.req.raw))) })
      },
    )
    .post(
      '/register/verify',
      describe({
        summary: 'Add the passkey that the browser has made',
        description:
          'It signs in by itself, and from then on stands for the second factor after a password. Recovery codes come with the first second factor.',
        tag,
        replies: { 201: passkeyAddedReply },
        errors: [passkeyErrors.invalid, passkeyErrors.alreadyThere, passkeyErrors.tooMany, requestErrors.invalid],
      }),
      signedIn,
      validate('json', registerPasskeyBody),
      async (c) => {
        const { ctx } = c.var
        const added = await registerPasskey(ctx, c.req.valid('json'), siteOf(ctx.config, c.req.raw))
        return c.json(added, 201, { Location: `/api/v1/auth/passkeys/${added.passkey.id}` })
      },
    )
    .post(
      '/sign-in/options',
      describe({
        summary: 'Begin to sign in with a passkey',
        description: 'Without a body, of anybody. With an mfaToken, for the second factor after a password.',
        tag,
        open: true,
        replies: { 200: requestOptionsReply },
        errors: [mfaErrors.tokenInvalid, requestErrors.invalid, rateErrors.limited],
      }),
      validate('json', signInOptionsBody),
      async (c) => {
        const { ctx } = c.var
        return c.json({ ...(await startPasskeySignIn(ctx, c.req.valid('json'), siteOf(ctx.config, c.req.raw))) })
      },
    )
    .post(
      '/sign-in/verify',
      describe({
        summary: 'Sign in with a passkey',
        description: 'The passkey was unlocked by its owner and stands for both factors.',
        tag,
        open: true,
        replies: { 200: signedInReply },
        errors: [passkeyErrors.invalid, requestErrors.invalid, requestErrors.crossSite],
      }),
      validate('json', passkeySignInBody),
      async (c) => {
        const input = c.req.valid('json')
        const { ctx } = c.var
        const byCookie = input.transport === 'cookie'
        if (byCookie) requireSameSite(ctx.config, c.req.raw)
        const replaced = byCookie ? (getCookie(c, refreshCookie) ?? null) : null
        const { user, tokens } = await signInWithPasskey(ctx, input, siteOf(ctx.config, c.req.raw), replaced)
        return c.json({ user, ...handOver(c, tokens, input.transport) })
      },
    )
    .get('/', describe({ summary: 'List my passkeys', tag, replies: { 200: passkeysReply } }), signedIn, async (c) =>
      c.json(await listPasskeys(c.var.ctx)),
    )
    .delete(
      '/:id',
      describe({
        summary: 'Remove one of my passkeys',
        description: 'Needs a sign-in of the last ten minutes, or the password.',
        tag,
        replies: { 204: null },
        errors: [passkeyErrors.notFound, passkeyErrors.lastWayIn, ...proofErrors, requestErrors.invalid],
      }),
      signedIn,
      validate('param', passkeyPath),
      validate('json', freshBody),
      async (c) => {
        await removePasskey(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))
        return c.body(null, 204)
      },
    )
