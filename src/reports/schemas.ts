import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, paragraph } from '../shared/text'
import { reportReasons } from './rules'

const reason = z.enum(reportReasons).describe('`cheating` is academic dishonesty.')
const note = paragraph(1000).default('').describe('What those who look at it should know, in your own words.')

export const reportPath = z.lazy(() => z.strictObject({ id: idSchema('report') }))

export const newMessageReport = z.lazy(() => z.strictObject({ reason, note }))

export const newReport = z.lazy(() =>
  z
    .strictObject({
      userId: idSchema('user').optional(),
      roomId: idSchema('room').optional(),
      groupId: idSchema('group').optional(),
      reason,
      note,
    })
    .refine(({ userId, roomId, groupId }) => [userId, roomId, groupId].filter((id) => id !== undefined).length === 1, {
      message: 'takes exactly one of userId, roomId and groupId',
    }),
)

const state = z.enum(['open', 'resolved', 'dismissed'])

export const reportsQuery = z.lazy(() =>
  z
    .strictObject({
      mine: z.enum(['true', 'false']).default('false').describe('`true`: those that you have made, the newest first.'),
      channelId: idSchema('room', 'group').optional().describe('Only those of this room or group.'),
      state: state.optional().describe('`open` unless said otherwise; with `mine`, any.'),
      ...pageQuery,
    })
    .refine(({ mine, channelId }) => mine === 'false' || channelId === undefined, {
      path: ['channelId'],
      message: 'cannot be combined with mine',
    }),
)

export const resolveInput = z.lazy(() =>
  z.strictObject({
    outcome: z.enum(['resolved', 'dismissed']).describe('Whether something was done about it.'),
    resolution: paragraph(1000).default('').describe('What came of it, in a few words. Whoever reported is shown it.'),
  }),
)

const person = z.lazy(() => z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() }))

const content = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal('message'),
      seq: z.int(),
      text: z.string(),
      earlierTexts: z.array(z.string()).describe('What it said before, the oldest first; the last five.'),
      attachments: z
        .array(z.object({ id: z.string(), filename: z.string(), contentType: z.string(), size: z.int() }))
        .describe('The files themselves go with the message.'),
      sentAt: isoTime,
      editedAt: isoTime.nullable(),
      deletedAt: isoTime.nullable(),
    }),
    z.object({ type: z.literal('user'), username: z.string(), name: z.string(), bio: z.string() }),
    z.object({ type: z.enum(['room', 'group']), name: z.string(), description: z.string() }),
  ]),
)

export const reportReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      target: z.object({ type: z.enum(['message', 'user', 'room', 'group']), id: z.string() }),
      channel: z.object({ id: z.string(), name: z.string() }).nullable().describe('Where a message was said.'),
      person: person.nullable().describe('Whom it is about; null once that person is erased.'),
      reason,
      note: z.string(),
      content: content
        .nullable()
        .describe('What was reported, as it was at that moment. For those who look at it; gone a year after the end.'),
      reporter: person.nullable().describe('For admins only.'),
      mine: z.boolean(),
      state,
      resolution: z.string().describe('What came of it; empty while it is open.'),
      createdAt: isoTime,
      closedAt: isoTime.nullable(),
      closedBy: person.nullable().describe('For those who look at reports.'),
    })
    .meta({ id: 'Report' }),
)

export const reportsReply = z.lazy(() => pageOf(reportReply))

export type Report = z.output<typeof reportReply>
export type NewMessageReport = z.output<typeof newMessageReport>
export type NewReport = z.output<typeof newReport>
export type ReportsQuery = z.output<typeof reportsQuery>
export type ResolveInput = z.output<typeof resolveInput>
