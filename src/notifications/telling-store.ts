import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { memberships } from '../channels/tables'
import { users } from '../users/tables'
import {
  type EventRow,
  joinSettings,
  type Reader,
  type ReaderRow,
  type RelationRow,
  readerColumns,
  relationColumns,
  type StoredEventRow,
  selectEvents,
  toEvent,
  toReader,
} from './event-store'

/** How many people one step tells. */
export const peopleAtOnce = 50

export type Recipient = Reader & { isBlocked: boolean; isMuted: boolean }

/** Each audience by itself, in order of ids, so that each is read by an index and no further than the page. */
const selectTold = sql`
  SELECT id FROM (SELECT DISTINCT told.value AS id FROM e, json_each(e.recipients) AS told
    WHERE e.audience = 'listed' AND told.value > e.cursor ORDER BY told.value LIMIT ${peopleAtOnce})
  UNION ALL
  SELECT id FROM (SELECT m.user_id AS id FROM e CROSS JOIN ${memberships} m ON m.channel_id = e.channel_id
    WHERE e.audience IN ('members', 'moderators') AND m.user_id > e.cursor AND m.state = 'active'
      AND (e.audience = 'members' OR m.role <> 'member') ORDER BY m.user_id LIMIT ${peopleAtOnce})
  UNION ALL
  SELECT id FROM (SELECT a.id FROM e CROSS JOIN ${users} a
    WHERE e.audience = 'admins' AND a.role = 'admin' AND a.status = 'active' AND a.id > e.cursor
    ORDER BY a.id LIMIT ${peopleAtOnce})`

/** An event that is not told of completely, and the next recipients, in one round trip. */
export async function findNextRecipients(
  ctx: Ctx,
  eventId: string,
): Promise<{ event: EventRow; recipients: Recipient[] } | null> {
  const [[event], rows] = await ctx.db.batch([
    ctx.db.all<StoredEventRow>(sql`${selectEvents} WHERE e.id = ${eventId} AND e.next_at IS NOT NULL`),
    ctx.db.all<ReaderRow & RelationRow>(sql`
      WITH e AS MATERIALIZED (SELECT * FROM outbox WHERE id = ${eventId} AND next_at IS NOT NULL), told AS (${selectTold})
      SELECT ${readerColumns}, ${relationColumns(ctx.now())}
      FROM e CROSS JOIN told CROSS JOIN ${users} u ON u.id = told.id ${joinSettings} ORDER BY u.id`),
  ])
  if (!event) return null
  const recipients = rows.map((row) => ({
    ...toReader(row),
    isBlocked: row.isBlocked === 1,
    isMuted: row.isMuted === 1,
  }))
  return { event: toEvent(event), recipients }
}

export interface NewLogRow {
  userId: string
  channel: 'app' | 'mail' | 'push'
  state: 'held' | 'sent' | 'dropped'
  reason: string | null
  dueAt: number | null
}

/** The statement that makes sure that what is held has its delivery, without hurrying one that is being tried again. */
const upsertDeliveries = (ctx: Ctx, eventId: string, userIds: string) =>
  ctx.db.run(sql`
    INSERT INTO deliveries (user_id, channel, due_at)
    SELECT l.user_id, l.channel, l.due_at FROM json_each(${userIds}) AS told
    CROSS JOIN notification_log l ON l.user_id = told.value AND l.event_id = ${eventId}
      AND l.channel IN ('app', 'mail', 'push')
    WHERE l.state = 'held'
    ON CONFLICT (user_id, channel) DO UPDATE SET due_at = min(due_at, excluded.due_at) WHERE tries = 0`)

/**
 * Writes what becomes of an event for these people. What was written before stays: a repetition changes nothing, and
 * goes on with what it finds.
 * @returns who is to hear of it at once, and for whom a push waits
 */
export async function insertLog(ctx: Ctx, event: EventRow, category: string, log: NewLogRow[], userIds: string[]) {
  const now = ctx.now()
  const people = JSON.stringify(userIds)
  const [, , told] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT OR IGNORE INTO notification_log
        (user_id, channel, event_id, state, reason, category, created_at, due_at, settled_at)
      SELECT value ->> 'userId', value ->> 'channel', ${event.id}, value ->> 'state', value ->> 'reason', ${category},
        ${now}, value ->> 'dueAt', iif(value ->> 'state' = 'held', NULL, ${now})
      FROM json_each(${JSON.stringify(log)})`),
    upsertDeliveries(ctx, event.id, people),
    ctx.db.all<{ userId: string; channel: string; state: string; dueAt: number | null }>(sql`
      SELECT l.user_id AS userId, l.channel, l.state, l.due_at AS dueAt FROM json_each(${people}) AS told
      CROSS JOIN notification_log l ON l.user_id = told.value AND l.event_id = ${event.id} AND l.channel IN ('app', 'push')
      WHERE l.state IN ('sent', 'held')`),
  ])
  return told
}

/**
 * Lets what is held for these people wait longer: who looks at a screen may read it there, who studies shall not be
 * disturbed.
 */
export async function updateHeld(
  ctx: Ctx,
  eventId: string,
  wait: { userIds: string[]; channels: string[]; dueAt: number; reason: string },
): Promise<void> {
  const people = JSON.stringify(wait.userIds)
  const channels = JSON.stringify(wait.channels)
  const theirs = sql`user_id IN (SELECT value FROM json_each(${people}))
    AND channel IN (SELECT value FROM json_each(${channels}))`
  await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE notification_log SET state = 'held', reason = ${wait.reason}, due_at = max(coalesce(due_at, 0), ${wait.dueAt}),
        settled_at = NULL
      WHERE ${theirs} AND event_id = ${eventId} AND (state = 'held' OR channel = 'app' AND state = 'sent')
        AND delivery_id IS NULL`),
    ctx.db.run(sql`
      UPDATE deliveries SET due_at = max(due_at, coalesce((SELECT min(l.due_at) FROM notification_log l
        WHERE l.user_id = deliveries.user_id AND l.channel = deliveries.channel AND l.state = 'held'), 0))
      WHERE ${theirs}`),
    upsertDeliveries(ctx, eventId, people),
  ])
}

/** Moves an event on, unless somebody else has; with `done` for good. @returns whether it was this one */
export async function updateCursor(ctx: Ctx, event: EventRow, cursor: string, done: boolean): Promise<boolean> {
  const rows = await ctx.db.all(sql`
    UPDATE outbox SET cursor = ${cursor}, tries = 0, next_at = ${done ? null : ctx.now() + 60_000}
    WHERE id = ${event.id} AND cursor = ${event.cursor} AND next_at IS NOT NULL RETURNING 1`)
  return rows.length > 0
}
