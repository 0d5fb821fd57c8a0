import * as z from 'zod'
import { emailSchema, passwordSchema } from '../schemas'

export const linkTokenSchema = z.string().min(1).max(64).describe('What stands behind #token= in the link of the mail.')

export const linkTokenBody = z.lazy(() => z.strictObject({ token: linkTokenSchema }))
export const emailBody = z.lazy(() => z.strictObject({ email: emailSchema }))

export const changeEmailBody = z.lazy(() =>
  z.strictObject({
    email: emailSchema,
    password: passwordSchema
      .optional()
      .describe('Left out only on accounts without a password, whose sign-in must be of the last ten minutes.'),
  }),
)

export type ChangeEmail = z.output<typeof changeEmailBody>
