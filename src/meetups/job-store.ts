import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { whole } from './store'

/** Starts up to `limit` meetups whose time has come. */
export async function updateStarted(ctx: Ctx, limit: number): Promise<void> {
  const now = ctx.now()
  await ctx.db.run(sql`
    UPDATE meetups SET state = 'active', version = version + 1, updated_at = ${now}
    WHERE id IN (SELECT id FROM meetups WHERE state = 'scheduled' AND starts_at <= ${whole(now)} ORDER BY starts_at LIMIT ${limit})
      AND state = 'scheduled'`)
}

export interface Unwatched {
  id: string
  channelId: string
  endsAt: number
}

/** Meetups that take place in a channel whose object has not been told to look who is there. */
export function listUnwatched(ctx: Ctx, limit: number): Promise<Unwatched[]> {
  return ctx.db.all<Unwatched>(sql`
    SELECT id, channel_id AS channelId, ends_at AS endsAt FROM meetups
    WHERE state = 'active' AND is_watched = 0 AND location IS NULL LIMIT ${limit}`)
}

export async function updateWatched(ctx: Ctx, ids: string[]): Promise<void> {
  await ctx.db.run(sql`
    UPDATE meetups SET is_watched = 1 WHERE id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`)
}

/**
 * Completes up to `limit` meetups that are over. Who had a seat has attended or missed it; where nobody looked who was
 * there, and for all who had no seat, it says nothing.
 */
export async function updateCompleted(ctx: Ctx, limit: number): Promise<void> {
  const now = ctx.now()
  const changeId = ctx.newId('change')
  await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE meetups SET state = 'completed', version = version + 1, change_id = ${changeId}, updated_at = ${now}
      WHERE id IN (SELECT id FROM meetups WHERE state IN ('scheduled', 'active') AND ends_at <= ${whole(now)}
          ORDER BY ends_at LIMIT ${limit})
        AND state IN ('scheduled', 'active')`),
    ctx.db.run(sql`
      UPDATE meetup_rsvps SET change_id = ${changeId},
        ended_at = (SELECT m.ends_at FROM meetups m WHERE m.id = meetup_rsvps.meetup_id),
        outcome = CASE WHEN status <> 'going' OR seated = 0 THEN 'void' WHEN attended_at IS NOT NULL THEN 'attended'
          WHEN (SELECT m.is_watched FROM meetups m WHERE m.id = meetup_rsvps.meetup_id) = 1 THEN 'missed' ELSE 'void' END
      WHERE outcome IS NULL AND meetup_id IN (SELECT id FROM meetups WHERE state = 'completed' AND change_id = ${changeId}
        AND ends_at <= ${whole(now)})`),
  ])
}
