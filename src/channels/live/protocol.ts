import type {
  Attachment,
  ChannelCommand,
  MemberRole,
  Mention,
  MessageType,
  Status,
  StatusState,
  TodoChange,
  WireShown,
} from './contract'
import type { TimerChange, TimerView } from './timer-contract'

/** What travels on a room's socket (docs/live-room.md, "Frames"): frames from clients, events from the server. */

export const subprotocol = 'studyhall.v1'
export const heartbeatSeconds = 25

export const closeCodes = {
  left: 1000,
  goneSilent: 1001,
  frameTooLarge: 1009,
  tooFarBehind: 1013,
  badFrames: 4400,
  signedOut: 4401,
  removed: 4403,
  channelDeleted: 4404,
  tooManyFrames: 4408,
  replaced: 4409,
} as const

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

/** Why something was refused, with the words a person reads. The same codes and words by socket and by HTTP. */
export const refusals = {
  'channel.not_found': 'There is no such channel.',
  'channel.membership_required': 'Only members of the channel may do this.',
  'message.not_found': 'There is no such message.',
  'message.deleted': 'The message was deleted.',
  'message.not_yours': 'Only its author may edit a message.',
  'message.edit_too_late': 'A message may be edited for 24 hours.',
  'message.delete_not_allowed':
    'Only its author, or somebody with a higher role than the author, may delete a message.',
  'message.history_not_allowed': 'Only those who look after the channel may see what a message said before.',
  'message.announcement_not_allowed': 'Only those who look after a group may announce something in it.',
  'attachment.not_usable': 'A file is not yours, not ready, of another purpose, or attached already.',
  'attachment.not_a_picture': 'A message of type image has pictures and nothing else.',
  'pin.not_allowed': 'Only those who look after the channel may pin messages.',
  'pin.too_many': 'A channel has at most 50 pinned messages.',
  'room.slow_mode': 'Slow mode is on: wait a little before the next message.',
  'channel.frozen': 'Nobody can write here any more.',
  'channel.timed_out': 'You may read here, but not write for now.',
  'reaction.too_many': 'A message carries at most 20 different emoji.',
  'timer.not_allowed': 'Here only those who look after the channel may start the timer or change it.',
  'timer.running': 'A timer is running already.',
  'timer.not_running': 'No timer is running.',
  'frame.invalid': 'The frame is not valid.',
  'frame.unknown_type': 'There is no frame of this type.',
} as const

export type RefusalCode = keyof typeof refusals

export type Frame =
  | { kind: 'command'; nonce: string | null; command: ChannelCommand }
  | { kind: 'typing' }
  | { kind: 'status'; status: Status }
  | { kind: 'seen'; n: number }

/** A message as everyone is sent it: without what differs between viewers and without what has its own events. */
export interface WireMessage {
  id: string
  seq: number
  channelId: string
  sender: { id: string; name: string; avatarUrl: string | null }
  type: MessageType
  text: string
  /** These are absent where there is nothing to say: most messages have none of them. */
  replyTo?: WireReply
  attachments?: (Attachment & { url: string })[]
  mentions?: Mention[]
  pinnedAt?: string
  editedAt: string | null
  deletedAt: string | null
  createdAt: string
}

/** The message that is answered, as it is now. */
export interface WireReply {
  id: string
  seq: number
  sender: { id: string; name: string }
  text: string
  deleted: boolean
}

export interface WireMember {
  user: { id: string; username: string; name: string; avatarUrl: string | null }
  role: MemberRole
  joinedAt: string
}

/** What clients need to know of the channel's settings. */
export interface WireChannel {
  id: string
  name: string
  slowModeSeconds: number
  whoMayStartTimer: 'members' | 'moderators'
}

export interface WirePresent {
  count: number
  /** Null above 100 present. */
  members: ({ user: { id: string; name: string; avatarUrl: string | null } } & WireShown)[] | null
}

export interface ReadyEvent {
  type: 'ready'
  self: { userId: string; socketId: string; role: MemberRole; mutedUntil: string | null; state: StatusState }
  seq: number
  present: WirePresent
  /** Null where none runs. */
  timer: TimerView | null
  /** The members whom the person has blocked; what they say is for the client to fold. */
  blockedIds: string[]
  limits: {
    frameBytes: number
    framesPerMinute: number
    textCharacters: number
    emojiPerMessage: number
    editableSeconds: number
    slowModeSeconds: number
  }
  /** The server's clock, by which timers end. */
  now: string
  heartbeatSeconds: number
}

export type ServerEvent =
  | ReadyEvent
  | { type: 'ack'; nonce: string; id?: string; seq?: number }
  | { type: 'error'; code: RefusalCode; detail: string; nonce?: string; retryAfterSeconds?: number }
  /** A new message has no reactions; later ones come as events of their own. */
  | { type: 'message.created'; seq: number; message: WireMessage & { reactions: [] } }
  | { type: 'message.updated'; seq: number; message: WireMessage }
  | { type: 'message.deleted'; seq: number; message: { id: string } }
  | { type: 'message.pinned'; seq: number; messageId: string; userId: string; pinnedAt: string }
  | { type: 'message.unpinned'; seq: number; messageId: string; userId: string }
  | { type: 'reaction.added' | 'reaction.removed'; seq: number; messageId: string; userId: string; emoji: string }
  | { type: 'member.joined' | 'member.updated'; seq: number; member: WireMember }
  | { type: 'member.left'; seq: number; userId: string; reason: 'left' | 'removed' | 'banned' }
  | { type: 'channel.updated'; seq: number; channel: WireChannel }
  | { type: 'timer.changed'; seq: number; change: TimerChange; userId: string | null; timer: TimerView | null }
  | { type: 'presence.changed'; userId: string; state: 'offline' }
  | ({ type: 'presence.changed'; userId: string } & WireShown)
  | ({ type: 'presence.changed' } & WirePresent)
  | { type: 'typing'; userIds: string[]; count: number }
  | { type: 'blocks.changed'; blockedIds: string[] }
  | { type: 'read.updated'; userId: string; seq: number }
  | ({ type: 'todo.changed' } & TodoChange)
  | { type: 'resumed' | 'resync' | 'void'; seq: number }
  | { type: 'closing'; code: CloseCode; reconnect: boolean }

export function closingEvent(code: CloseCode): ServerEvent {
  return { type: 'closing', code, reconnect: code !== closeCodes.removed && code !== closeCodes.channelDeleted }
}

export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`)
}
