import * as z from 'zod'
import { profileInput } from '../profiles/schemas'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { codePoints, isoTime } from '../shared/text'
import { meSchema, nameSchema, timezoneSchema, usernameSchema } from '../users/schemas'

const maxPasswordBytes = 1024

export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(z.regexes.email, 'must be an e-mail address')
  .meta({ description: 'Compared lower-cased.', examples: ['mira@example.org'] })

export const passwordSchema = z
  .string()
  .refine(
    (text) => new TextEncoder().encode(text).length <= maxPasswordBytes,
    `may have at most ${maxPasswordBytes} bytes`,
  )

export const newPasswordSchema = passwordSchema
  .refine((text) => codePoints(text) <= 256, 'may have at most 256 characters')
  .meta({ description: '8 to 256 characters of any kind.', examples: ['three blue notebooks'] })

export const transportSchema = z
  .enum(['bearer', 'cookie'])
  .default('bearer')
  .describe('`bearer` puts the tokens into the body; `cookie` sets HttpOnly cookies and puts no token into the body.')

export const registerBody = z.lazy(() =>
  z.strictObject({
    email: emailSchema,
    password: newPasswordSchema,
    name: nameSchema,
    username: usernameSchema.optional().describe('Made from the name when left out.'),
    timezone: timezoneSchema.default('UTC'),
    transport: transportSchema,
    ...profileInput,
  }),
)

export const logInBody = z.lazy(() =>
  z
    .strictObject({
      email: z.string().trim().toLowerCase().min(1).max(254).optional(),
      username: z.string().trim().toLowerCase().min(1).max(254).optional(),
      password: passwordSchema,
      transport: transportSchema,
    })
    .refine(({ email, username }) => (email === undefined) !== (username === undefined), {
      message: 'give either email or username',
      path: ['email'],
    }),
)

const refreshTokenSchema = z.string().max(4096).optional().describe('Left out by those who use cookies.')

export const refreshBody = z.lazy(() => z.strictObject({ refreshToken: refreshTokenSchema }))

const tokens = {
  accessToken: z.string().optional().describe('With transport `bearer` only.'),
  refreshToken: z.string().optional().describe('With transport `bearer` only. Good for one refresh.'),
  expiresIn: z.number().int().describe('Seconds that the access token lives.'),
}

export const signedInReply = z.lazy(() => z.object({ user: meSchema, ...tokens }))

export const mfaRequiredReply = z.lazy(() =>
  z
    .object({
      mfaRequired: z.literal(true),
      mfaToken: z.string().describe('For POST /auth/mfa/verify. Lives ten minutes, allows five tries, works once.'),
      methods: z.array(z.enum(['totp', 'passkey', 'recovery_code'])),
    })
    .describe('There is a second factor on the account, and no session yet.'),
)

export const logInReply = z.lazy(() => z.union([signedInReply, mfaRequiredReply]))
export const refreshReply = z.lazy(() => z.object(tokens))

export const sessionSchema = z.lazy(() =>
  z
    .object({
      id: z.string(),
      device: z.string().nullable().describe('What the browser or program called itself at the last refresh.'),
      address: z.string().nullable().describe('An IPv4 address, or the /64 of an IPv6 address.'),
      createdAt: isoTime,
      lastUsedAt: isoTime,
      expiresAt: isoTime,
      current: z.boolean(),
    })
    .meta({ id: 'Session' }),
)

export const sessionsQuery = z.lazy(() => z.strictObject(pageQuery))
export const sessionsReply = z.lazy(() => pageOf(sessionSchema))
export const sessionPath = z.lazy(() => z.strictObject({ id: idSchema('session') }))

export const publicKeysReply = z.lazy(() =>
  z.object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string(),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
      }),
    ),
  }),
)

export type Register = z.output<typeof registerBody>
export type LogIn = z.output<typeof logInBody>
