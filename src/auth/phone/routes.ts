import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { handOver, refreshCookie } from '../../app/cookies'
import type { AppEnv } from '../../app/env'
import { requireSameSite, signedInOrNot } from '../../app/guards'
import { describe } from '../../app/openapi'
import { phoneErrors } from '../../phone/errors'
import { rateErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { authErrors } from '../errors'
import { mfaErrors } from '../mfa/errors'
import { signedInReply } from '../schemas'
import { sendOtp } from './actions/send-otp'
import { verifyPhone } from './actions/verify-phone'
import { phoneSignInErrors } from './errors'
import { sendOtpBody, verifyPhoneBody, verifyPhoneReply } from './schemas'

const tag = 'Auth'

export const phoneRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/send-otp',
      describe({
        summary: 'Send a code to a phone',
        description: 'Answers the same whether or not anybody here has the number.',
        tag,
        open: true,
        replies: { 202: null },
        errors: [
          phoneErrors.unavailable,
          phoneErrors.notSent,
          phoneErrors.refused,
          rateErrors.limited,
          requestErrors.invalid,
        ],
      }),
      validate('json', sendOtpBody),
      async (c) => {
        await sendOtp(c.var.ctx, c.req.valid('json'))
        return c.body(null, 202)
      },
    )
    .post(
      '/verify',
      describe({
        summary: 'Sign in, sign up or link a number with the code',
        description:
          'Signed in, it links the number with my account, which needs the password. Otherwise it signs in whoever has the number, or makes an account under `name` for a number that is new: send the name along where that may be so.',
        tag,
        open: true,
        replies: { 200: verifyPhoneReply, 201: signedInReply },
        errors: [
          phoneSignInErrors.codeInvalid,
          phoneSignInErrors.nameRequired,
          phoneSignInErrors.phoneTaken,
          phoneSignInErrors.signUpByMail,
          authErrors.required,
          authErrors.invalidCredentials,
          mfaErrors.freshSignInRequired,
          phoneErrors.unavailable,
          phoneErrors.notSent,
          rateErrors.limited,
          requestErrors.invalid,
          requestErrors.crossSite,
        ],
      }),
      signedInOrNot,
      validate('json', verifyPhoneBody),
      async (c) => {
        const input = c.req.valid('json')
        const byCookie = input.transport === 'cookie'
        if (byCookie) requireSameSite(c.var.ctx.config, c.req.raw)
        const result = await verifyPhone(c.var.ctx, input, byCookie ? (getCookie(c, refreshCookie) ?? null) : null)
        switch (result.outcome) {
          case 'linked':
            return c.json({ user: result.user })
          case 'second factor': {
            const { outcome: _, ...owed } = result
            return c.json(owed)
          }
          case 'signed in':
            return c.json({ user: result.user, ...handOver(c, result.tokens, input.transport) })
          default: {
            const { user, tokens } = result
            return c.json({ user, ...handOver(c, tokens, input.transport) }, 201, {
              Location: `/api/v1/users/${user.id}`,
            })
          }
        }
      },
    )
