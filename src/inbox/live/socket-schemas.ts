import * as z from 'zod'
import { clientFrames, serverEvents } from '../../channels/live/socket-schemas'
import { isoTime } from '../../shared/text'
import { namedChannels } from './unread'

/** What travels on an inbox's socket, for the document of it; a test holds them against the unions. */

export const inboxFrames = { seen: clientFrames.seen }

const channelId = z.string()
const kind = z.enum(['room', 'personal', 'group', 'conversation'])
const unread = {
  unreadCount: z.int().describe('Messages that the person has not read; their own never count.'),
  mentionCount: z.int().describe('Those of them that name the person, or call everybody.'),
}
const message = z
  .strictObject({
    sender: z.strictObject({ id: z.string(), name: z.string() }),
    text: z.string().describe('The first 140 characters.'),
    createdAt: isoTime,
  })
  .describe('The last one that has arrived.')

export const inboxEvents = {
  ready: z
    .strictObject({
      type: z.literal('ready'),
      self: z.strictObject({ userId: z.string(), socketId: z.string() }),
      unread: z.strictObject({
        ...unread,
        channels: z
          .array(z.strictObject({ channelId, kind, ...unread }))
          .max(namedChannels)
          .describe('Those with most that is new; muted ones do not count.'),
      }),
      limits: z.strictObject({ frameBytes: z.int(), framesPerMinute: z.int() }),
      heartbeatSeconds: z.int().describe('How often to send the plain text `ping`.'),
    })
    .describe('Always the first event: how everything stands. Nothing is replayed.'),
  error: serverEvents.error.omit({ retryAfterSeconds: true }).describe('The frame was refused. The socket stays.'),
  'unread.changed': z
    .strictObject({ type: z.literal('unread.changed'), channelId, kind, name: z.string(), message, ...unread })
    .describe('Something was said in a channel to which the person is not connected.'),
  'direct.arrived': z
    .strictObject({ type: z.literal('direct.arrived'), channelId, message })
    .describe('The same of a direct message, of which there may have been more than this last one.'),
  'read.updated': z
    .strictObject({ type: z.literal('read.updated'), channelId, seq: z.int(), ...unread })
    .describe('The person has read further, here or on another device.'),
  'notification.created': z
    .strictObject({
      type: z.literal('notification.created'),
      notification: z.strictObject({
        id: z.string(),
        type: z.string().describe('Like `friend.requested`.'),
        title: z.string(),
        text: z.string(),
        subject: z.record(z.string(), z.string()).describe('What it is about, by its own keys.'),
        createdAt: isoTime,
      }),
    })
    .describe('There is news.'),
  closing: serverEvents.closing,
}
