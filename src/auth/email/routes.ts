import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { baseOf } from '../../app/site'
import { mailErrors } from '../../mail/errors'
import { rateErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { authErrors } from '../errors'
import { mfaErrors } from '../mfa/errors'
import { changeEmail } from './actions/change-email'
import { disownAddress } from './actions/disown-address'
import { resendVerification } from './actions/resend-verification'
import { verifyEmail } from './actions/verify-email'
import { emailErrors } from './errors'
import { changeEmailBody, emailBody, linkTokenBody } from './schemas'

const tag = 'Auth'

export const emailRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/verify',
      describe({
        summary: 'Prove a mail address with the link that went there',
        description:
          'For the link of a registration and for that of a change. Whoever proves an address first has it: an account that had it without proof loses it, its password and its sessions.',
        tag,
        open: true,
        replies: { 202: null },
        errors: [emailErrors.linkInvalid, authErrors.emailTaken, requestErrors.invalid],
      }),
      validate('json', linkTokenBody),
      async (c) => {
        await verifyEmail(c.var.ctx, c.req.valid('json'))
        return c.body(null, 202)
      },
    )
    .post(
      '/resend',
      describe({
        summary: 'Mail the link once more that proves an address',
        description: 'Answers the same whether or not there is such an account, and whether or not it needs the link.',
        tag,
        open: true,
        replies: { 202: null },
        errors: [mailErrors.unavailable, rateErrors.limited, requestErrors.invalid],
      }),
      validate('json', emailBody),
      async (c) => {
        const { ctx } = c.var
        await resendVerification(ctx, c.req.valid('json'), baseOf(ctx.config, c.req.raw))
        return c.body(null, 202)
      },
    )
    .post(
      '/disown',
      describe({
        summary: 'Take my address off an account that somebody else made with it',
        description:
          'For whoever got a link that they never asked for. Works while nobody has proven the address: the account loses it, its password and its sessions, and the address is free to register. Of a change of address, only the link goes.',
        tag,
        open: true,
        replies: { 202: null },
        errors: [emailErrors.linkInvalid, emailErrors.addressProven, requestErrors.invalid],
      }),
      validate('json', linkTokenBody),
      async (c) => {
        await disownAddress(c.var.ctx, c.req.valid('json'))
        return c.body(null, 202)
      },
    )
    .post(
      '/change',
      describe({
        summary: 'Change my mail address',
        description:
          'Mails a link to the new address. Until it is used the old one stays, and then hears of it. Answers the same when somebody else has the new address.',
        tag,
        replies: { 202: null },
        errors: [
          authErrors.emailDomainNotAllowed,
          authErrors.invalidCredentials,
          mfaErrors.freshSignInRequired,
          mailErrors.unavailable,
          rateErrors.limited,
          requestErrors.invalid,
        ],
      }),
      signedIn,
      validate('json', changeEmailBody),
      async (c) => {
        const { ctx } = c.var
        await changeEmail(ctx, c.req.valid('json'), baseOf(ctx.config, c.req.raw))
        return c.body(null, 202)
      },
    )
