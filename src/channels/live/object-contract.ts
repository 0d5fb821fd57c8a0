import type {
  ChannelCommand,
  ChannelReplica,
  CommandResult,
  MemberExport,
  MemberReplica,
  MessagePage,
  MessageRange,
  MessageSearch,
  MessageVersion,
  MessageView,
  Outcome,
  PresenceView,
  ReportedMessage,
  TodoChange,
  Visitor,
} from './contract'
import type { StudyNews } from './study-contract'
import type { TimerView } from './timer-contract'

/** The header in which the Worker hands a ticket to the object; a client's own is removed. */
export const ticketHeader = 'X-Studyhall-Ticket'

const handedOn = ['Origin', 'Sec-WebSocket-Protocol'] as const

/**
 * Hands an upgrade to an object: what that needs of it and nothing else, for the runtime copies a whole request with all
 * that Cloudflare says of it each time, a tenth of what it takes to open a socket.
 */
export function handOver(upgrade: Request, ticket: string, object: Pick<Fetcher, 'fetch'>): Promise<Response> {
  const headers = new Headers({ Upgrade: 'websocket', [ticketHeader]: ticket })
  for (const name of handedOn) {
    const value = upgrade.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  return object.fetch(upgrade.url, { headers })
}

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
  /** @param blockedIds the members whom the reader has blocked: their messages are marked, their reactions do not count */
  listMessages(userId: string, range: MessageRange, blockedIds?: string[]): Promise<Outcome<MessagePage>>
  findMessage(userId: string, messageId: string, blockedIds?: string[]): Promise<Outcome<MessageView>>
  /** Newest first. What was deleted is not found. */
  searchMessages(userId: string, search: MessageSearch, blockedIds?: string[]): Promise<Outcome<MessagePage>>
  /** At most 50, the one pinned last comes first. */
  listPins(userId: string, blockedIds?: string[]): Promise<Outcome<MessageView[]>>
  /** What a member wants to report. The words of a deleted message are there for 30 days. */
  reportedMessage(userId: string, messageId: string): Promise<Outcome<ReportedMessage>>
  /** What a message said, the oldest first: for those who look after the channel. */
  listVersions(userId: string, messageId: string): Promise<Outcome<MessageVersion[]>>
  presence(userId: string): Promise<Outcome<PresenceView>>
  /** Null where none runs. */
  timer(userId: string): Promise<Outcome<TimerView | null>>
  /** Notes from now on who is here, until the meetup ends, and then tells D1 who was here long enough. */
  watchMeetup(meetup: { id: string; endsAt: number }): Promise<void>
  /** Tells the person's open sockets whom of the members they now have blocked. */
  setBlocks(userId: string, blockedIds: string[]): Promise<void>
  /** Tells who is in the room that its list of todos has changed (live-room.md L31). Nothing is stored. */
  todoChanged(change: TodoChange): Promise<void>
  /** Hears from a member's clock what they study here (docs/study.md S21). */
  setStudy(news: StudyNews): Promise<void>
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
  /** Whether somebody may read a file here: a member, while a message that is not deleted has it. */
  mayReadFile(userId: string, uploadId: string): Promise<Outcome<boolean>>
  /** Whether any message has the file, shown or not. */
  hasFile(uploadId: string): Promise<boolean>
  /** Answers when the object and its storage work. */
  ping(): Promise<'pong'>
  /** Opens a socket for the ticket in `ticketHeader`. */
  fetch(request: Request): Promise<Response>
}
