import type { RoomLimits } from '../../app/config'
import { Agenda, Tickets } from '../../channels/live/housekeeping'
import { first, run, type Sql } from '../../channels/live/schema'
import type { InboxDueKind, InboxFacts } from './inbox'

/** The inbox's SQL: what the core asks for as facts, and what is read for others. */
export class InboxLog implements InboxFacts {
  readonly tickets: Tickets
  readonly agenda: Agenda<InboxDueKind>
  private owner: string

  constructor(
    readonly sql: Sql,
    readonly limits: RoomLimits,
  ) {
    this.tickets = new Tickets(sql)
    this.agenda = new Agenda(sql)
    this.owner = first<{ userId: string }>(sql, 'SELECT user_id AS userId FROM owner')?.userId ?? ''
  }

  userId(): string {
    return this.owner
  }

  keepOwner(userId: string): void {
    if (this.owner === userId) return
    run(this.sql, 'INSERT OR IGNORE INTO owner VALUES (1, ?)', userId)
    this.owner = userId
  }
}
