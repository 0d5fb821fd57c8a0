import * as z from 'zod'
import { idSchema } from '../../shared/ids'
import { isoTime, line } from '../../shared/text'
import { passwordSchema, transportSchema } from '../schemas'

const encoded = (max: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]*$/, 'must be base64url')
    .min(1)
    .max(max)

// What browsers put into an answer grows with them, so unknown members are left alone here; what counts is signed.
const answer = {
  id: encoded(1400),
  rawId: encoded(1400),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional().catch(undefined),
  clientExtensionResults: z.looseObject({}).default({}),
}

const transports = z.lazy(() =>
  z
    .array(z.enum(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']).catch('hybrid'))
    .max(10)
    .optional(),
)

export const newPasskeyAnswer = z
  .looseObject({
    ...answer,
    response: z.looseObject({
      clientDataJSON: encoded(4096),
      attestationObject: encoded(12_000),
      transports,
    }),
  })
  .describe('PublicKeyCredential.toJSON() of navigator.credentials.create()')

export const passkeyAnswer = z
  .looseObject({
    ...answer,
    response: z.looseObject({
      clientDataJSON: encoded(4096),
      authenticatorData: encoded(4096),
      signature: encoded(4096),
      userHandle: z
        .string()
        .max(128)
        .nullish()
        .transform((handle) => handle ?? undefined),
    }),
  })
  .describe('PublicKeyCredential.toJSON() of navigator.credentials.get()')

export const freshBody = z.lazy(() =>
  z.strictObject({
    password: passwordSchema.optional().describe('Needed when the sign-in is more than ten minutes ago.'),
  }),
)

export const registerPasskeyBody = z.lazy(() =>
  z.strictObject({
    passkey: newPasskeyAnswer,
    name: line(100).default('Passkey').describe('What its owner calls it.'),
  }),
)

export const signInOptionsBody = z.lazy(() =>
  z.strictObject({
    mfaToken: z.string().max(64).optional().describe('To use a passkey as the second factor.'),
  }),
)

export const passkeySignInBody = z.lazy(() => z.strictObject({ passkey: passkeyAnswer, transport: transportSchema }))

export const creationOptionsReply = z
  .looseObject({ challenge: z.string(), rp: z.looseObject({ name: z.string() }), timeout: z.number().optional() })
  .describe('For PublicKeyCredential.parseCreationOptionsFromJSON().')

export const requestOptionsReply = z
  .looseObject({ challenge: z.string(), rpId: z.string().optional(), timeout: z.number().optional() })
  .describe('For PublicKeyCredential.parseRequestOptionsFromJSON().')

export const passkeySchema = z.lazy(() =>
  z
    .object({
      id: z.string(),
      name: z.string(),
      backedUp: z.boolean().describe('Whether it outlives the device, because its maker keeps a copy.'),
      createdAt: isoTime,
      lastUsedAt: isoTime.nullable(),
    })
    .meta({ id: 'Passkey' }),
)

export const passkeyAddedReply = z.lazy(() =>
  z.object({
    passkey: passkeySchema,
    recoveryCodes: z.array(z.string()).optional().describe('With the first second factor only; shown once.'),
  }),
)

export const passkeysReply = z.lazy(() => z.object({ data: z.array(passkeySchema), nextCursor: z.null() }))
export const passkeyPath = z.lazy(() => z.strictObject({ id: idSchema('passkey') }))
