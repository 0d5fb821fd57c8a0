import * as z from 'zod'
import { pageOf } from '../../shared/page'
import { isoTime, line } from '../../shared/text'
import { personSchema, shortPersonSchema } from '../members/schemas'

const reason = line(500).nullable().default(null).describe('The person is shown it.')

export const newBan = z.lazy(() =>
  z.strictObject({
    reason,
    until: isoTime.nullable().default(null).describe('In the future; the ban ends by itself then. Null: for good.'),
    purge: z.boolean().default(false).describe('Also delete what the person wrote here in the last seven days.'),
  }),
)

export const newTimeout = z.lazy(() =>
  z.strictObject({
    reason,
    until: isoTime.describe('In the future, at most 28 days from now.'),
  }),
)

export const banReply = z.lazy(() =>
  z
    .object({
      user: personSchema,
      reason: z.string().nullable(),
      until: isoTime.nullable().describe('Null: for good.'),
      createdBy: shortPersonSchema,
      createdAt: isoTime,
    })
    .meta({ id: 'Ban' }),
)

export const bansReply = z.lazy(() => pageOf(banReply))

export const timeoutReply = z.lazy(() =>
  z.object({ user: personSchema, reason: z.string().nullable(), until: isoTime }),
)

export type NewBan = z.output<typeof newBan>
export type NewTimeout = z.output<typeof newTimeout>
export type Ban = z.output<typeof banReply>
export type Timeout = z.output<typeof timeoutReply>
