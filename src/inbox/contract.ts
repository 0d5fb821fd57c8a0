import type { Visitor } from '../channels/live/contract'

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

/** The RPC surface of a UserInbox object. Every method may be repeated safely. */
export interface InboxObject {
  /** Makes a single-use ticket for one socket (live-room.md L2). */
  issueTicket(visitor: Visitor): Promise<{ ticket: string; expiresIn: number }>
  /** Tells the person's open sockets. @returns whether there was one */
  notify(notices: Notice[]): Promise<{ heard: boolean }>
  /** Closes the session's sockets with 4401 and voids its tickets. */
  dropSession(sessionId: string): Promise<void>
  /** Closes every socket and deletes all that is stored. */
  erase(): Promise<void>
  /** Answers when the object and its storage work. */
  ping(): Promise<'pong'>
  /** Opens a socket for the ticket in `ticketHeader`. */
  fetch(request: Request): Promise<Response>
}
