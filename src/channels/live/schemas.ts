import * as z from 'zod'
import { channelIdSchema, idSchema } from '../../shared/ids'
import { pageOf, pageQuery } from '../../shared/page'
import { isoTime, line } from '../../shared/text'
import { maxAttachments } from './attachments'
import { isEmoji, isMessageText, maxTextCodePoints } from './chat'
import { isNonce, maxReasonCodePoints } from './parse-frame'

const textRule = `must have 1 to ${maxTextCodePoints} characters, not only white space`
const text = z.string().refine(isMessageText, textRule).meta({ minLength: 1, maxLength: maxTextCodePoints })

const nonce = z
  .string()
  .refine(isNonce, 'must be 1 to 64 of A-Z a-z 0-9 _ -')
  .meta({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
  .describe('Yours to choose. Repeating it returns what it made the first time, whatever the text.')

const seq = z.coerce.number().int().min(0)

export const channelPath = z.lazy(() => z.strictObject({ id: channelIdSchema }))
export const messagePath = z.lazy(() => z.strictObject({ id: channelIdSchema, messageId: idSchema('message') }))
export const reactionPath = z.lazy(() =>
  z.strictObject({
    id: channelIdSchema,
    messageId: idSchema('message'),
    emoji: z.string().refine(isEmoji, 'must be a single emoji').describe('One emoji, percent-encoded.'),
  }),
)

export const messagesQuery = z.lazy(() =>
  z
    .strictObject({
      before: seq.optional().describe('Messages older than this seq, newest first.'),
      after: seq.optional().describe('Messages newer than this seq, oldest first.'),
      around: seq.optional().describe('Messages on both sides of this seq, oldest first, in one page.'),
      limit: pageQuery.limit,
    })
    .refine(({ before, after, around }) => [before, after, around].filter((bound) => bound !== undefined).length <= 1, {
      message: 'takes one of before, after and around',
    }),
)

export const newMessage = z.lazy(() =>
  z
    .strictObject({
      nonce,
      text: z
        .string()
        .refine((said) => said === '' || isMessageText(said), textRule)
        .meta({ maxLength: maxTextCodePoints })
        .describe('May be empty where there are attachments.'),
      replyTo: idSchema('message').optional().describe('The message in the same channel that this one answers.'),
      attachments: z
        .array(idSchema('upload'))
        .min(1)
        .max(maxAttachments)
        .refine((ids) => new Set(ids).size === ids.length, 'must be different files')
        .optional()
        .describe('Files of your own, announced with the purpose attachment and sent.'),
      type: z
        .enum(['text', 'image'])
        .optional()
        .describe('Pictures alone make a message of type image unless this says text.'),
    })
    .refine(({ text: said, attachments }) => said !== '' || attachments !== undefined, {
      path: ['text'],
      message: textRule,
    }),
)
/** A message of words alone. */
export const plainMessage = z.lazy(() => z.strictObject({ nonce, text }))
export const messageEdit = z.lazy(() => z.strictObject({ text }))
export const messageRemoval = z.lazy(() =>
  z.strictObject({
    reason: line(maxReasonCodePoints)
      .nullable()
      .default(null)
      .describe('The author is shown it, where somebody else deletes the message.'),
  }),
)
export const readInput = z.lazy(() => z.strictObject({ seq: z.number().int().min(0) }))
export const readReply = z.lazy(() =>
  z.object({
    seq: z.number().describe('The furthest seq that you have read; it never goes back.'),
  }),
)

export const messageReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      seq: z.number().int().describe('Of the event that made the message.'),
      channelId: z.string(),
      sender: z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() }),
      blocked: z.boolean().describe('You have blocked the sender: fold it.'),
      type: z.enum(['text', 'image', 'announcement']),
      text: z.string().describe('Empty once the message is deleted.'),
      replyTo: z
        .object({
          id: z.string(),
          seq: z.int(),
          sender: z.object({ id: z.string(), name: z.string() }),
          text: z.string().describe('The first 140 characters; empty once deleted.'),
          deleted: z.boolean(),
          blocked: z.boolean().describe('You have blocked its sender: fold it.'),
        })
        .nullable()
        .describe('The message that this one answers, as it is now.'),
      mentions: z
        .array(z.object({ id: z.string(), username: z.string() }))
        .describe(
          'The members whom the text names, by the names behind the @, at most 20. `@room` of an owner or moderator calls everybody: its id is that of the channel.',
        ),
      attachments: z
        .array(
          z.object({
            id: z.string(),
            filename: z.string(),
            contentType: z.string(),
            size: z.int(),
            width: z.int().nullable(),
            height: z.int().nullable(),
            alt: z.string().nullable().describe('What a picture shows.'),
            url: z.string().describe('Leads to a link that lives five minutes, for whoever may see the message.'),
          }),
        )
        .describe('Empty once deleted.'),
      reactions: z
        .array(z.object({ emoji: z.string(), count: z.number().int(), mine: z.boolean() }))
        .describe('Those of people whom you have blocked do not count.'),
      pinnedAt: isoTime.nullable(),
      editedAt: isoTime.nullable(),
      deletedAt: isoTime.nullable(),
      createdAt: isoTime,
    })
    .meta({ id: 'Message' }),
)

export type NewMessage = z.output<typeof newMessage>
export type MessageReply = z.output<typeof messageReply>

export const messagesReply = z.lazy(() =>
  pageOf(messageReply).describe(
    'nextCursor is the seq at which the list goes on: give it as `after` if you asked with `after`, otherwise as `before`. It is null at the end, and always with `around`.',
  ),
)

export const searchQuery = z.lazy(() =>
  z
    .strictObject({
      q: line(200).optional().describe('Words that must all be there; the last one may be a beginning.'),
      from: idSchema('user').optional().describe('Only messages of this person.'),
      has: z
        .enum(['file', 'image', 'link'])
        .optional()
        .describe('Only messages with a file, a picture or a link in them.'),
      before: seq.optional().describe('Only messages older than this seq.'),
      limit: pageQuery.limit,
    })
    .refine(({ q, from, has }) => q !== undefined || from !== undefined || has !== undefined, {
      message: 'takes at least one of q, from and has',
    }),
)

export const foundReply = z.lazy(() =>
  pageOf(messageReply).describe(
    'The newest first. nextCursor is the seq at which the search goes on: give it as `before`.',
  ),
)
export const pinsReply = z.lazy(() => z.object({ data: z.array(messageReply), nextCursor: z.null() }))
export const versionsReply = z.lazy(() =>
  z.object({
    data: z.array(
      z.object({
        text: z.string(),
        replacedAt: isoTime.nullable().describe('When another text took its place; null for the last one.'),
      }),
    ),
    nextCursor: z.null(),
  }),
)

export const newTicket = z.lazy(() =>
  z.union([z.strictObject({ channelId: channelIdSchema }), z.strictObject({ inbox: z.literal(true) })]),
)
export const ticketReply = z.lazy(() =>
  z.object({
    ticket: z.string().describe('Opens one socket, once: offer it as the subprotocol `ticket.<ticket>`.'),
    expiresIn: z.number().int().describe('Seconds.'),
  }),
)

export const socketQuery = z.lazy(() =>
  z.strictObject({
    since: z
      .string()
      .regex(/^\d{1,15}$/, 'must be a seq')
      .optional()
      .describe('The last seq that you have seen; everything after it is replayed.'),
    state: z
      .enum(['invisible'])
      .optional()
      .describe('Come in unseen: nobody is told. Without effect while another socket of yours is open here.'),
  }),
)
