import * as z from 'zod'
import { idSchema } from '../../shared/ids'
import { pageOf } from '../../shared/page'
import { isoTime, line } from '../../shared/text'

export const personSchema = z.lazy(() =>
  z.object({
    id: z.string(),
    username: z.string(),
    name: z.string(),
    avatarUrl: z.string().nullable(),
  }),
)

/** Without the username, where a name is all that is shown. */
export const shortPersonSchema = z.lazy(() => personSchema.unwrap().omit({ username: true }))

export const memberReply = z.lazy(() =>
  z
    .object({
      user: personSchema,
      role: z.enum(['owner', 'leader', 'moderator', 'member']).describe('Who owns a group is its leader.'),
      joinedAt: isoTime,
    })
    .meta({ id: 'Member' }),
)

export const membersReply = z.lazy(() => pageOf(memberReply))

export const roleEdit = z.lazy(() => z.strictObject({ role: z.enum(['moderator', 'member']) }))
export const transferInput = z.lazy(() => z.strictObject({ userId: idSchema('user') }))
export const removal = z.lazy(() =>
  z.strictObject({
    reason: line(500).nullable().default(null).describe('The person is shown it.'),
  }),
)

export type Member = z.output<typeof memberReply>
