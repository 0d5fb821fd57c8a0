import type { Removal } from './removals'
import { all, first, run, type Sql } from './schema'

/** What moderators have taken away and D1 has not noted yet, and what a ban is to take away. */
export class RemovalLog {
  constructor(private readonly sql: Sql) {}

  add({ id, messageId, userId, actorId, reason, at }: Removal): void {
    run(this.sql, 'INSERT INTO removals VALUES (?, ?, ?, ?, ?, ?)', id, messageId, userId, actorId, reason, at)
  }

  /** The oldest first: ids grow with time. */
  listPending(limit: number): Removal[] {
    const query = `SELECT id, message_id AS messageId, user_id AS userId, actor_id AS actorId, reason, at
                   FROM removals ORDER BY id LIMIT ?`
    return all<Removal>(this.sql, query, limit)
  }

  forget(ids: string[]): void {
    run(this.sql, 'DELETE FROM removals WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))
  }

  /** Ids of what somebody wrote between two times and that is not deleted, the oldest first. */
  listWritten(userId: string, since: number, until: number, limit: number): string[] {
    const query = `SELECT id FROM messages WHERE seq >= ? AND user_id = ? AND created_at BETWEEN ? AND ?
                   AND deleted_at IS NULL ORDER BY seq LIMIT ?`
    const from = this.firstSeqSince(since)
    return all<{ id: string }>(this.sql, query, from, userId, since, until, limit).map(({ id }) => id)
  }

  /** The first message since a time, found by halves: messages are in order of time, and only their seq has an index. */
  private firstSeqSince(since: number): number {
    let low = 0
    let high = first<{ seq: number | null }>(this.sql, 'SELECT max(seq) AS seq FROM messages')?.seq ?? 0
    const query = 'SELECT seq, created_at AS at FROM messages WHERE seq >= ? ORDER BY seq LIMIT 1'
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const found = first<{ seq: number; at: number }>(this.sql, query, middle)
      if (found && found.at < since) low = found.seq + 1
      else high = middle
    }
    return low
  }
}
