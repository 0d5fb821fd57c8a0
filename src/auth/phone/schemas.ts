import * as z from 'zod'
import { meSchema, nameSchema } from '../../users/schemas'
import { mfaRequiredReply, passwordSchema, signedInReply, transportSchema } from '../schemas'

const phoneSchema = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be a number in E.164, like +4366412345678')
  .meta({ description: 'In E.164: +, country code, number, without spaces.', examples: ['+4366412345678'] })

export const sendOtpBody = z.lazy(() => z.strictObject({ phone: phoneSchema }))

export const verifyPhoneBody = z.lazy(() =>
  z.strictObject({
    phone: phoneSchema,
    code: z
      .string()
      .trim()
      .regex(/^\d{4,10}$/, 'must be the digits that were sent'),
    name: nameSchema.optional().describe('For a number that is new here; left alone otherwise.'),
    password: passwordSchema
      .optional()
      .describe(
        'For linking, while signed in. Left out only on accounts without a password, whose sign-in must be of the last ten minutes.',
      ),
    transport: transportSchema,
  }),
)

export const phoneLinkedReply = z.lazy(() =>
  z.object({ user: meSchema }).describe('The number was linked with the account.'),
)
export const verifyPhoneReply = z.lazy(() => z.union([signedInReply, mfaRequiredReply, phoneLinkedReply]))

export type VerifyPhone = z.output<typeof verifyPhoneBody>
