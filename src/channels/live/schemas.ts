import * as z from 'zod'
import { channelIdSchema, idSchema } from '../../shared/ids'
import { pageOf, pageQuery } from '../../shared/page'
import { isoTime } from '../../shared/text'
import { isEmoji, isMessageText, maxTextCodePoints } from './chat'
import { isNonce } from './protocol'

const text = z
  .string()
  .refine(isMessageText, `must have 1 to ${maxTextCodePoints} characters, not only white space`)
  .meta({ minLength: 1, maxLength: maxTextCodePoints })

const nonce = z
  .string()
  .refine(isNonce, 'must be 1 to 64 of A-Z a-z 0-9 _ -')
  .meta({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
  .describe('Yours to choose. Repeating it returns what it made the first time, whatever the text.')

const seq = z.coerce.number().int().min(0)

export const channelPath = z.strictObject({ id: channelIdSchema })
export const messagePath = z.strictObject({ id: channelIdSchema, messageId: idSchema('message') })
export const reactionPath = z.strictObject({
  id: channelIdSchema,
  messageId: idSchema('message'),
  emoji: z.string().refine(isEmoji, 'must be a single emoji').describe('One emoji, percent-encoded.'),
})

export const messagesQuery = z
  .strictObject({
    before: seq.optional().describe('Messages older than this seq, newest first.'),
    after: seq.optional().describe('Messages newer than this seq, oldest first.'),
    around: seq.optional().describe('Messages on both sides of this seq, oldest first, in one page.'),
    limit: pageQuery.limit,
  })
  .refine(({ before, after, around }) => [before, after, around].filter((bound) => bound !== undefined).length <= 1, {
    message: 'takes one of before, after and around',
  })

export const newMessage = z.strictObject({ nonce, text })
export const messageEdit = z.strictObject({ text })
export const readInput = z.strictObject({ seq: z.number().int().min(0) })
export const readReply = z.object({
  seq: z.number().describe('The furthest seq that you have read; it never goes back.'),
})

export const messageReply = z
  .object({
    id: z.string(),
    seq: z.number().int().describe('Of the event that made the message.'),
    channelId: z.string(),
    sender: z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() }),
    type: z.literal('text'),
    text: z.string().describe('Empty once the message is deleted.'),
    reactions: z.array(z.object({ emoji: z.string(), count: z.number().int(), mine: z.boolean() })),
    editedAt: isoTime.nullable(),
    deletedAt: isoTime.nullable(),
    createdAt: isoTime,
  })
  .meta({ id: 'Message' })

export type MessageReply = z.output<typeof messageReply>

export const messagesReply = pageOf(messageReply).describe(
  'nextCursor is the seq at which the list goes on: give it as `after` if you asked with `after`, otherwise as `before`. It is null at the end, and always with `around`.',
)

export const newTicket = z.strictObject({ channelId: channelIdSchema })
export const ticketReply = z.object({
  ticket: z.string().describe('Opens one socket, once: offer it as the subprotocol `ticket.<ticket>`.'),
  expiresIn: z.number().int().describe('Seconds.'),
})

export const socketQuery = z.strictObject({
  since: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a seq')
    .optional()
    .describe('The last seq that you have seen; everything after it is replayed.'),
})
