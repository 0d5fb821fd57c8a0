import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { channelErrors } from '../errors'
import { listPins, listVersions, pinMessage, searchMessages, unpinMessage } from './actions'
import { liveErrors } from './errors'
import { channelPath, foundReply, messagePath, pinsReply, searchQuery, versionsReply } from './schemas'

const tag = 'Channels'
const barred = [channelErrors.notFound, channelErrors.membershipRequired, requestErrors.invalid]
const { messageNotFound, messageDeleted, historyNotAllowed, pinNotAllowed, tooManyPins, timedOut, frozen } = liveErrors

/** What helps to find messages again: search, pins, and what a message said before. */
export const findingRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/:id/search',
      describe({ summary: 'Search messages', tag, replies: { 200: foundReply }, errors: barred }),
      signedIn,
      validate('param', channelPath),
      validate('query', searchQuery),
      async (c) => c.json(await searchMessages(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
    )
    .get(
      '/:id/pins',
      describe({
        summary: 'List pinned messages',
        description: 'At most 50; the one pinned last comes first.',
        tag,
        replies: { 200: pinsReply },
        errors: barred,
      }),
      signedIn,
      validate('param', channelPath),
      async (c) => c.json(await listPins(c.var.ctx, c.req.valid('param').id)),
    )
    .put(
      '/:id/pins/:messageId',
      describe({
        summary: 'Pin a message',
        description: 'For owners and moderators; in a direct conversation for both.',
        tag,
        replies: { 204: null },
        errors: [...barred, messageNotFound, messageDeleted, pinNotAllowed, tooManyPins, timedOut, frozen],
      }),
      signedIn,
      validate('param', messagePath),
      async (c) => {
        const { id, messageId } = c.req.valid('param')
        await pinMessage(c.var.ctx, id, messageId)
        return c.body(null, 204)
      },
    )
    .delete(
      '/:id/pins/:messageId',
      describe({
        summary: 'Take a pinned message down',
        tag,
        replies: { 204: null },
        errors: [...barred, messageNotFound, pinNotAllowed, timedOut, frozen],
      }),
      signedIn,
      validate('param', messagePath),
      async (c) => {
        const { id, messageId } = c.req.valid('param')
        await unpinMessage(c.var.ctx, id, messageId)
        return c.body(null, 204)
      },
    )
    .get(
      '/:id/messages/:messageId/history',
      describe({
        summary: 'Read what a message said before',
        description:
          'For owners and moderators. The oldest text first, the last hundred. The words of a deleted message are here for 30 days.',
        tag,
        replies: { 200: versionsReply },
        errors: [...barred, messageNotFound, historyNotAllowed],
      }),
      signedIn,
      validate('param', messagePath),
      async (c) => {
        const { id, messageId } = c.req.valid('param')
        return c.json(await listVersions(c.var.ctx, id, messageId))
      },
    )
