import { eq, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { users } from '../users/tables'
import type { FullThrottle, Throttle } from './rules'
import { sessionChannels, sessions, throttles } from './tables'

/** A session and what decides whether its user may act, by key. */
export async function findSession(ctx: Ctx, sessionId: string) {
  const [row] = await ctx.db
    .select({
      userId: sessions.userId,
      expiresAt: sessions.expiresAt,
      endsAt: sessions.endsAt,
      endedAt: sessions.endedAt,
      status: users.status,
      role: users.role,
      emailVerifiedAt: users.emailVerifiedAt,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.id, sessionId))
  return row ?? null
}

/** Repeating it changes nothing, and a session that has just ended gets no row. */
export async function insertSessionChannel(ctx: UserCtx, channelId: string): Promise<void> {
  await ctx.db.run(sql`
    INSERT OR IGNORE INTO ${sessionChannels} (session_id, channel_id)
    SELECT id, ${channelId} FROM ${sessions} WHERE id = ${ctx.actor.sessionId} AND ended_at IS NULL`)
}

/** Counts a try in each of the throttles, or in none when one is full: then `taken` is empty and `full` names those. */
export function takeThrottles(ctx: Ctx, wanted: Throttle[]) {
  const now = ctx.now()
  const list = sql`(SELECT value ->> 'key' AS key, value ->> 'name' AS name, value ->> 'max' AS max,
    value ->> 'windowMs' AS window_ms FROM json_each(${JSON.stringify(wanted)}))`
  const full = sql`${list} AS wanted JOIN ${throttles} AS known ON known.key = wanted.key
    WHERE known.resets_at > ${now} AND known.count >= wanted.max`
  return [
    ctx.db.all<{ key: string; count: number }>(sql`
      INSERT INTO ${throttles} (key, count, resets_at)
      SELECT key, 1, ${now} + window_ms FROM ${list} WHERE NOT EXISTS (SELECT 1 FROM ${full})
      ON CONFLICT (key) DO UPDATE SET
        count = iif(throttles.resets_at <= ${now}, 1, throttles.count + 1),
        resets_at = iif(throttles.resets_at <= ${now}, excluded.resets_at, throttles.resets_at)
      RETURNING key, count`),
    ctx.db.all<FullThrottle>(sql`
      SELECT wanted.name AS name, wanted.max AS max, wanted.window_ms AS "windowMs", known.resets_at AS "resetsAt"
      FROM ${full}`),
  ] as const
}
