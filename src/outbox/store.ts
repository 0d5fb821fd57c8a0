import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import type { Audience, EventFacts, EventType, StoredEvent } from './contract'
import { outbox } from './tables'

// D1 binds every number as a float, and a float bound costs one more read for each row of a range.
const whole = (value: number) => sql`CAST(${value} AS INTEGER)`

/** How long the request that has made an event may take to tell of it before the sweep does. */
const sweepAfterMs = 30_000
const maxTries = 16

export interface NewEvent<T extends EventType = EventType> {
  type: T
  /** Ids, an expression that yields them as a JSON array, or an audience of the channel. */
  to: string[] | SQL | Exclude<Audience, 'listed'>
  facts: EventFacts[T]
  /** Who acts now, unless said otherwise. */
  actorId?: string | null
  /** An expression where only the batch itself knows. */
  channelId?: string | SQL | null
  subjectId?: string | SQL | null
  expiresAt?: number | null
}

/** Without recipients there is no event. */
export function insertEvent<T extends EventType>(ctx: Ctx, id: string, event: NewEvent<T>, proof: SQL = sql`true`) {
  const { to, channelId = null, subjectId = null, expiresAt = null } = event
  const audience = typeof to === 'string' ? to : 'listed'
  const recipients = typeof to === 'string' ? '[]' : Array.isArray(to) ? JSON.stringify(to) : to
  const actorId = event.actorId === undefined && ctx.actor.kind === 'user' ? ctx.actor.userId : (event.actorId ?? null)
  const now = ctx.now()
  return ctx.db.run(sql`
    INSERT INTO outbox (id, type, actor_id, channel_id, subject_id, audience, recipients, facts, created_at, expires_at, next_at)
    SELECT ${id}, ${event.type}, ${actorId}, ${channelId}, ${subjectId}, ${audience}, told.ids,
      ${JSON.stringify(event.facts)}, ${now}, ${expiresAt}, ${now + sweepAfterMs}
    FROM (SELECT ${recipients} AS ids) AS told
    WHERE (${audience} <> 'listed' OR json_array_length(told.ids) > 0) AND ${proof}`)
}

/** The same for events of other storage, which bring their ids with them: a repetition changes nothing. */
export async function insertForeignEvents(ctx: Ctx, events: StoredEvent[]): Promise<void> {
  await ctx.db.run(sql`
    INSERT OR IGNORE INTO outbox
      (id, type, actor_id, channel_id, subject_id, audience, recipients, facts, created_at, expires_at, next_at)
    SELECT value ->> 'id', value ->> 'type', value ->> 'actorId', value ->> 'channelId', value ->> 'subjectId',
      value ->> 'audience', value -> 'recipients', value -> 'facts', value ->> 'createdAt', value ->> 'expiresAt',
      ${ctx.now() + sweepAfterMs}
    FROM json_each(${JSON.stringify(events)})`)
}

/** The statement that withdraws what has been told of a subject; what was delivered already stays delivered. */
export function updateWithdrawn(ctx: Ctx, subjectId: string | SQL, proof: SQL = sql`true`) {
  return ctx.db.run(sql`
    UPDATE outbox SET withdrawn_at = ${ctx.now()} WHERE subject_id = ${subjectId} AND withdrawn_at IS NULL AND ${proof}`)
}

/** Waits longer each time: a minute, two, four … at most six hours. */
const nextTry = (now: number) => sql`${now} + 60000 * min(1 << min(tries, 12), 360)`

/**
 * Takes over up to `limit` open events whose time has come: for a minute and longer with each try nobody else does. What
 * was tried too often is a dead letter from then on, for an admin to send again.
 */
export async function claimDueEvents(ctx: Ctx, limit: number): Promise<string[]> {
  const now = ctx.now()
  const due = sql`SELECT id FROM outbox WHERE next_at <= ${whole(now)} ORDER BY next_at LIMIT ${limit}`
  const [, rows] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO dead_letters (id, body, attempts, failed_at)
      SELECT id, json_object('kind', 'event', 'eventId', id), tries, ${now} FROM outbox
      WHERE id IN (${due}) AND tries >= ${maxTries}
      ON CONFLICT (id) DO UPDATE SET failed_at = excluded.failed_at, replayed_at = NULL, replayed_by = NULL`),
    ctx.db.all<{ id: string; nextAt: number | null }>(sql`
      UPDATE outbox SET next_at = iif(tries >= ${maxTries}, NULL, ${nextTry(now)}), tries = tries + 1
      WHERE id IN (${due}) AND next_at <= ${whole(now)} RETURNING id, next_at AS nextAt`),
  ])
  const dead = rows.filter(({ nextAt }) => nextAt === null)
  if (dead.length > 0) ctx.log.error('outbox.given_up', { events: dead.map(({ id }) => id).join() })
  return rows.filter(({ nextAt }) => nextAt !== null).map(({ id }) => id)
}

/** The statement that opens an event again which was given up. What everybody has been told of stays closed. */
export const reopenEvent = (ctx: Ctx, id: SQL) =>
  ctx.db.run(sql`
    UPDATE outbox SET tries = 0, next_at = ${ctx.now() + sweepAfterMs}
    WHERE id = ${id} AND next_at IS NULL AND tries > ${maxTries}`)

/** Forgets up to `limit` of the oldest events, if they are older than this. Ids sort by time. */
export async function deleteOldEvents(ctx: Ctx, before: number, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM outbox WHERE id IN (
      SELECT id FROM (SELECT id, created_at FROM ${outbox} ORDER BY id LIMIT ${limit}) WHERE created_at < ${before})`)
}
