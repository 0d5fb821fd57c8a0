import { type Context, Hono } from 'hono'
import type { UserCtx } from '../app/context'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { offeredTicket, signedInWithoutTicket, upgradable } from '../app/upgrades'
import { authErrors } from '../auth/errors'
import { issueInboxTicket, openInboxSocket } from '../inbox/actions'
import { rateErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { channelErrors } from './errors'
import {
  addReaction,
  deleteMessage,
  editMessage,
  issueTicket,
  listMessages,
  markRead,
  openSocket,
  readMessage,
  removeReaction,
  sendMessage,
} from './live/actions'
import { liveErrors } from './live/errors'
import {
  channelPath,
  messageEdit,
  messagePath,
  messageRemoval,
  messageReply,
  messagesQuery,
  messagesReply,
  newMessage,
  newTicket,
  reactionPath,
  readInput,
  readReply,
  socketQuery,
  ticketReply,
} from './live/schemas'

const tag = 'Channels'
const { invalid } = requestErrors
const { notFound, membershipRequired } = channelErrors
const { emailVerificationRequired } = authErrors
const { messageNotFound, messageDeleted, slowMode, timedOut, frozen } = liveErrors
const barred = [notFound, membershipRequired, invalid]

/** What is said in a room, a group or a direct conversation; its id is the channel's. */
export const channelRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/:id/messages',
      describe({ summary: 'List messages', tag, replies: { 200: messagesReply }, errors: barred }),
      signedIn,
      validate('param', channelPath),
      validate('query', messagesQuery),
      async (c) => c.json(await listMessages(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
    )
    .post(
      '/:id/messages',
      describe({
        summary: 'Send a message',
        description: 'The same nonce again answers 200 with the message that it made the first time.',
        tag,
        replies: { 200: messageReply, 201: messageReply },
        errors: [...barred, messageNotFound, messageDeleted, slowMode, timedOut, frozen, emailVerificationRequired],
      }),
      signedIn,
      validate('param', channelPath),
      validate('json', newMessage),
      async (c) => {
        const { id } = c.req.valid('param')
        const { message, repeated } = await sendMessage(c.var.ctx, id, c.req.valid('json'))
        if (repeated) return c.json(message, 200)
        return c.json(message, 201, { Location: `/api/v1/channels/${id}/messages/${message.id}` })
      },
    )
    .get(
      '/:id/messages/:messageId',
      describe({
        summary: 'Read a message',
        tag,
        replies: { 200: messageReply },
        errors: [...barred, messageNotFound],
      }),
      signedIn,
      validate('param', messagePath),
      async (c) => {
        const { id, messageId } = c.req.valid('param')
        return c.json(await readMessage(c.var.ctx, id, messageId))
      },
    )
    .patch(
      '/:id/messages/:messageId',
      describe({
        summary: 'Edit your message',
        description: 'Within 24 hours.',
        tag,
        replies: { 200: messageReply },
        errors: [
          ...barred,
          messageNotFound,
          messageDeleted,
          liveErrors.notYours,
          liveErrors.editTooLate,
          timedOut,
          frozen,
        ],
      }),
      signedIn,
      validate('param', messagePath),
      validate('json', messageEdit),
      async (c) => {
        const { id, messageId } = c.req.valid('param')
        return c.json(await editMessage(c.var.ctx, id, messageId, c.req.valid('json').text))
      },
    )
    .delete(
      '/:id/messages/:messageId',
      describe({
        summary: 'Delete a message',
        description:
          'Your own, or that of somebody with a lower role, who is shown the reason and can appeal. A tombstone stays in its place. The body may be empty.',
        tag,
        replies: { 204: null },
        errors: [...barred, messageNotFound, liveErrors.deleteNotAllowed],
      }),
      signedIn,
      validate('param', messagePath),
      validate('json', messageRemoval),
      async (c) => {
        const { id, messageId } = c.req.valid('param')
        await deleteMessage(c.var.ctx, id, messageId, c.req.valid('json').reason)
        return c.body(null, 204)
      },
    )
    .put(
      '/:id/messages/:messageId/reactions/:emoji',
      describe({
        summary: 'React to a message',
        tag,
        replies: { 204: null },
        errors: [...barred, messageNotFound, messageDeleted, liveErrors.tooManyEmoji, timedOut, frozen],
      }),
      signedIn,
      validate('param', reactionPath),
      async (c) => {
        const { id, messageId, emoji } = c.req.valid('param')
        await addReaction(c.var.ctx, id, messageId, emoji)
        return c.body(null, 204)
      },
    )
    .delete(
      '/:id/messages/:messageId/reactions/:emoji',
      describe({
        summary: 'Take a reaction back',
        tag,
        replies: { 204: null },
        errors: [...barred, messageNotFound],
      }),
      signedIn,
      validate('param', reactionPath),
      async (c) => {
        const { id, messageId, emoji } = c.req.valid('param')
        await removeReaction(c.var.ctx, id, messageId, emoji)
        return c.body(null, 204)
      },
    )
    .put(
      '/:id/read',
      describe({
        summary: 'Say how far you have read',
        description: 'The mark only moves forward; the reply tells where it stands.',
        tag,
        replies: { 200: readReply },
        errors: barred,
      }),
      signedIn,
      validate('param', channelPath),
      validate('json', readInput),
      async (c) => c.json({ seq: await markRead(c.var.ctx, c.req.valid('param').id, c.req.valid('json').seq) }),
    )

export const ticketRoutes = () =>
  new Hono<AppEnv>().post(
    '/',
    describe({
      summary: 'Get a ticket for a socket',
      description: 'Good for one socket to this channel, or to your own inbox, for 30 seconds.',
      tag: 'Live',
      replies: { 201: ticketReply },
      errors: [...barred, rateErrors.limited, emailVerificationRequired],
    }),
    signedIn,
    validate('json', newTicket),
    async (c) => {
      const wanted = c.req.valid('json')
      const { ctx } = c.var
      return c.json(await ('inbox' in wanted ? issueInboxTicket(ctx) : issueTicket(ctx, wanted.channelId)), 201)
    },
  )

const socket = describe({
  summary: 'Open a socket to a channel',
  description:
    'A WebSocket with the subprotocols `studyhall.v1` and `ticket.<ticket>`, or with a bearer token. What travels on it is described at /docs/sockets, and by what rules at /docs/live-room.',
  tag: 'Live',
  replies: { 101: null },
  errors: [...barred, authErrors.required, requestErrors.crossSite, rateErrors.limited, liveErrors.upgradeRequired],
})

async function upgrade(c: Context<AppEnv>, channelId: string): Promise<Response> {
  const { ctx } = c.var
  const ticket =
    ctx.actor.kind === 'user' ? (await issueTicket(ctx as UserCtx, channelId)).ticket : (offeredTicket(c) ?? '')
  return openSocket(ctx, channelId, c.req.raw, ticket)
}

export const socketRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/channels/:id',
      socket,
      upgradable,
      signedInWithoutTicket,
      validate('param', channelPath),
      validate('query', socketQuery),
      (c) => upgrade(c, c.req.valid('param').id),
    )
    .get(
      '/rooms/:id',
      socket,
      upgradable,
      signedInWithoutTicket,
      validate('param', channelPath),
      validate('query', socketQuery),
      (c) => upgrade(c, c.req.valid('param').id),
    )
    .get(
      '/inbox',
      describe({
        summary: 'Open a socket to my inbox',
        description:
          'A WebSocket with the subprotocols `studyhall.v1` and `ticket.<ticket>`, or with a bearer token. It tells what concerns you wherever you are. What travels on it is described at /docs/sockets, and by what rules at /docs/live-room.',
        tag: 'Live',
        replies: { 101: null },
        errors: [invalid, authErrors.required, requestErrors.crossSite, rateErrors.limited, liveErrors.upgradeRequired],
      }),
      upgradable,
      signedInWithoutTicket,
      async (c) => {
        const { ctx } = c.var
        const bearer = ctx.actor.kind === 'user' ? (await issueInboxTicket(ctx as UserCtx)).ticket : null
        return openInboxSocket(ctx, c.req.raw, bearer ?? offeredTicket(c) ?? '')
      },
    )
