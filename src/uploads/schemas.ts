import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { isoTime, line } from '../shared/text'
import { filenameProblem } from './rules'

export const purposes = ['avatar', 'logo', 'attachment', 'material', 'note'] as const

const filename = line(200).superRefine((name, check) => {
  const message = filenameProblem(name)
  if (message) check.addIssue({ code: 'custom', message })
})

export const newUpload = z.lazy(() =>
  z.strictObject({
    filename: filename.describe('A name, not a path. Its end must fit the type.'),
    contentType: z
      .string()
      .max(200)
      .transform((type) => type.trim().toLowerCase())
      .describe('The type that Content-Type will say, without parameters.'),
    size: z.int().min(1).describe('In bytes; Content-Length has to say the same.'),
    purpose: z.enum(purposes),
    alt: line(1000).optional().describe('What a picture shows, for those who cannot see it.'),
  }),
)

export const uploadPath = z.lazy(() => z.strictObject({ id: idSchema('upload') }))
export const filePath = z.lazy(() => z.strictObject({ token: z.string().max(1000) }))
export const contentQuery = z.lazy(() =>
  z.strictObject({
    download: z
      .enum(['true', 'false'])
      .default('false')
      .describe('Whether a browser shall save it rather than show it.'),
  }),
)

export const avatarBody = z.lazy(() => z.strictObject({ uploadId: idSchema('upload') }))
export const picturePath = z.lazy(() => z.strictObject({ key: z.string().max(100) }))

export const newUploadReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      uploadUrl: z.string().describe('Takes the file once, without a session.'),
      method: z.literal('PUT'),
      headers: z.object({ 'Content-Type': z.string() }).describe('To be sent with it, and Content-Length.'),
      expiresAt: isoTime,
    })
    .meta({ id: 'NewUpload' }),
)

export const uploadReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      purpose: z.enum(purposes),
      filename: z.string(),
      contentType: z.string(),
      size: z.int(),
      alt: z.string().nullable(),
      state: z.enum(['pending', 'uploaded', 'scanning', 'clean', 'refused']),
      reason: z.string().nullable().describe('Why it was refused.'),
      sha256: z
        .string()
        .nullable()
        .describe(
          'Of what is stored, in hexadecimal. Of a photo that is what was sent without the place where it was taken.',
        ),
      width: z.int().nullable(),
      height: z.int().nullable(),
      used: z.boolean().describe('Whether something uses it already.'),
      createdAt: isoTime,
      uploadedAt: isoTime.nullable(),
    })
    .meta({ id: 'Upload' }),
)

export const linkReply = z.lazy(() => z.object({ url: z.string(), expiresAt: isoTime }).meta({ id: 'FileLink' }))

export type NewUpload = z.output<typeof newUpload>
