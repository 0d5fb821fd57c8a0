import * as z from 'zod'
import { isoTime } from '../../shared/text'

/** Any text: a mistyped code is a link that does not work, and is told so. */
export const linkPath = z.lazy(() => z.strictObject({ code: z.string().max(200) }))

export const newLink = z.lazy(() =>
  z.strictObject({
    maxUses: z.int().min(1).max(100).nullable().default(null).describe('Null: any number of times.'),
    expiresIn: z.int().min(60).max(604_800).nullable().default(86_400).describe('Seconds. Null: never.'),
  }),
)

export const linkReply = z.lazy(() =>
  z.object({
    code: z.string(),
    maxUses: z.int().nullable(),
    uses: z.int(),
    expiresAt: isoTime.nullable(),
    createdBy: z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() }),
    createdAt: isoTime,
  }),
)

export const linkPreviewReply = z.lazy(() =>
  z.object({ name: z.string(), description: z.string(), memberCount: z.int() }),
)

export type InviteLink = z.output<typeof linkReply>
