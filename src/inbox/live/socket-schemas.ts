import * as z from 'zod'
import { statusStates } from '../../channels/live/contract'
import { clientFrames } from '../../channels/live/frame-schemas'
import { type CloseCode, closeCodes, type RefusalCode, refusals } from '../../channels/live/protocol'
import { isoTime } from '../../shared/text'
import { sessionReply } from '../../study/schemas'
import { namedFriends } from './presence'
import { namedChannels } from './unread'

/** What travels on an inbox's socket, for the document of it; a test holds these against the unions and the core. */

/** What a client may send, by type. */
export const inboxFrames = {
  'status.set': clientFrames['status.set'].describe(
    'Says what one shows to friends. It is kept until its time is over or something else is shown, also while away; who is invisible counts as offline. `idle` without text and until is said of this device: the person is idle when all of them are.',
  ),
  seen: clientFrames.seen,
}

const userId = z.string()
const channelId = z.string()
const kind = z.enum(['room', 'personal', 'group', 'conversation'])
const unread = {
  unreadCount: z.int().describe('Messages that the person has not read; their own never count.'),
  mentionCount: z.int().describe('Those of them that name the person, or call everybody.'),
}
const words = {
  text: z.string().optional().describe('In the person’s own words; absent without any.'),
  until: isoTime.optional().describe('When the state becomes online again; absent where it stays.'),
}
const own = { state: z.enum(statusStates), ...words }
const shown = { state: z.enum(['online', 'idle', 'studying', 'break']), ...words }
const message = z
  .strictObject({
    sender: z.strictObject({ id: z.string(), name: z.string() }),
    text: z.string().describe('The first 140 characters.'),
    createdAt: isoTime,
  })
  .describe('The last one that has arrived.')

/** What the server says, by type. Frames are arrays of these. */
export const inboxEvents = {
  ready: z
    .strictObject({
      type: z.literal('ready'),
      self: z.strictObject({ userId, socketId: z.string(), ...own }),
      friends: z.strictObject({
        count: z.int().describe('How many friends are online, of the 200 newest who are.'),
        people: z.array(z.strictObject({ userId, ...shown })).max(namedFriends),
      }),
      unread: z.strictObject({
        ...unread,
        channels: z
          .array(z.strictObject({ channelId, kind, ...unread }))
          .max(namedChannels)
          .describe('Those with something new, most mentions first; without muted ones.'),
      }),
      limits: z.strictObject({ frameBytes: z.int(), framesPerMinute: z.int() }),
      heartbeatSeconds: z.int().describe('How often to send the plain text `ping`.'),
    })
    .describe('Always the first event, and all there is to know: nothing is replayed.'),
  error: z
    .strictObject({
      type: z.literal('error'),
      code: z.enum(Object.keys(refusals) as [RefusalCode, ...RefusalCode[]]),
      detail: z.string().describe('For people; may change.'),
      nonce: z.string().optional(),
    })
    .describe('It was refused, and nothing changed. The socket stays.'),
  'unread.changed': z
    .strictObject({ type: z.literal('unread.changed'), channelId, kind, name: z.string(), ...unread, message })
    .describe('Something was said in a channel to which the person is not connected.'),
  'direct.arrived': z
    .strictObject({ type: z.literal('direct.arrived'), channelId, message })
    .describe('One or more direct messages have arrived.'),
  'read.updated': z
    .strictObject({ type: z.literal('read.updated'), channelId, seq: z.int(), ...unread })
    .describe('The person has read further, here or on another device.'),
  'friend.changed': z
    .union([
      z.strictObject({ type: z.literal('friend.changed'), userId, state: z.literal('offline') }),
      z.strictObject({ type: z.literal('friend.changed'), userId, ...shown }),
    ])
    .describe('A friend comes, goes, or does something else.'),
  'status.changed': z
    .strictObject({ type: z.literal('status.changed'), ...own })
    .describe('The person shows something else, by this device or another.'),
  'notification.created': z
    .strictObject({
      type: z.literal('notification.created'),
      notification: z.strictObject({
        id: z.string(),
        type: z.string(),
        title: z.string(),
        text: z.string(),
        subject: z.record(z.string(), z.string()),
        createdAt: isoTime,
      }),
    })
    .describe('Something happened that concerns the person. Whatever breaks, it comes; the same id again is the same.'),
  'study.changed': z
    .strictObject({ type: z.literal('study.changed'), session: sessionReply.unwrap() })
    .describe('A study session of the person began, changed, asks something or ended, here or on another device.'),
  closing: z
    .strictObject({
      type: z.literal('closing'),
      code: z.literal(Object.values(closeCodes) as [CloseCode, ...CloseCode[]]),
      reconnect: z.boolean(),
    })
    .describe('The last event before the server closes, and whether coming back makes sense.'),
}
