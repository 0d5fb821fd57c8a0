import type { RoomLimits } from '../../app/config'
import type { Status, WireStatus } from '../../channels/live/contract'
import { Agenda, Tickets } from '../../channels/live/housekeeping'
import { first, run, type Sql } from '../../channels/live/schema'
import type { ChannelNews, InboxSnapshot, Mark, Shown } from '../contract'
import { Friends } from './friends'
import type { InboxDueKind, InboxFacts } from './inbox'
import { Marks } from './marks'
import { type FriendsOnline, friendsOnline } from './presence'
import { totalUnread, type UnreadTotals } from './unread'

/** The inbox's SQL: what the core asks for as facts, and what is read for others. */
export class InboxLog implements InboxFacts {
  readonly tickets: Tickets
  readonly agenda: Agenda<InboxDueKind>
  readonly marks: Marks
  readonly friends: Friends
  private owner: string

  constructor(
    readonly sql: Sql,
    readonly limits: RoomLimits,
  ) {
    this.tickets = new Tickets(sql)
    this.agenda = new Agenda(sql)
    this.marks = new Marks(sql)
    this.friends = new Friends(sql)
    this.owner = first<{ userId: string }>(sql, 'SELECT user_id AS userId FROM owner')?.userId ?? ''
  }

  mark(channelId: string): Mark | null {
    return this.marks.find(channelId)
  }

  /** How much is unread by the heads that came with the last ticket. */
  unread(): UnreadTotals {
    const heads = this.heads()
    const marks = this.marks.list(heads.map(({ channelId }) => channelId))
    return totalUnread(heads, (channelId) => marks[channelId] ?? null)
  }

  friendsOnline(): FriendsOnline {
    return friendsOnline(this.friends.list())
  }

  status(): Status | null {
    return this.self<Status>('status')
  }

  keepStatus(status: Status | null): void {
    run(this.sql, 'UPDATE self SET status = ?', status && JSON.stringify(status))
  }

  told(): Shown {
    return this.self<WireStatus>('told')
  }

  keepTold(shown: Shown): void {
    run(this.sql, 'UPDATE self SET told = ?', shown && JSON.stringify(shown))
  }

  hidesPresence(): boolean {
    return first<{ hides: number }>(this.sql, 'SELECT hides FROM self')?.hides === 1
  }

  keepHides(hides: boolean): void {
    if (hides !== this.hidesPresence()) run(this.sql, 'UPDATE self SET hides = ?', Number(hides))
  }

  private self<Value>(column: 'status' | 'told'): Value | null {
    const stored = first<{ value: string | null }>(this.sql, `SELECT ${column} AS value FROM self`)?.value ?? null
    return stored === null ? null : JSON.parse(stored)
  }

  private heads(): InboxSnapshot['heads'] {
    const stored = first<{ heads: string }>(this.sql, 'SELECT heads FROM snapshot')?.heads
    return stored === undefined ? [] : JSON.parse(stored)
  }

  /** Until when D1 takes the person for online, as far as the inbox knows. */
  onlineUntil(): number {
    return first<{ until: number }>(this.sql, 'SELECT online_until AS until FROM owner')?.until ?? 0
  }

  keepOnlineUntil(until: number): void {
    run(this.sql, 'UPDATE owner SET online_until = max(online_until, ?)', until)
  }

  keepHeads(heads: InboxSnapshot['heads']): void {
    run(this.sql, 'INSERT OR REPLACE INTO snapshot VALUES (1, ?)', JSON.stringify(heads))
  }

  /** What arrives between a ticket and its socket belongs into what that socket hears first. */
  raiseHead({ channelId, kind, head }: ChannelNews): void {
    if (!this.tickets.areWaiting()) return
    const others = this.heads().filter((one) => one.channelId !== channelId)
    this.keepHeads([...others, { channelId, kind, ...head, muted: false }])
  }

  userId(): string {
    return this.owner
  }

  keepOwner(userId: string): void {
    if (this.owner === userId) return
    run(this.sql, 'INSERT OR IGNORE INTO owner (only, user_id) VALUES (1, ?)', userId)
    this.owner = userId
  }
}
