import type { ChannelKind, Visitor, WireStatus } from '../channels/live/contract'
import type { StudyObject } from '../study/contract'

/** What the Worker and a person's UserInbox object say to each other. Plain data only: it crosses an RPC boundary. */

/** Something that a person is told at once, and finds again in the list of notifications. */
export interface Notice {
  id: string
  /** Like `friend.requested`. */
  type: string
  title: string
  text: string
  /** What it is about, by its own keys: like `{ roomId, messageId }`. */
  subject: Record<string, string>
  createdAt: string
}

/** How far somebody has read a channel, and what behind that is not new to them. */
export interface Mark {
  /** The furthest event that the person has seen. */
  seq: number
  /** How many messages and how many calls of everybody there were up to it. */
  ord: number
  calls: number
  /** The person's own messages after it. */
  own: number
  /** Messages after it that name the person, less the person's own calls of everybody. */
  mentions: number
  /** The ord up to which `own` and `mentions` were counted. */
  asOf: number
}

/** How far a conversation is. */
export interface ChannelHead {
  ord: number
  calls: number
}

/** What a channel's object tells the inbox of a member who is not connected to it, or whose mark has moved. */
export interface ChannelNews {
  channelId: string
  kind: ChannelKind
  name: string
  head: ChannelHead
  /** Null where the object knows no more of the person than that there is something new. */
  mark: Mark | null
  /** The last of the messages that have arrived; null when only the mark has moved. */
  message: { sender: { id: string; name: string }; text: string; createdAt: string } | null
  /** Whether the person has written there since the last report, which proves that they are there. */
  wrote?: boolean
}

/** How somebody shows themselves to others; null: not at all, as if they were away. */
export type Shown = WireStatus | null

export interface FriendShown {
  userId: string
  shown: Shown
}

/** Friends who are online, and whether the person hides from all of them. */
export interface FriendsFound {
  hides: boolean
  friends: FriendShown[]
}

/** What a person's inbox is told with each ticket, for the `ready` event of the socket that follows. */
export interface InboxSnapshot {
  /** Until when D1 takes the person for online. */
  onlineUntil: number
  /** The person's channels in which something was said. */
  heads: (ChannelHead & { channelId: string; kind: ChannelKind; muted: boolean })[]
  friends: FriendsFound
}

/** The RPC surface of a UserInbox object. Every method may be repeated safely. */
export interface InboxObject extends StudyObject {
  /** Makes a single-use ticket for one socket (live-room.md L2). */
  issueTicket(visitor: Visitor, snapshot: InboxSnapshot): Promise<{ ticket: string; expiresIn: number }>
  /**
   * Tells the person's open sockets; with `unlessStudying` not while a study session runs: then the caller holds back
   * what it has, and the end of the session lets it out.
   * @returns whether a socket heard it, and whether a session runs, pauses and breaks included
   */
  notify(notices: Notice[], options?: { unlessStudying: boolean }): Promise<{ heard: boolean; studying: boolean }>
  /** Keeps a mark that is further or newer than the one there is, and tells the person's sockets how much is unread. */
  hear(news: ChannelNews): Promise<void>
  /** The marks in these channels; one that was never read has none. */
  readMarks(channelIds: string[]): Promise<Record<string, Mark>>
  /**
   * A friend is online and shows themselves so: from now on each of the two hears how the other does.
   * @returns how this person does; not `here` when they are away, or in touch with too many already
   */
  meet(friendId: string, shown: Shown): Promise<{ here: true; shown: Shown } | { here: false }>
  /** A friend has gone, or is a friend no more. */
  part(friendId: string): Promise<void>
  /** Friendships, blocks or settings have changed: who is in touch is found anew. Costs nothing for who is away. */
  refreshFriends(): Promise<void>
  /** Closes the session's sockets with 4401 and voids its tickets. */
  dropSession(sessionId: string): Promise<void>
  /** Closes every socket and deletes all that is stored. */
  erase(): Promise<void>
  /** Answers when the object and its storage work. */
  ping(): Promise<'pong'>
  /** Opens a socket for the ticket in `ticketHeader`. */
  fetch(request: Request): Promise<Response>
}
