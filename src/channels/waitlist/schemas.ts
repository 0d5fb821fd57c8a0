import * as z from 'zod'
import { isoTime } from '../../shared/text'
import { personSchema } from '../members/schemas'

const position = z.int().describe('1 for who is next.')

export const placeReply = z.lazy(() => z.object({ position, createdAt: isoTime }).meta({ id: 'WaitlistPlace' }))

export const waitlistReply = z.lazy(() =>
  z.object({
    data: z
      .array(z.object({ user: personSchema, createdAt: isoTime }))
      .describe('Who waits, the next first. Only you yourself, unless you look after the place.'),
    nextCursor: z.string().nullable(),
    count: z.int().describe('How many wait.'),
    position: position.nullable().describe('Yours, or null. 1 for who is next.'),
  }),
)

export type Place = z.output<typeof placeReply>
export type Waitlist = z.output<typeof waitlistReply>
