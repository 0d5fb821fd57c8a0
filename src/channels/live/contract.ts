import type { WireStudy } from './study-contract'
import type { TimerCommand } from './timer-contract'

/** What the Worker and a channel's StudyRoom object say to each other. Plain data only: it crosses an RPC boundary. */

export type ChannelKind = 'room' | 'personal' | 'group' | 'conversation'
export type MemberRole = 'owner' | 'moderator' | 'member'
export type MemberState = 'active' | 'left' | 'removed' | 'banned'

/** The object's replica of its channel. A row is taken only when its `rev` is newer. */
export interface ChannelReplica {
  id: string
  kind: ChannelKind
  name: string
  /** How long a member waits between two messages; 0 is no wait. Moderators and the owner never wait. */
  slowModeSeconds: number
  /** Who starts the timer, and changes it. Moderators are who looks after the channel. */
  whoMayStartTimer: 'members' | 'moderators'
  /** Nobody may write any more: one of the two in a conversation has blocked the other, or is gone. */
  frozen: boolean
  rev: number
  deletedAt: number | null
}

/** The object's replica of one member: enough to authorise, to name the absent and to erase. */
export interface MemberReplica {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  role: MemberRole
  state: MemberState
  joinedAt: number
  /** Until then the person may read and not write; milliseconds since 1970. Null, and what is past, mutes nobody. */
  mutedUntil: number | null
  /** What a ban wants deleted. */
  purge?: Purge | null
  /** Whether the others hear when the person comes and goes. */
  showsPresence: boolean
  /** Whether the others hear how far the person has read, and the person how far they have. */
  showsReads: boolean
  /** Whether the others hear what the person studies here. */
  showsStudy: boolean
  rev: number
}

/** What somebody has written between two times is to be deleted; milliseconds since 1970. */
export interface Purge {
  since: number
  until: number
  /** Who wanted it. */
  by: string
}

/** Who acts, as the Worker has proven it. */
export interface Visitor {
  userId: string
  sessionId: string
  /** When the session ends for good, in milliseconds since 1970. */
  sessionEndsAt: number
  transport: 'bearer' | 'cookie'
  /** The members whom the person has blocked, at most 1,000: for the person alone, who folds what they say. */
  blockedIds?: string[]
}

/** A refusal travels as data, because an error loses its fields on the way through RPC. */
export type Outcome<T> =
  | { ok: true; value: T }
  | { ok: false; code: string; detail?: string; retryAfterSeconds?: number }

export type MessageType = 'text' | 'image' | 'announcement'

/** A file in a message, as it was when it was attached. */
export interface Attachment {
  /** That of the upload. */
  id: string
  filename: string
  contentType: string
  size: number
  /** Null for what is no picture. */
  width: number | null
  height: number | null
  /** What a picture shows, in its sender's words. */
  alt: string | null
}

/** Who is named in a text: the name as it stands there behind the @. For `@room` the id is the channel's. */
export interface Mention {
  id: string
  username: string
}

/** The message that another one answers, cut to what fits above the answer. */
export interface ReplyView {
  id: string
  seq: number
  sender: { id: string; name: string }
  /** The first 140 characters; empty once deleted. */
  text: string
  deleted: boolean
}

/** What people say they are doing. Invisible people are told to others as offline. */
export const statusStates = ['online', 'idle', 'studying', 'break', 'invisible'] as const
export type StatusState = (typeof statusStates)[number]
export type ShownState = Exclude<StatusState, 'invisible'>

/** A status as others see it. */
export interface WireStatus {
  state: ShownState
  /** In the person's own words; absent without any. */
  text?: string
  /** When the state becomes online again; absent where it stays. */
  until?: string
}

/** What others see of somebody who is here. */
export interface WireShown extends WireStatus {
  /** Absent for who studies elsewhere, not at all, or unseen. */
  study?: WireStudy
}

export interface Status {
  state: StatusState
  text: string | null
  /** When the person counts as plainly online again; milliseconds since 1970. Null: until they say otherwise. */
  until: number | null
}

export interface MessageView {
  id: string
  seq: number
  channelId: string
  sender: { id: string; name: string; avatarKey: string | null }
  /** Whether the viewer has blocked the sender. */
  blocked: boolean
  type: MessageType
  /** Empty once deleted. */
  text: string
  replyTo: (ReplyView & { blocked: boolean }) | null
  mentions: Mention[]
  attachments: (Attachment & { url: string })[]
  /** Without those of people whom the viewer has blocked. */
  reactions: { emoji: string; count: number; mine: boolean }[]
  pinnedAt: number | null
  /** Null once deleted. */
  editedAt: number | null
  deletedAt: number | null
  createdAt: number
}

/** At most one of the bounds; each is a seq. */
export interface MessageRange {
  before?: number
  after?: number
  around?: number
  limit: number
}

/** Newest first; oldest first with `after` or `around`. */
export interface MessagePage {
  messages: MessageView[]
  /** Whether there is more in the direction in which the page ran; with `around` always false. */
  more: boolean
}

/** All that is given has to fit. */
export interface MessageSearch {
  /** Words; of the last one its beginning is enough. */
  q?: string
  from?: string
  has?: 'file' | 'image' | 'link'
  /** Only what is older than this seq. */
  before?: number
  limit: number
}

export interface MessageVersion {
  text: string
  /** When another text took its place; null for the last one. */
  replacedAt: number | null
}

/** What a person may do in a channel, by socket and by HTTP alike. */
export type ChannelCommand =
  /** `announcement`: to a whole group, by who looks after it. */
  /** `attachments`: ids of uploads. `form`: what kind of message it shall be; without it pictures alone make an image. */
  | {
      type: 'message.send'
      text: string
      replyTo?: string
      announcement?: true
      attachments?: string[]
      form?: 'text' | 'image'
    }
  | { type: 'message.edit'; messageId: string; text: string }
  /** `reason`: for the author, where somebody else deletes it. */
  | { type: 'message.delete'; messageId: string; reason?: string }
  | { type: 'message.pin' | 'message.unpin'; messageId: string }
  | { type: 'reaction.add'; messageId: string; emoji: string }
  | { type: 'reaction.remove'; messageId: string; emoji: string }
  | { type: 'read'; seq: number }
  | TimerCommand

export type CommandResult =
  /** `repeated`: the nonce was known, and this is what it made the first time. */
  { kind: 'message'; message: MessageView; repeated: boolean } | { kind: 'read'; seq: number } | { kind: 'done' }

/** A message as those see it who look into a report. Times in milliseconds since 1970. */
export interface ReportedMessage {
  userId: string
  seq: number
  text: string
  /** What it said before, the oldest first; the last five. */
  earlierTexts: string[]
  /** What was attached, by name: the files themselves go with the message. */
  attachments: Pick<Attachment, 'id' | 'filename' | 'contentType' | 'size'>[]
  sentAt: number
  editedAt: number | null
  deletedAt: number | null
}

/** A person's part of a channel, for the person alone. Times in milliseconds since 1970. */
export interface MemberExport {
  messages: {
    seq: number
    id: string
    text: string
    /** Ids of the uploads in it. */
    attachments: string[]
    /** What it said before, the oldest first. */
    earlierTexts: string[]
    createdAt: number
    editedAt: number | null
  }[]
  reactions: { messageSeq: number; emoji: string }[]
  readUpTo: number | null
  /** Where the next page begins; null at the end. */
  next: number | null
}

export interface PresenceView {
  /** How many people are present. */
  count: number
  /** Null above 100 present. */
  members: PresentMember[] | null
}

export interface PresentMember {
  userId: string
  name: string
  avatarKey: string | null
  state: ShownState
  /** In their own words. */
  text: string | null
  until: number | null
  study: WireStudy | null
}

/** A todo of a room, as everyone in the room is sent it. */
export interface WireTodo {
  id: string
  roomId: string | null
  text: string
  createdBy: string
  assignee: { id: string; name: string; avatarUrl: string | null } | null
  dueOn: string | null
  dueAt: string | null
  repeat: {
    frequency: 'daily' | 'weekly' | 'monthly'
    interval: number
    weekdays: number[]
    from: 'due' | 'completion'
  } | null
  position: string
  completedAt: string | null
  completedBy: string | null
  version: number
  createdAt: string
  updatedAt: string
}

export const todoChanges = ['created', 'updated', 'completed', 'reopened', 'deleted'] as const

/** What somebody did to the list of todos that a room shares. */
export interface TodoChange {
  change: (typeof todoChanges)[number]
  todoId: string
  /** Who did it. */
  userId: string
  /** As it is now; null once deleted. */
  todo: WireTodo | null
}
