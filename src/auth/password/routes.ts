import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { baseOf } from '../../app/site'
import { mailErrors } from '../../mail/errors'
import { rateErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { emailErrors } from '../email/errors'
import { emailBody } from '../email/schemas'
import { authErrors } from '../errors'
import { mfaErrors } from '../mfa/errors'
import { changePassword } from './actions/change-password'
import { forgotPassword } from './actions/forgot-password'
import { resetPassword } from './actions/reset-password'
import { changePasswordBody, resetPasswordBody } from './schemas'

const tag = 'Auth'

export const passwordRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/forgot',
      describe({
        summary: 'Mail a link to choose a new password',
        description: 'Answers the same whether or not there is such an account.',
        tag,
        open: true,
        replies: { 202: null },
        errors: [mailErrors.unavailable, rateErrors.limited, requestErrors.invalid],
      }),
      validate('json', emailBody),
      async (c) => {
        const { ctx } = c.var
        await forgotPassword(ctx, c.req.valid('json'), baseOf(ctx.config, c.req.raw))
        return c.body(null, 202)
      },
    )
    .post(
      '/reset',
      describe({
        summary: 'Choose a new password with the link that was mailed',
        description:
          'Ends every session and signs nobody in; a second factor stays. An address that was not proven before is proven by it, and then nothing opens the account but this password.',
        tag,
        open: true,
        replies: { 204: null },
        errors: [emailErrors.linkInvalid, authErrors.weakPassword, requestErrors.invalid],
      }),
      validate('json', resetPasswordBody),
      async (c) => {
        await resetPassword(c.var.ctx, c.req.valid('json'))
        return c.body(null, 204)
      },
    )
    .put(
      '/',
      describe({
        summary: 'Change my password',
        description: 'Ends all my other sessions.',
        tag,
        replies: { 204: null },
        errors: [
          authErrors.invalidCredentials,
          authErrors.weakPassword,
          mfaErrors.freshSignInRequired,
          rateErrors.limited,
          requestErrors.invalid,
        ],
      }),
      signedIn,
      validate('json', changePasswordBody),
      async (c) => {
        await changePassword(c.var.ctx, c.req.valid('json'))
        return c.body(null, 204)
      },
    )
