import * as z from 'zod'
import { linkTokenSchema } from '../email/schemas'
import { newPasswordSchema, passwordSchema } from '../schemas'

export const resetPasswordBody = z.lazy(() => z.strictObject({ token: linkTokenSchema, password: newPasswordSchema }))

export const changePasswordBody = z.lazy(() =>
  z.strictObject({
    currentPassword: passwordSchema
      .optional()
      .describe('Left out only to choose the first password of an account, after a sign-in of the last ten minutes.'),
    newPassword: newPasswordSchema,
  }),
)

export type ResetPassword = z.output<typeof resetPasswordBody>
export type ChangePassword = z.output<typeof changePasswordBody>
