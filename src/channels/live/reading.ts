import type { Mark } from '../../inbox/contract'
import { snippetOf } from './extras'
import type { HeldMark } from './model'
import { all, first, run, type Sql } from './schema'

/** Of the messages after a mark, up to which one they are counted, how many they are, and what they are to the person. */
interface Counted {
  after: number
  upTo: number
  messages: number
  own: number
  mentions: number
}

/** How far people have read, and how far the conversation is: what the object tells inboxes and D1 (L29). */
export class Reading {
  /** Who has written what their inbox, and with it their study clock, has yet to hear of. */
  readonly wroteLately = new Set<string>()
  /** Marks that came by socket and are not stored yet, with the time since when one of that person waits. */
  private readonly held = new Map<string, HeldMark & { since: number }>()
  /** What was looked at behind a mark already: in a busy room it would be the same thousand messages every minute. */
  private readonly counted = new Map<string, Counted>()

  constructor(private readonly sql: Sql) {}

  /** `@room` was said: it counts as a mention of everybody. */
  noteCall(seq: number): void {
    run(this.sql, 'INSERT INTO calls VALUES (?)', seq)
  }

  mark(userId: string): number {
    const held = this.held.get(userId)
    if (held) return held.seq
    return first<{ seq: number }>(this.sql, 'SELECT seq FROM marks WHERE user_id = ?', userId)?.seq ?? 0
  }

  seqAt(at: number): number {
    const query = 'SELECT seq FROM messages WHERE created_at <= ? ORDER BY seq DESC LIMIT 1'
    return first<{ seq: number }>(this.sql, query, at)?.seq ?? 0
  }

  hold(userId: string, { seq, at }: HeldMark): void {
    const held = this.held.get(userId)
    if (!held) this.held.set(userId, { seq, at, since: at })
    else if (held.seq < seq) this.held.set(userId, { seq, at, since: held.since })
  }

  heldMark(userId: string): HeldMark | null {
    const held = this.held.get(userId)
    return held ? { seq: held.seq, at: held.at } : null
  }

  /** Whose marks wait since then or longer, those who wait longest first. */
  listHeld(until: number): string[] {
    return [...this.held].filter(([, { since }]) => since <= until).map(([userId]) => userId)
  }

  letGo(userId: string): void {
    this.held.delete(userId)
  }

  keepMark(userId: string, seq: number, at: number): void {
    this.held.delete(userId)
    run(
      this.sql,
      `INSERT OR REPLACE INTO marks VALUES
       (?1, ?2, coalesce((SELECT ord FROM messages WHERE seq <= ?2 ORDER BY seq DESC LIMIT 1), 0), ?3)`,
      ...[userId, seq, at],
    )
  }

  /** The person's mark with what behind it is not new to them, as it stands now. */
  tally(userId: string): Mark {
    const { seq, ord } = first<{ seq: number; ord: number }>(
      this.sql,
      'SELECT seq, ord FROM marks WHERE user_id = ?',
      userId,
    ) ?? { seq: 0, ord: 0 }
    const known = this.counted.get(userId)
    const before = known?.after === seq ? known : { after: seq, upTo: seq, messages: 0, own: 0, mentions: 0 }
    const rest = first<Omit<Counted, 'after'> & { calls: number; ownCalls: number; asOf: number }>(
      this.sql,
      `SELECT coalesce(max(seq), ?3) AS upTo, count(*) AS messages, coalesce(sum(user_id = ?1), 0) AS own,
        coalesce(sum(user_id <> ?1 AND deleted_at IS NULL AND extra IS NOT NULL
          AND EXISTS (SELECT 1 FROM json_each(extra, '$.mentions') WHERE value ->> 'id' = ?1)), 0) AS mentions,
        (SELECT count(*) FROM calls WHERE seq <= ?2) AS calls,
        -- Crossed, so that the few calls are gone through and not all the messages.
        (SELECT count(*) FROM calls c CROSS JOIN messages m ON m.seq = c.seq
          WHERE c.seq > ?2 AND m.user_id = ?1) AS ownCalls,
        coalesce((SELECT ord FROM messages ORDER BY seq DESC LIMIT 1), 0) AS asOf
       FROM (SELECT seq, user_id, extra, deleted_at FROM messages WHERE seq > ?3 ORDER BY seq LIMIT ?4)`,
      ...[userId, seq, before.upTo, countedAfterMark - before.messages],
    ) ?? { upTo: seq, messages: 0, own: 0, mentions: 0, calls: 0, ownCalls: 0, asOf: 0 }
    const { upTo, calls, ownCalls, asOf } = rest
    const [messages, own] = [before.messages + rest.messages, before.own + rest.own]
    const mentions = before.mentions + rest.mentions
    this.counted.set(userId, { after: seq, upTo, messages, own, mentions })
    return { seq, ord, calls, own, mentions: mentions - ownCalls, asOf }
  }

  /** A message was edited or deleted: whom it names may be another question now. */
  recount(messageSeq: number): void {
    for (const [userId, { after, upTo }] of this.counted)
      if (after < messageSeq && messageSeq <= upTo) this.counted.delete(userId)
  }

  /** Where the conversation stands; null before the first message. */
  head(): Head | null {
    const row = first<Head & { deletedAt: number | null }>(
      this.sql,
      `SELECT seq, ord, user_id AS senderId, text, created_at AS at, deleted_at AS deletedAt,
         (SELECT count(*) FROM calls) AS calls
       FROM messages ORDER BY seq DESC LIMIT 1`,
    )
    if (!row) return null
    const { deletedAt, ...head } = row
    return { ...head, text: deletedAt === null ? snippetOf(head.text) : '' }
  }

  /** The message up to which the head was told. */
  reportedSeq(): number {
    return first<{ seq: number }>(this.sql, 'SELECT seq FROM reported')?.seq ?? 0
  }

  keepReported(seq: number): void {
    run(this.sql, 'UPDATE reported SET seq = ?', seq)
  }

  /** Those for whom more is to be told of the messages after a seq than how many: who wrote them, whom they name. */
  listConcerned(after: number): { userId: string; wrote: boolean }[] {
    const rows = all<{ userId: string; wrote: number }>(
      this.sql,
      `SELECT userId, max(wrote) AS wrote FROM (
         SELECT user_id AS userId, 1 AS wrote FROM messages WHERE seq > ?1
         UNION SELECT value ->> 'id', 0 FROM messages m, json_each(m.extra, '$.mentions')
           WHERE m.seq > ?1 AND m.extra IS NOT NULL AND value ->> 'username' <> 'room')
       GROUP BY userId`,
      after,
    )
    return rows.map(({ userId, wrote }) => ({ userId, wrote: wrote === 1 }))
  }
}

/** How many messages after somebody's mark are looked at for their own and for those that name them. */
const countedAfterMark = 1000

export interface Head {
  seq: number
  ord: number
  calls: number
  senderId: string
  /** The beginning of the last message; empty once that is deleted. */
  text: string
  at: number
}
