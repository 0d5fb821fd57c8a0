import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../../app/context'
import { isMemberOf } from '../../channels/standing/tables'
import type { EventFacts, EventType } from '../contract'
import { reminders } from '../tables'

// D1 binds every number as a float, and a float bound costs one more read for each row of a range.
const whole = (value: number) => sql`CAST(${value} AS INTEGER)`

export interface NewReminder<T extends EventType = EventType> {
  /** What it is about; whatever ends that cancels by it. */
  subjectId: string
  userId: string
  /** Tells several for one person and subject apart. */
  kind: string
  type: T
  channelId?: string | null
  facts: EventFacts[T]
  dueAt: number
  /** After it nobody needs to be reminded any more. */
  expiresAt?: number | null
}

/** Schedules, or schedules anew, if the proof holds. */
export function upsertReminder<T extends EventType>(ctx: Ctx, reminder: NewReminder<T>, proof: SQL = sql`true`) {
  const { subjectId, userId, kind, type, channelId = null, facts, dueAt, expiresAt = null } = reminder
  return ctx.db.run(sql`
    INSERT INTO reminders (subject_id, user_id, kind, type, channel_id, facts, due_at, expires_at)
    SELECT ${subjectId}, ${userId}, ${kind}, ${type}, ${channelId}, ${JSON.stringify(facts)}, ${dueAt}, ${expiresAt}
    WHERE ${proof}
    ON CONFLICT DO UPDATE SET type = excluded.type, channel_id = excluded.channel_id, facts = excluded.facts,
      due_at = excluded.due_at, expires_at = excluded.expires_at`)
}

export type Cancelled = ({ subjectId: string | SQL } | { subjectIds: string[] }) & {
  /** Everybody's, unless said whose. */
  userId?: string
  kind?: string
}

export function deleteReminders(ctx: Ctx, cancelled: Cancelled, proof: SQL = sql`true`) {
  const { userId, kind } = cancelled
  const subjects =
    'subjectIds' in cancelled
      ? sql`subject_id IN (SELECT value FROM json_each(${JSON.stringify(cancelled.subjectIds)}))`
      : sql`subject_id = ${cancelled.subjectId}`
  return ctx.db.run(sql`
    DELETE FROM reminders WHERE ${subjects} ${userId === undefined ? sql`` : sql`AND user_id = ${userId}`}
      ${kind === undefined ? sql`` : sql`AND kind = ${kind}`} AND ${proof}`)
}

/** By how much each subject moves, in milliseconds; `startsAt` in the facts moves along. */
export function updateMoved(ctx: Ctx, moves: { subjectId: string; by: number }[], proof: SQL = sql`true`) {
  const by = sql`(SELECT m.value ->> 'by' FROM json_each(${JSON.stringify(moves)}) AS m WHERE m.value ->> 'subjectId' = subject_id)`
  return ctx.db.run(sql`
    UPDATE reminders SET due_at = due_at + ${by}, expires_at = expires_at + ${by},
      facts = json_set(facts, '$.startsAt', (facts ->> 'startsAt') + ${by})
    WHERE subject_id IN (SELECT m.value ->> 'subjectId' FROM json_each(${JSON.stringify(moves)}) AS m) AND ${proof}`)
}

interface DueRow {
  subjectId: string
  userId: string
  kind: string
  dueAt: number
}

/** The earliest first. */
export function listDueReminders(ctx: Ctx, limit: number): Promise<DueRow[]> {
  return ctx.db.all<DueRow>(sql`
    SELECT subject_id AS subjectId, user_id AS userId, kind, due_at AS dueAt FROM ${reminders}
    WHERE due_at <= ${whole(ctx.now())} ORDER BY due_at LIMIT ${limit}`)
}

/**
 * Makes events of these reminders, in one transaction with their end: whatever was cancelled, moved or fired by another
 * run meanwhile makes none, and neither does what belongs to a place that somebody has left.
 */
export async function fireReminders(ctx: Ctx, due: (DueRow & { eventId: string })[]): Promise<void> {
  const now = ctx.now()
  const found = sql`json_each(${JSON.stringify(due)}) AS due CROSS JOIN reminders AS r
    ON r.subject_id = due.value ->> 'subjectId' AND r.user_id = due.value ->> 'userId' AND r.kind = due.value ->> 'kind'
    WHERE r.due_at = due.value ->> 'dueAt'`
  await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO outbox (id, type, actor_id, channel_id, subject_id, audience, recipients, facts, created_at, expires_at, next_at)
      SELECT due.value ->> 'eventId', r.type, NULL, r.channel_id, r.subject_id, 'listed', json_array(r.user_id), r.facts,
        ${now}, r.expires_at, ${now + 30_000}
      FROM ${found} AND (r.channel_id IS NULL OR ${isMemberOf(sql`r.user_id`, sql`r.channel_id`)})`),
    ctx.db.run(sql`DELETE FROM reminders WHERE rowid IN (SELECT r.rowid FROM ${found})`),
  ])
}
