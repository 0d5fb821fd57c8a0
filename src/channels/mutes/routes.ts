import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { channelErrors } from '../errors'
import { channelPath } from '../live/schemas'
import { muteChannel, readMute, unmuteChannel } from './actions'
import { muteInput, muteReply } from './schemas'

const tag = 'Channels'
const barred = [channelErrors.notFound, channelErrors.membershipRequired, requestErrors.invalid]

/** No notifications of a channel, for oneself. */
export const muteRoutes = () =>
  new Hono<AppEnv>()
    .put(
      '/:id/mute',
      describe({
        summary: 'Mute a channel',
        description: 'No notifications of it, for you. What is said there still counts as unread.',
        tag,
        replies: { 200: muteReply },
        errors: barred,
      }),
      signedIn,
      validate('param', channelPath),
      validate('json', muteInput),
      async (c) => c.json(await muteChannel(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))),
    )
    .get(
      '/:id/mute',
      describe({ summary: 'Read whether you have muted a channel', tag, replies: { 200: muteReply }, errors: barred }),
      signedIn,
      validate('param', channelPath),
      async (c) => c.json(await readMute(c.var.ctx, c.req.valid('param').id)),
    )
    .delete(
      '/:id/mute',
      describe({ summary: 'Take a mute back', tag, replies: { 204: null }, errors: [requestErrors.invalid] }),
      signedIn,
      validate('param', channelPath),
      async (c) => {
        await unmuteChannel(c.var.ctx, c.req.valid('param').id)
        return c.body(null, 204)
      },
    )
