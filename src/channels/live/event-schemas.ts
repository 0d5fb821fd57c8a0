import * as z from 'zod'
import { isoTime } from '../../shared/text'
import { maxAttachments } from './attachments'
import { statusStates, todoChanges } from './contract'
import { maxMentions } from './extras'
import { messageId, nonce } from './frame-schemas'
import { type CloseCode, closeCodes, type RefusalCode, refusals } from './protocol'
import { studyShown } from './study-schemas'
import { timerChanged, timerView } from './timer-schemas'

/**
 * What a room's socket tells, for the document of it. The object writes without these, for speed; a test holds them
 * against the unions and against what the core says.
 */

const seq = z.int().describe('The place of this change in the channel’s order.')
const userId = z.string()
const role = z.enum(['owner', 'moderator', 'member'])
const person = z.strictObject({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() })
const shown = {
  state: z.enum(['online', 'idle', 'studying', 'break']),
  text: z.string().optional().describe('In the person’s own words; absent without any.'),
  until: isoTime.optional().describe('When the state becomes online again; absent where it stays.'),
  study: studyShown
    .optional()
    .describe('What the person studies here; absent for who does not, or lets nobody see it.'),
}
const mention = z.strictObject({ id: z.string(), username: z.string() })
const message = {
  id: z.string(),
  seq: z.int().describe('Of the event that made the message.'),
  channelId: z.string(),
  sender: person,
  type: z.enum(['text', 'image', 'announcement']),
  text: z.string().describe('Empty once deleted.'),
  replyTo: z
    .strictObject({
      id: z.string(),
      seq: z.int(),
      sender: z.strictObject({ id: z.string(), name: z.string() }),
      text: z.string().describe('The first 140 characters; empty once deleted.'),
      deleted: z.boolean(),
    })
    .optional()
    .describe('The message that this one answers, as it is now; absent where it answers none.'),
  attachments: z
    .array(
      z.strictObject({
        id: z.string(),
        filename: z.string(),
        contentType: z.string(),
        size: z.int(),
        width: z.int().nullable(),
        height: z.int().nullable(),
        alt: z.string().nullable(),
        url: z.string().describe('Leads to a link that lives five minutes.'),
      }),
    )
    .max(maxAttachments)
    .optional()
    .describe('Absent where there are none.'),
  mentions: z
    .array(mention)
    .max(maxMentions)
    .optional()
    .describe('Whom the text names; for `@room` the id is the channel’s. Absent where it names nobody.'),
  pinnedAt: isoTime.optional().describe('Absent where the message is not pinned.'),
  editedAt: isoTime.nullable(),
  deletedAt: isoTime.nullable(),
  createdAt: isoTime,
}
const member = z.strictObject({
  user: z.strictObject({ id: z.string(), username: z.string(), name: z.string(), avatarUrl: z.string().nullable() }),
  role,
  joinedAt: isoTime,
})
const present = {
  count: z.int().describe('How many people are here.'),
  members: z
    .array(z.strictObject({ user: person, ...shown }))
    .nullable()
    .describe('Null above 100 present.'),
}

const todo = z.strictObject({
  id: z.string(),
  roomId: z.string().nullable(),
  text: z.string(),
  createdBy: z.string(),
  assignee: person.nullable(),
  dueOn: z.iso.date().nullable(),
  dueAt: isoTime.nullable(),
  repeat: z
    .strictObject({
      frequency: z.enum(['daily', 'weekly', 'monthly']),
      interval: z.int(),
      weekdays: z.array(z.int()),
      from: z.enum(['due', 'completion']),
    })
    .nullable(),
  position: z.string().describe('Open todos are sorted by it, byte by byte.'),
  completedAt: isoTime.nullable(),
  completedBy: z.string().nullable(),
  version: z.int(),
  createdAt: isoTime,
  updatedAt: isoTime,
})

/** What the server says, by type. Frames are arrays of these. */
export const serverEvents = {
  ready: z
    .strictObject({
      type: z.literal('ready'),
      self: z.strictObject({
        userId,
        socketId: z.string(),
        role,
        mutedUntil: isoTime.nullable().describe('Until then the person may read and not write.'),
        state: z.enum(statusStates),
      }),
      seq: z.int().describe('How far the channel is.'),
      present: z.strictObject(present),
      timer: timerView.nullable().describe('Null where none runs.'),
      blockedIds: z.array(z.string()).describe('The members whom the person has blocked, for the client to fold.'),
      limits: z.strictObject({
        frameBytes: z.int(),
        framesPerMinute: z.int(),
        textCharacters: z.int(),
        emojiPerMessage: z.int(),
        editableSeconds: z.int(),
        slowModeSeconds: z.int().describe('How long a member waits between two messages; 0 is no wait.'),
      }),
      now: isoTime.describe('The server’s clock, by which timers end.'),
      heartbeatSeconds: z.int().describe('How often to send the plain text `ping`.'),
    })
    .describe('Always the first event.'),
  ack: z
    .strictObject({ type: z.literal('ack'), nonce, id: z.string().optional(), seq: seq.optional() })
    .describe('It is stored. Without seq where there was nothing to change.'),
  error: z
    .strictObject({
      type: z.literal('error'),
      code: z.enum(Object.keys(refusals) as [RefusalCode, ...RefusalCode[]]),
      detail: z.string().describe('For people; may change.'),
      nonce: nonce.optional(),
      retryAfterSeconds: z.int().optional(),
    })
    .describe('It was refused, and nothing changed. The socket stays.'),
  'message.created': z
    .strictObject({
      type: z.literal('message.created'),
      seq,
      message: z.strictObject({ ...message, reactions: z.tuple([]).describe('Later ones come as events.') }),
    })
    .describe('Somebody said something.'),
  'message.updated': z
    .strictObject({ type: z.literal('message.updated'), seq, message: z.strictObject(message) })
    .describe('A message reads differently now; its reactions stay as they were.'),
  'message.deleted': z
    .strictObject({ type: z.literal('message.deleted'), seq, message: z.strictObject({ id: z.string() }) })
    .describe('Its text, reactions and pin are no longer shown.'),
  'message.pinned': z
    .strictObject({ type: z.literal('message.pinned'), seq, messageId, userId, pinnedAt: isoTime })
    .describe('Somebody pinned a message.'),
  'message.unpinned': z
    .strictObject({ type: z.literal('message.unpinned'), seq, messageId, userId })
    .describe('Somebody took a pinned message down.'),
  'reaction.added': z
    .strictObject({ type: z.literal('reaction.added'), seq, messageId, userId, emoji: z.string() })
    .describe('Somebody put an emoji on a message.'),
  'reaction.removed': z
    .strictObject({ type: z.literal('reaction.removed'), seq, messageId, userId, emoji: z.string() })
    .describe('Somebody took their emoji back.'),
  'member.joined': z
    .strictObject({ type: z.literal('member.joined'), seq, member })
    .describe('Somebody became a member.'),
  'member.updated': z
    .strictObject({ type: z.literal('member.updated'), seq, member })
    .describe('A member has another name, picture or role.'),
  'member.left': z
    .strictObject({ type: z.literal('member.left'), seq, userId, reason: z.enum(['left', 'removed', 'banned']) })
    .describe('Somebody is a member no more.'),
  'channel.updated': z
    .strictObject({
      type: z.literal('channel.updated'),
      seq,
      channel: z.strictObject({
        id: z.string(),
        name: z.string(),
        slowModeSeconds: z.int(),
        whoMayStartTimer: z.enum(['members', 'moderators']),
      }),
    })
    .describe('The channel has another name, another pace, or others who may start the timer.'),
  'timer.changed': timerChanged,
  'presence.changed': z
    .union([
      z.strictObject({ type: z.literal('presence.changed'), userId, state: z.literal('offline') }),
      z.strictObject({ type: z.literal('presence.changed'), userId, ...shown }),
      z.strictObject({ type: z.literal('presence.changed'), ...present }),
    ])
    .describe('A person came, went, or does something else. Above 100 present, only how many are here.'),
  typing: z
    .strictObject({ type: z.literal('typing'), userIds: z.array(z.string()).max(5), count: z.int() })
    .describe('Others are typing; at most five are named.'),
  'read.updated': z
    .strictObject({ type: z.literal('read.updated'), userId, seq: z.int() })
    .describe('How far somebody has read: one’s own other sockets hear it, and everybody in channels of at most 20.'),
  'todo.changed': z
    .strictObject({
      type: z.literal('todo.changed'),
      change: z.enum(todoChanges),
      todoId: z.string(),
      userId: userId.describe('Who did it.'),
      todo: todo.nullable().describe('As it is now; null once deleted.'),
    })
    .describe(
      'The list of todos that the room shares has changed. Not replayed: read the list again after each `ready`. Of two that cross each other the higher `version` is the newer.',
    ),
  'blocks.changed': z
    .strictObject({ type: z.literal('blocks.changed'), blockedIds: z.array(z.string()) })
    .describe('Whom of the members one has blocked now. Only one’s own sockets hear it.'),
  resumed: z.strictObject({ type: z.literal('resumed'), seq: z.int() }).describe('All that was missed has been told.'),
  resync: z
    .strictObject({ type: z.literal('resync'), seq: z.int() })
    .describe('Too much was missed: read the messages over HTTP. The socket stays.'),
  void: z
    .strictObject({ type: z.literal('void'), seq })
    .describe('Stands for a change whose content may not be shown any more.'),
  closing: z
    .strictObject({
      type: z.literal('closing'),
      code: z.literal(Object.values(closeCodes) as [CloseCode, ...CloseCode[]]),
      reconnect: z.boolean(),
    })
    .describe('The last event before the server closes, and whether coming back makes sense.'),
}
