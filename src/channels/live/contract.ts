/** What the Worker and a channel's StudyRoom object say to each other. Plain data only: it crosses an RPC boundary. */

export type ChannelKind = 'room' | 'personal' | 'group' | 'conversation'
export type MemberRole = 'owner' | 'moderator' | 'member'
export type MemberState = 'active' | 'left' | 'removed' | 'banned'

/** The object's replica of its channel. A row is taken only when its `rev` is newer. */
export interface ChannelReplica {
  id: string
  kind: ChannelKind
  name: string
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
  rev: number
}

/** Who acts, as the Worker has proven it. */
export interface Visitor {
  userId: string
  sessionId: string
  /** When the session ends for good, in milliseconds since 1970. */
  sessionEndsAt: number
  transport: 'bearer' | 'cookie'
}

/** A refusal travels as data, because an error loses its fields on the way through RPC. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; code: string; detail?: string }

export interface MessageView {
  id: string
  seq: number
  channelId: string
  sender: { id: string; name: string; avatarKey: string | null }
  type: 'text'
  /** Empty once deleted. */
  text: string
  reactions: { emoji: string; count: number; mine: boolean }[]
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

/** What a person may do in a channel, by socket and by HTTP alike. */
export type ChannelCommand =
  | { type: 'message.send'; text: string }
  | { type: 'message.edit'; messageId: string; text: string }
  | { type: 'message.delete'; messageId: string }
  | { type: 'reaction.add'; messageId: string; emoji: string }
  | { type: 'reaction.remove'; messageId: string; emoji: string }
  | { type: 'read'; seq: number }

export type CommandResult =
  /** `repeated`: the nonce was known, and this is what it made the first time. */
  { kind: 'message'; message: MessageView; repeated: boolean } | { kind: 'read'; seq: number } | { kind: 'done' }

/** A person's part of a channel, for the person alone. Times in milliseconds since 1970. */
export interface MemberExport {
  messages: {
    seq: number
    id: string
    text: string
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
  members: { userId: string; name: string; avatarKey: string | null; state: 'online' }[] | null
}

/** The header in which the Worker hands a ticket to the object; a client's own is removed. */
export const ticketHeader = 'X-Studyhall-Ticket'

/** The RPC surface of a StudyRoom object. Every method may be repeated safely. */
export interface RoomObject {
  /** Takes newer rows into the replica, tells those who are connected, closes sockets that lost their right. */
  apply(change: { channel: ChannelReplica; members: MemberReplica[] }): Promise<void>
  /** Makes a single-use ticket for one socket (live-room.md L2). The rows are applied first. */
  issueTicket(
    visitor: Visitor,
    channel: ChannelReplica,
    member: MemberReplica,
  ): Promise<Outcome<{ ticket: string; expiresIn: number }>>
  /** @param nonce what makes a repetition harmless; null where the command is idempotent by itself */
  command(userId: string, command: ChannelCommand, nonce: string | null): Promise<Outcome<CommandResult>>
  listMessages(userId: string, range: MessageRange): Promise<Outcome<MessagePage>>
  findMessage(userId: string, messageId: string): Promise<Outcome<MessageView>>
  presence(userId: string): Promise<Outcome<PresenceView>>
  /** Closes the session's sockets with 4401 and voids its tickets. */
  dropSession(sessionId: string): Promise<void>
  /**
   * What the object holds of somebody, a page of messages at a time: those with a seq above `after`. Reactions and read
   * mark come with the first page.
   */
  exportMember(userId: string, after: number, limit: number): Promise<MemberExport>
  /**
   * Forgets somebody who is erased: their messages keep "Deleted user" as their sender, or are deleted and emptied, at
   * most `limit` at a time. Call again until it is done.
   */
  eraseMember(userId: string, messages: 'keep' | 'remove', limit: number): Promise<{ done: boolean }>
  /** Answers when the object and its storage work. */
  ping(): Promise<'pong'>
  /** Opens a socket for the ticket in `ticketHeader`. */
  fetch(request: Request): Promise<Response>
}
