import * as z from 'zod'
import { isoTime } from '../shared/text'

export const dataExportReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      state: z.enum(['requested', 'ready', 'failed']),
      requestedAt: isoTime,
      readyAt: isoTime.nullable(),
      expiresAt: isoTime.describe('When the file is deleted.'),
      bytes: z.number().int().nullable(),
      downloadUrl: z.string().nullable().describe('Good for five minutes, for whoever has it; null until ready.'),
    })
    .meta({ id: 'DataExport' }),
)

export const deleteMeBody = z.lazy(() =>
  z.strictObject({
    password: z
      .string()
      .max(1024)
      .optional()
      .describe('Left out only by those who have none; they need to have signed in within ten minutes.'),
    messages: z.enum(['keep', 'remove']).default('keep').describe('Whether messages stay under "Deleted user" or go.'),
  }),
)

export const deletionReply = z.lazy(() =>
  z.object({
    erasesAt: isoTime.describe('Until then, sign in and POST /users/me/restore takes it back.'),
    messages: z.enum(['keep', 'remove']),
  }),
)

export const exportPath = z.lazy(() => z.strictObject({ token: z.string().max(512) }))

export type DeleteMe = z.output<typeof deleteMeBody>
