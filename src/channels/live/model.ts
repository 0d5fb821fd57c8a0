import type { RoomLimits } from '../../app/config'
import type { StoredEvent } from '../../outbox/contract'
import type { Attachment, ChannelCommand, ChannelReplica, MemberReplica, Mention, Status, TodoChange } from './contract'
import type { CloseCode, Frame, ReadyEvent, RefusalCode, ServerEvent } from './protocol'
import type { Removal } from './removals'
import type { StudyNews } from './study-contract'
import type { Pomodoro, TimerRow } from './timer'
import type { TimerChange } from './timer-contract'

/** The language of a room's core: its state, the facts it is given, what happens, what it wants saved and done. */

/** What is live about the room as a whole. Small, because each event makes a new one. */
export interface RoomState {
  /** The latest durable change. */
  readonly seq: number
  /** How many messages there have been. */
  readonly ord: number
  readonly sockets: number
  /** People with a socket, or who had one less than a minute ago. */
  readonly present: number
  /** Whether presence is told as a count only (L17). */
  readonly counting: boolean
  readonly countToldAt: number
  readonly countDue: boolean
  readonly sweeping: boolean
  readonly reporting: boolean
  /** When it was last reported; 0 after sleep. */
  readonly reportedAt: number
}

export interface LiveSocket {
  readonly id: string
  readonly sessionId: string
  readonly bad: Tally
  /** When it last said, free of charge, what it has received. */
  readonly seenAt: number
}

/** How often something happened since a time. */
export interface Tally {
  readonly since: number
  readonly count: number
}

/** What is live about one person. */
export interface Person {
  /** Oldest first. */
  readonly sockets: readonly LiveSocket[]
  /** When a person without a socket counts as gone; null while there is one. */
  readonly graceUntil: number | null
  readonly frames: Tally
  readonly typedAt: number
  /** Null: online, without more words. */
  readonly status: Status | null
}

export interface MessageRow {
  seq: number
  ord: number
  id: string
  userId: string
  text: string
  createdAt: number
  editedAt: number | null
  deletedAt: number | null
  pinnedAt: number | null
  /** Null for most messages. */
  extra: MessageExtra | null
}

/** What only some messages have. */
export interface MessageExtra {
  announcement?: true
  /** The seq of the message that this one answers. */
  replyTo?: number
  mentions?: Mention[]
  /** Ids of those whom an earlier text of it named, and this one does not. */
  named?: string[]
  attachments?: Attachment[]
  /** Whether it is a message of type image. */
  image?: true
}

/** How far somebody has read by socket, before it is stored. */
export interface HeldMark {
  seq: number
  at: number
}

/** What a nonce made the first time; null where there was nothing to change. */
export interface Made {
  messageId: string | null
  seq: number | null
}

/** What is stored, and the people whom an event does not carry: read only as far as the event needs it. */
export interface Facts {
  limits: RoomLimits
  channel(): ChannelReplica | null
  member(userId: string): MemberReplica | null
  memberCount(): number
  message(id: string): MessageRow | null
  messageAt(seq: number): MessageRow | null
  /** Those of the names that active members have, with their ids. */
  membersNamed(usernames: string[]): Mention[]
  pinCount(): number
  /** Whether a message here has the file already. */
  isAttached(uploadId: string): boolean
  /** When the person last wrote while slow mode was on; 0 when never. */
  spokeAt(userId: string): number
  nonce(userId: string, nonce: string): Made | null
  /** Whether the person, or anyone, has put the emoji on the message, and how many different ones it carries. */
  reaction(messageSeq: number, emoji: string, userId: string): { mine: boolean; known: boolean; distinct: number }
  /** The furthest seq that the person has read. */
  mark(userId: string): number
  /** The mark that so far only the person's sockets keep; null once it is stored. */
  heldMark(userId: string): HeldMark | null
  /** Whether the person's stored mark has yet to reach their inbox. */
  markWaits(userId: string): boolean
  /** The seq of the last message that was there at this time; 0 for none. */
  seqAt(at: number): number
  person(userId: string): Person | null
  presentIds(): Iterable<string>
  timer(): TimerRow | null
  /** What the person studies here, as their clock told it last. */
  study(userId: string): StudyNews | null
}

export type RoomEvent = { readonly now: number } & (
  | {
      type: 'socket.opened'
      userId: string
      sessionId: string
      socketId: string
      since: number | null
      /** Whom of the members the person has blocked. */
      blockedIds: string[]
      /** Who arrives unseen is never told to be online. */
      invisible: boolean
    }
  | { type: 'socket.closed'; userId: string; socketId: string }
  /** The server ends it: no ping for 70 s, too far behind, or the session is over. */
  | { type: 'socket.ended'; userId: string; socketId: string; why: 'silent' | 'behind' | 'session' }
  /**
   * `id` names the message that a message.send makes, or the moderation action that a message.delete is; `files` are
   * those that a message may have.
   */
  | { type: 'frame'; userId: string; socketId: string; frame: Frame; id: string; files?: Attachment[] }
  | { type: 'frame.refused'; userId: string; socketId: string; flaw: FrameFlaw }
  /** By HTTP. */
  | {
      type: 'command'
      userId: string
      command: ChannelCommand
      nonce: string | null
      id: string
      files?: Attachment[]
    }
  | { type: 'channel.changed'; channel: ChannelReplica }
  | { type: 'member.changed'; member: MemberReplica }
  /** Its author is erased and wanted it gone, or was banned, `by` somebody who did. */
  | { type: 'message.erased'; message: MessageRow; by?: string }
  | { type: 'blocks.changed'; userId: string; blockedIds: string[] }
  /** In D1, where todos live. */
  | { type: 'todo.changed'; change: TodoChange }
  | { type: 'study.changed'; news: StudyNews }
  | { type: 'grace.ended'; userId: string }
  | { type: 'count.due' }
  | { type: 'timer.due' }
)

export type FrameFlaw =
  | { kind: 'broken' }
  | { kind: 'tooLarge' }
  | { kind: 'invalid'; code: RefusalCode; detail: string; nonce: string | null }

export type Write =
  | { table: 'messages'; message: MessageRow }
  | { table: 'edits'; message: MessageRow; text: string; extra: MessageExtra | null; seq: number; at: number }
  | { table: 'tombstones'; message: MessageRow; userId: string; seq: number; at: number }
  | { table: 'reactions'; kind: 'reaction.added' | 'reaction.removed'; reaction: ReactionRow; seq: number }
  | {
      table: 'pins'
      kind: 'message.pinned' | 'message.unpinned'
      message: MessageRow
      userId: string
      seq: number
      at: number
    }
  | { table: 'removals'; removal: Removal }
  | { table: 'spoke'; userId: string; at: number }
  | { table: 'nonces'; userId: string; nonce: string; made: Made }
  | { table: 'marks'; userId: string; seq: number; at: number }
  | { table: 'members'; member: MemberReplica; event: { kind: MemberEventKind; seq: number } | null }
  | { table: 'channel'; channel: ChannelReplica; seq: number | null }
  | { table: 'tickets'; voidUserId: string }
  | { table: 'timer'; timer: TimerRow | null; seq: number; change: TimerChange; userId: string | null }
  | { table: 'pomodoros'; pomodoro: Pomodoro }
  | { table: 'studies'; news: StudyNews }

export type MemberEventKind = 'member.joined' | 'member.left' | 'member.updated'

export interface ReactionRow {
  messageSeq: number
  userId: string
  emoji: string
}

/** What an alarm may be for; `key` tells several of a kind apart. */
export type DueKind =
  | 'sweep'
  | 'grace'
  | 'count'
  | 'head'
  | 'mark'
  | 'marks'
  | 'index'
  | 'access'
  | 'timer'
  | 'pomodoro'
  | 'removals'
  | 'meetup'
  | 'purge.text'
  | 'purge.member'
  | 'files'
  | 'purge.room'
  | 'outbox'

export type Answer =
  | { ok: true; messageId?: string; seq?: number; repeated: boolean }
  | { ok: false; code: RefusalCode; detail?: string; retryAfterSeconds?: number }

/** What the shell has to do, in this order. */
export type Effect =
  | { do: 'save'; write: Write }
  | { do: 'keepPerson'; userId: string; person: Person | null }
  /** Sockets keep it through sleep; nothing else does (L14). */
  | { do: 'keepStatus'; userId: string; status: Status }
  /** `loose`: nothing is lost when a socket that lags behind misses it. */
  | { do: 'toAll'; event: ServerEvent; loose?: true }
  | { do: 'toPerson'; userId: string; event: ServerEvent }
  | { do: 'toSocket'; socketId: string; event: ServerEvent }
  /** To whoever sent the frame or made the call. */
  | { do: 'answer'; answer: Answer }
  | { do: 'showTyping'; userId: string }
  | { do: 'admit'; socketId: string; ready: ReadyEvent; since: number | null; resume: 'live' | 'replay' | 'resync' }
  | { do: 'countSeen'; socketId: string; n: number }
  /** The socket keeps the mark through sleep, until the sweep stores it with all others: each row stored is paid for. */
  | { do: 'holdMark'; userId: string; socketId: string; mark: HeldMark }
  | { do: 'close'; socketId: string; code: CloseCode }
  /** Never later than what is already planned for this kind and key. */
  | { do: 'wakeAt'; kind: DueKind; key: string; at: number }
  | { do: 'letSleep'; kind: DueKind; key: string }
  /** Into the room's outbox; the shell names the event. */
  | { do: 'tell'; event: Omit<StoredEvent, 'id'> }

export interface Step {
  state: RoomState
  effects: Effect[]
}
