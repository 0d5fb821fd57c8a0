import * as z from 'zod'
import { pageOf, pageQuery } from '../../shared/page'
import { isoTime } from '../../shared/text'

export const deadLetterPath = z.lazy(() =>
  z.strictObject({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the id of a dead letter'),
  }),
)

export const deadLettersQuery = z.lazy(() => z.strictObject(pageQuery))

export const deadLetterReply = z.lazy(() =>
  z
    .object({
      id: z.string().describe('The queue’s own id of the message.'),
      body: z.unknown().describe('What was to be done: `kind` says which part of Studyhall it was for.'),
      attempts: z.int(),
      failedAt: isoTime,
      replayedAt: isoTime.nullable(),
      replayedBy: z.string().nullable().describe('The admin who sent it again.'),
    })
    .meta({ id: 'DeadLetter' }),
)

export const deadLettersReply = z.lazy(() => pageOf(deadLetterReply))

export type DeadLettersQuery = z.output<typeof deadLettersQuery>
export type DeadLetter = z.output<typeof deadLetterReply>
