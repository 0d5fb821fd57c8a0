import * as z from 'zod'
import { personReply } from '../friends/schemas'
import { unreadShape } from '../inbox/schemas'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime } from '../shared/text'

export const newConversation = z.lazy(() => z.strictObject({ userId: idSchema('user') }))
export const directPath = z.lazy(() => z.strictObject({ userId: idSchema('user') }))
export const listQuery = z.lazy(() => z.strictObject(pageQuery))

export const conversationReply = z.lazy(() =>
  z
    .object({
      id: z.string().describe('Also the id of its channel: messages are at /channels/:id/messages.'),
      user: personReply.describe('The other one.'),
      canWrite: z.boolean().describe('False when one of you has blocked the other, or the other is erased.'),
      lastMessage: z
        .object({
          senderId: z.string(),
          text: z.string().describe('The first 140 characters; empty once deleted.'),
          createdAt: isoTime,
        })
        .nullable()
        .describe('Follows the last message within seconds.'),
      lastMessageAt: isoTime.nullable().describe('Follows the last message within seconds.'),
      muted: z.boolean(),
      ...unreadShape,
      createdAt: isoTime,
    })
    .meta({ id: 'Conversation' }),
)

export const conversationsReply = z.lazy(() => pageOf(conversationReply))

export type ListQuery = z.output<typeof listQuery>
export type Conversation = z.output<typeof conversationReply>
