import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { authErrors } from '../auth/errors'
import { blockErrors } from '../blocks/errors'
import { messagesQuery, messagesReply } from '../channels/live/schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { userErrors } from '../users/errors'
import { listConversations, listDirectMessages, openConversation } from './actions'
import { conversationErrors } from './errors'
import { conversationReply, conversationsReply, directPath, listQuery, newConversation } from './schemas'

const tag = 'Conversations'
const { invalid } = requestErrors

export const conversationRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({
        summary: 'List my conversations',
        description:
          'The one with the last message first. One that somebody else has opened is listed once something is said.',
        tag,
        replies: { 200: conversationsReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', listQuery),
      async (c) => c.json(await listConversations(c.var.ctx, c.req.valid('query'))),
    )
    .post(
      '/',
      describe({
        summary: 'Open a conversation',
        description:
          'There is one with each person, whoever opens it: 201 for a new one, 200 for the one there is, even when one of you has blocked the other. Messages are sent, read and heard as in any channel.',
        tag,
        replies: { 200: conversationReply, 201: conversationReply },
        errors: [
          ...[authErrors.emailVerificationRequired, userErrors.notFound, blockErrors.byYou, conversationErrors.self],
          ...[conversationErrors.notAllowed, conversationErrors.busy, invalid],
        ],
      }),
      signedIn,
      validate('json', newConversation),
      async (c) => {
        const { conversation, isNew } = await openConversation(c.var.ctx, c.req.valid('json').userId)
        if (!isNew) return c.json(conversation, 200)
        return c.json(conversation, 201, { Location: `/api/v1/channels/${conversation.id}/messages` })
      },
    )

/** Below /messages. */
export const directMessageRoutes = () =>
  new Hono<AppEnv>().get(
    '/direct/:userId',
    describe({
      summary: 'List the messages between me and somebody',
      description: 'The same as GET /channels/:id/messages of the conversation.',
      tag,
      replies: { 200: messagesReply },
      errors: [conversationErrors.notFound, invalid],
    }),
    signedIn,
    validate('param', directPath),
    validate('query', messagesQuery),
    async (c) => c.json(await listDirectMessages(c.var.ctx, c.req.valid('param').userId, c.req.valid('query'))),
  )
