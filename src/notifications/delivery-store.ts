import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { memberships } from '../channels/tables'
import { outbox } from '../outbox/tables'
import { users } from '../users/tables'
import type { Category, Way } from './contract'
import {
  type EventRow,
  eventColumns,
  joinNames,
  joinSettings,
  type Reader,
  type ReaderRow,
  type RelationRow,
  readerColumns,
  relationColumns,
  type StoredEventRow,
  toEvent,
  toReader,
} from './event-store'
import { deliveries, notificationLog } from './tables'

// D1 binds every number as a float, and a float bound costs one more read for each row of a range.
const whole = (value: number) => sql`CAST(${value} AS INTEGER)`

/** How long whoever delivers may take before somebody else does. */
const leaseMs = 120_000

export interface Lease {
  userId: string
  way: Way
  /** Names the mail or push: the same for every try. */
  deliveryId: string
  tries: number
}

/** Takes over what waits for a person on a channel, if it is due and nobody is at it; null otherwise. */
export async function claimDelivery(ctx: Ctx, userId: string, way: Way): Promise<Lease | null> {
  const now = ctx.now()
  const [lease] = await ctx.db.all<{ deliveryId: string; tries: number }>(sql`
    UPDATE deliveries SET leased_until = ${now + leaseMs}, tries = tries + 1,
      delivery_id = coalesce(delivery_id, ${ctx.newId('delivery')})
    WHERE user_id = ${userId} AND channel = ${way} AND due_at <= ${now} AND leased_until <= ${now}
    RETURNING delivery_id AS deliveryId, tries`)
  return lease ? { userId, way, ...lease } : null
}

export interface HeldRow {
  event: EventRow
  category: Category
  loggedAt: number
  isRead: boolean
  isBlocked: boolean
  isMuted: boolean
  /** Whether the person is still a member where it happened. */
  isMember: boolean
}

/**
 * Binds to the delivery what goes into it, the first time only, so that every try sends the same, and reads it with all
 * that is to be decided again.
 */
export async function findHeld(
  ctx: Ctx,
  { userId, way, deliveryId }: Lease,
  { within, limit }: { within: number; limit: number },
): Promise<{ reader: Reader | null; held: HeldRow[] }> {
  const isTheirs = sql`l.user_id = ${userId} AND l.channel = ${way} AND l.state = 'held'`
  const [, [reader], held] = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE notification_log SET delivery_id = ${deliveryId} WHERE user_id = ${userId} AND channel = ${way}
        AND event_id IN (SELECT l.event_id FROM ${notificationLog} l WHERE ${isTheirs}
          AND l.due_at <= ${whole(ctx.now() + within)} ORDER BY l.event_id LIMIT ${limit})
        AND NOT EXISTS (SELECT 1 FROM ${notificationLog} l WHERE ${isTheirs} AND l.delivery_id = ${deliveryId})`),
    ctx.db.all<ReaderRow>(sql`SELECT ${readerColumns} FROM ${users} u ${joinSettings} WHERE u.id = ${userId}`),
    ctx.db.all<
      StoredEventRow & RelationRow & { category: Category; loggedAt: number; isRead: number; isMember: number }
    >(sql`
      SELECT ${eventColumns}, l.category, l.created_at AS loggedAt, ${relationColumns(ctx.now())},
        EXISTS (SELECT 1 FROM ${notificationLog} seen WHERE seen.user_id = l.user_id AND seen.channel = 'app'
          AND seen.event_id = l.event_id AND seen.read_at IS NOT NULL) AS isRead,
        EXISTS (SELECT 1 FROM ${memberships} m WHERE m.channel_id = e.channel_id AND m.user_id = l.user_id
          AND m.state = 'active') AS isMember
      FROM ${notificationLog} l CROSS JOIN ${outbox} e ON e.id = l.event_id CROSS JOIN ${users} u ON u.id = l.user_id
      ${joinNames}
      WHERE ${isTheirs} AND l.delivery_id = ${deliveryId} ORDER BY l.event_id`),
  ])
  return {
    reader: reader ? toReader(reader) : null,
    held: held.map(({ category, loggedAt, isRead, isBlocked, isMuted, isMember, ...event }) => ({
      event: toEvent(event),
      category,
      loggedAt,
      isRead: isRead === 1,
      isBlocked: isBlocked === 1,
      isMuted: isMuted === 1,
      isMember: isMember === 1,
    })),
  }
}

export interface Settled {
  eventId: string
  state: 'sent' | 'failed' | 'dropped' | 'held'
  reason: string | null
  dueAt: number | null
}

/** Writes what has become of a delivery, and plans what still waits for this person on this channel. */
export async function settleDelivery(ctx: Ctx, { userId, way, deliveryId }: Lease, settled: Settled[]): Promise<void> {
  const isTheirs = sql`user_id = ${userId} AND channel = ${way}`
  const next = sql`(SELECT min(l.due_at) FROM ${notificationLog} l
    WHERE l.user_id = ${userId} AND l.channel = ${way} AND l.state = 'held')`
  await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE notification_log SET state = s.value ->> 'state', reason = s.value ->> 'reason',
        due_at = s.value ->> 'dueAt', settled_at = iif(s.value ->> 'state' = 'held', NULL, ${ctx.now()}),
        delivery_id = iif(s.value ->> 'state' = 'sent', delivery_id, NULL)
      FROM json_each(${JSON.stringify(settled)}) AS s
      WHERE ${isTheirs} AND event_id = s.value ->> 'eventId' AND state = 'held' AND delivery_id = ${deliveryId}`),
    ctx.db.run(sql`
      UPDATE deliveries SET due_at = ${next}, leased_until = 0, queued_until = 0, tries = 0, delivery_id = NULL
      WHERE ${isTheirs} AND delivery_id = ${deliveryId} AND ${next} IS NOT NULL`),
    ctx.db.run(sql`DELETE FROM deliveries WHERE ${isTheirs} AND ${next} IS NULL`),
  ])
}

/** Lets a delivery be tried again later, the same one. */
export async function postponeDelivery(ctx: Ctx, { userId, way, deliveryId }: Lease, dueAt: number): Promise<void> {
  await ctx.db.run(sql`
    UPDATE deliveries SET due_at = ${dueAt}, leased_until = 0, queued_until = 0
    WHERE user_id = ${userId} AND channel = ${way} AND delivery_id = ${deliveryId}`)
}

/** Up to `limit` deliveries that are due, the earliest first, taken over for a while so that the next sweep finds others. */
export async function claimDueDeliveries(ctx: Ctx, limit: number): Promise<{ userId: string; way: Way }[]> {
  const now = whole(ctx.now())
  const isDue = sql`due_at <= ${now} AND queued_until <= ${now}`
  return ctx.db.all<{ userId: string; way: Way }>(sql`
    UPDATE deliveries SET queued_until = ${ctx.now() + 5 * 60_000} WHERE (user_id, channel) IN (
      SELECT user_id, channel FROM ${deliveries} WHERE ${isDue} ORDER BY due_at LIMIT ${limit}) AND ${isDue}
    RETURNING user_id AS userId, channel AS way`)
}

/** Makes due what was held for this reason, when the reason is over. */
export async function releaseHeld(ctx: Ctx, userId: string, reason: string): Promise<Way[]> {
  const now = ctx.now()
  const [released] = await ctx.db.batch([
    ctx.db.all<{ way: Way }>(sql`
      UPDATE notification_log SET due_at = ${now} WHERE user_id = ${userId} AND channel IN ('app', 'mail', 'push')
        AND state = 'held' AND reason = ${reason} RETURNING channel AS way`),
    ctx.db.run(sql`
      UPDATE deliveries SET due_at = ${now} WHERE user_id = ${userId} AND tries = 0 AND EXISTS (
        SELECT 1 FROM ${notificationLog} l WHERE l.user_id = deliveries.user_id AND l.channel = deliveries.channel
          AND l.state = 'held' AND l.due_at <= ${now})`),
  ])
  return [...new Set(released.map(({ way }) => way))]
}

/** Forgets up to `limit` rows of events that are older than the oldest there is. Ids sort by time. */
export async function deleteOrphanedLog(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM notification_log WHERE (user_id, channel, event_id) IN (
      SELECT user_id, channel, event_id FROM ${notificationLog}
      WHERE event_id < (SELECT id FROM ${outbox} ORDER BY id LIMIT 1) ORDER BY event_id LIMIT ${limit})`)
}
