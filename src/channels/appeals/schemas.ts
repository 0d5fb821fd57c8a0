import * as z from 'zod'
import { idSchema } from '../../shared/ids'
import { pageOf, pageQuery } from '../../shared/page'
import { isoTime, paragraph } from '../../shared/text'
import { personSchema, shortPersonSchema } from '../members/schemas'

const words = (max: number) => paragraph(max).refine((text) => text !== '', `must have 1 to ${max} characters`)

export const actionPath = z.lazy(() => z.strictObject({ id: idSchema('moderationAction') }))
export const listQuery = z.lazy(() => z.strictObject(pageQuery))
export const appealsQuery = z.lazy(() =>
  z.strictObject({
    state: z.enum(['open', 'granted', 'denied']).default('open'),
    ...pageQuery,
  }),
)

export const newAppeal = z.lazy(() =>
  z.strictObject({
    text: words(2000).describe('Why it was wrong, in your own words. There is one appeal against each action.'),
  }),
)

export const newAnswer = z.lazy(() =>
  z.strictObject({
    outcome: z.enum(['granted', 'denied']).describe('Granting lifts a ban or timeout that still holds.'),
    text: words(2000).nullable().default(null).describe('The person is shown it.'),
  }),
)

const appeal = z.lazy(() =>
  z.object({
    text: z.string(),
    state: z.enum(['open', 'granted', 'denied']),
    createdAt: isoTime,
    answer: z.string().nullable(),
    answeredAt: isoTime.nullable(),
  }),
)

export const actionReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      action: z.enum(['message.removed', 'member.removed', 'member.timed_out', 'member.banned']),
      channel: z.object({ id: z.string(), name: z.string() }),
      user: personSchema.describe('To whom it was done.'),
      by: shortPersonSchema.nullable().describe('Who did it: told only to those who look after the place.'),
      reason: z.string().nullable(),
      until: isoTime
        .nullable()
        .describe('When a ban or timeout ends by itself; null for good, or for what does not last.'),
      messageId: z.string().nullable().describe('The message that was removed.'),
      purged: z.boolean().describe('Whether a ban also deleted what the person had written in the last seven days.'),
      inForce: z.boolean().describe('Whether it is a ban or timeout that holds now.'),
      createdAt: isoTime,
      appeal: appeal.nullable(),
    })
    .meta({ id: 'ModerationAction' }),
)

export const actionsReply = z.lazy(() => pageOf(actionReply))

export type Action = z.output<typeof actionReply>
export type NewAppeal = z.output<typeof newAppeal>
export type NewAnswer = z.output<typeof newAnswer>
export type ListQuery = z.output<typeof listQuery>
export type AppealsQuery = z.output<typeof appealsQuery>
