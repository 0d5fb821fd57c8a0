import type { StoredEvent } from '../../outbox/contract'
import type { Visitor } from './contract'
import type { DueKind } from './model'
import { all, first, run, type Sql } from './schema'

/** Tickets that wait for their sockets, by hash (L2). */
export class Tickets {
  constructor(private readonly sql: Sql) {}

  add(hash: string, visitor: Visitor, expiresAt: number): void {
    const { userId, sessionId, sessionEndsAt, transport, blockedIds = [] } = visitor
    const blocked = blockedIds.length === 0 ? null : JSON.stringify(blockedIds)
    const values = [hash, userId, sessionId, sessionEndsAt, transport, expiresAt, blocked]
    run(this.sql, 'INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?, ?)', ...values)
  }

  /** Takes the ticket away, whether it is still good or not: a ticket opens once. */
  redeem(hash: string, now: number): Visitor | null {
    const row = first<Omit<Visitor, 'blockedIds'> & { expiresAt: number; blocked: string | null }>(
      this.sql,
      `DELETE FROM tickets WHERE hash = ? RETURNING user_id AS userId, session_id AS sessionId,
       session_ends_at AS sessionEndsAt, transport, expires_at AS expiresAt, blocked_ids AS blocked`,
      hash,
    )
    if (!row || row.expiresAt <= now) return null
    return { ...row, blockedIds: row.blocked === null ? [] : JSON.parse(row.blocked) }
  }

  voidSession(sessionId: string): void {
    run(this.sql, 'DELETE FROM tickets WHERE session_id = ?', sessionId)
  }

  areWaiting(): boolean {
    return first(this.sql, 'SELECT 1 FROM tickets LIMIT 1') !== null
  }

  /** Forgets what nobody used in time. Returns whether some may still be used. */
  dropOld(now: number): boolean {
    run(this.sql, 'DELETE FROM tickets WHERE expires_at <= ?', now)
    return this.areWaiting()
  }
}

/** Events for others, written in the turn of their cause and kept until D1 has taken them over. Ids sort by time. */
export class RoomOutbox {
  constructor(private readonly sql: Sql) {}

  add(event: StoredEvent): void {
    run(this.sql, 'INSERT INTO outbox VALUES (?, ?)', event.id, JSON.stringify(event))
  }

  /** The oldest first. */
  list(limit: number): StoredEvent[] {
    const rows = all<{ event: string }>(this.sql, 'SELECT event FROM outbox ORDER BY id LIMIT ?', limit)
    return rows.map(({ event }) => JSON.parse(event))
  }

  drop(events: StoredEvent[]): void {
    const ids = JSON.stringify(events.map(({ id }) => id))
    run(this.sql, 'DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))', ids)
  }
}

/** What an object's one alarm is for. */
export class Agenda<Kind extends string = DueKind> {
  constructor(private readonly sql: Sql) {}

  /** Never later than what is planned already, which costs nothing then: rows written are most of what a room costs. */
  wakeAt(kind: Kind, key: string, at: number): void {
    const query = 'INSERT INTO due VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at WHERE excluded.at < at'
    run(this.sql, query, kind, key, at)
  }

  /** Moves what is planned to later: one row, where letting it sleep and planning it anew would be two. */
  postpone(kind: Kind, key: string, at: number): void {
    run(this.sql, 'INSERT INTO due VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at', kind, key, at)
  }

  letSleep(kind: Kind, key: string): void {
    run(this.sql, 'DELETE FROM due WHERE kind = ? AND key = ?', kind, key)
  }

  /** At most `limit` of what is due, the earliest first. */
  listDue(now: number, limit: number): { kind: Kind; key: string }[] {
    return all(this.sql, 'SELECT kind, key FROM due WHERE at <= ? ORDER BY at LIMIT ?', now, limit)
  }

  nextAt(): number | null {
    return first<{ at: number | null }>(this.sql, 'SELECT min(at) AS at FROM due')?.at ?? null
  }

  /**
   * For when the alarm is set, as an object that has just woken finds it: both are written in one turn. What is overdue
   * has lost its alarm, or the object wakes for it, which uses it up: null.
   */
  plannedAt(now: number): number | null {
    const at = this.nextAt()
    return at !== null && at > now ? at : null
  }

  listGraces(): { userId: string; until: number }[] {
    return all(this.sql, `SELECT key AS userId, at AS until FROM due WHERE kind = 'grace'`)
  }

  /** @param key any when it is not given */
  has(kind: Kind, key?: string): boolean {
    return key === undefined
      ? first(this.sql, 'SELECT 1 FROM due WHERE kind = ? LIMIT 1', kind) !== null
      : first(this.sql, 'SELECT 1 FROM due WHERE kind = ? AND key = ?', kind, key) !== null
  }

  /** The keys of a kind that are due, at most `limit`. */
  listDueOf(kind: Kind, now: number, limit: number): string[] {
    const query = 'SELECT key FROM due WHERE kind = ? AND at <= ? LIMIT ?'
    return all<{ key: string }>(this.sql, query, kind, now, limit).map(({ key }) => key)
  }
}
