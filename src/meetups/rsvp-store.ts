import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { isMemberOf } from '../channels/standing/tables'
import { type Announced, reminder, seated } from './event-store'
import type { Answer } from './rules'
import { goingAhead, lastOutcomes, type MeetupView, selectViews, toView } from './store'

/** The SQL of `bookingLimit`, so that parallel answers cannot pass it together. */
const bookingLimit = (userId: string) => sql`
  (SELECT CASE WHEN count(*) < 5 OR sum(attended) * 10 >= count(*) * 9 THEN 1000
     WHEN sum(attended) * 10 >= count(*) * 7 THEN 3 ELSE 1 END FROM (${lastOutcomes(userId)}))`

/**
 * Writes the caller's answer and reads the meetup with it. Who says going gets the next place, and keeps it by saying so
 * again; a seat that comes free is given on by a trigger, in this batch. Null when the answer could not be taken.
 */
export async function upsertRsvp(
  ctx: UserCtx,
  view: Pick<MeetupView, 'id' | 'channelId' | 'title' | 'startsAt'>,
  status: Answer,
  remindMinutes: number | null,
): Promise<MeetupView | null> {
  const { id, channelId } = view
  const { userId } = ctx.actor
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const goes = status === 'going'
  const last = (seated: number) => sql`coalesce((SELECT max(o.place) FROM meetup_rsvps o
    WHERE o.meetup_id = m.id AND o.status = 'going' AND o.seated = ${sql.raw(String(seated))}), 0)`
  const place = goes ? sql`max(${last(0)}, ${last(1)}) + 1` : sql`NULL`
  const fits = goes
    ? sql`AND (m.state = 'active' OR ${goingAhead(userId, id, 1000)} < ${bookingLimit(userId)}
        OR EXISTS (SELECT 1 FROM meetup_rsvps own WHERE own.meetup_id = m.id AND own.user_id = ${userId} AND own.status = 'going'))`
    : sql``
  const [, rows] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO meetup_rsvps (meetup_id, user_id, status, place, seated, remind_minutes, answered_at, change_id)
      SELECT m.id, ${userId}, ${status}, ${place}, ${goes} AND (m.capacity IS NULL OR m.going_count < m.capacity), ${remindMinutes},
        ${now}, ${changeId}
      FROM meetups m WHERE m.id = ${id} AND m.state IN ('scheduled', 'active') AND m.ends_at > ${now}
        AND ${isMemberOf(userId, channelId)} ${fits}
      ON CONFLICT DO UPDATE SET status = excluded.status, remind_minutes = excluded.remind_minutes, answered_at = excluded.answered_at,
        place = iif(meetup_rsvps.place IS NOT NULL AND ${goes}, meetup_rsvps.place, excluded.place),
        seated = iif(meetup_rsvps.place IS NOT NULL AND ${goes}, meetup_rsvps.seated, excluded.seated),
        untold = 0, change_id = excluded.change_id`),
    selectViews(ctx, sql`m.id = ${id} AND r.change_id = ${changeId}`),
    reminder(
      ctx,
      view,
      userId,
      status === 'not_going' ? null : remindMinutes,
      sql`EXISTS (SELECT 1 FROM meetup_rsvps WHERE meetup_id = ${id} AND user_id = ${userId} AND change_id = ${changeId})`,
    ),
    ...seated(ctx, view),
  ])
  return rows[0] ? toView(rows[0]) : null
}

/** Meetups in which triggers have given somebody a seat without a word; at most `limit`. */
export function listUntold(ctx: Ctx, limit: number): Promise<Announced[]> {
  return ctx.db.all<Announced>(sql`
    SELECT m.id, m.channel_id AS channelId, m.title, m.starts_at AS startsAt FROM meetups m
    WHERE m.id IN (SELECT meetup_id FROM meetup_rsvps WHERE untold = 1 LIMIT ${limit})`)
}

export async function tellSeated(ctx: Ctx, meetup: Announced): Promise<void> {
  await ctx.db.batch(seated(ctx, meetup))
}
