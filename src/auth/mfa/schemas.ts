import * as z from 'zod'
import { isoTime } from '../../shared/text'
import { passkeyAnswer } from '../passkeys/schemas'
import { passwordSchema } from '../schemas'

const codeSchema = z.string().trim().min(1).max(64).describe('Six digits of the app, or a recovery code.')

export const confirmTotpBody = z.lazy(() =>
  z.strictObject({
    code: z
      .string()
      .trim()
      .regex(/^\d{6}$/, 'must be the six digits that the app shows'),
  }),
)

export const removeTotpBody = z.lazy(() =>
  z.strictObject({
    password: passwordSchema
      .optional()
      .describe('Left out only on accounts without a password, whose sign-in must be of the last ten minutes.'),
    code: codeSchema,
  }),
)

export const verifyMfaBody = z.lazy(() =>
  z
    .strictObject({
      mfaToken: z.string().min(1).max(64),
      code: codeSchema.optional(),
      passkey: passkeyAnswer.optional(),
    })
    .refine(({ code, passkey }) => (code === undefined) !== (passkey === undefined), {
      message: 'give either code or passkey',
      path: ['code'],
    }),
)

export const totpReply = z.lazy(() =>
  z.object({
    secret: z.string().describe('In base32, to be typed into an app.'),
    uri: z.string().describe('otpauth://, to be shown as a QR code.'),
    expiresAt: isoTime.describe('Until when the first code must have come.'),
  }),
)

export const recoveryCodesReply = z.lazy(() =>
  z.object({
    recoveryCodes: z.array(z.string()).describe('Ten, each good once in the place of a code. Shown only now.'),
  }),
)

export const mfaReply = z.lazy(() =>
  z.object({
    totp: z.boolean(),
    passkeys: z.number().int(),
    recoveryCodesLeft: z.number().int(),
  }),
)
