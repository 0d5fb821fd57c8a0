import * as z from 'zod'
import { pageOf } from '../../shared/page'
import { isoTime, line } from '../../shared/text'
import { personSchema } from '../members/schemas'

export const joinRequestReply = z.lazy(() =>
  z.object({ user: personSchema, createdAt: isoTime }).meta({ id: 'JoinRequest' }),
)

export const joinRequestsReply = z.lazy(() => pageOf(joinRequestReply))

export const ownRequestReply = z.lazy(() =>
  z.object({
    status: z.literal('requested'),
    createdAt: isoTime,
  }),
)

export const denial = z.lazy(() =>
  z.strictObject({ reason: line(500).nullable().default(null).describe('The person is shown it.') }),
)

export type JoinRequest = z.output<typeof joinRequestReply>
