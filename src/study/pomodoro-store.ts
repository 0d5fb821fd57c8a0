import { type SQLWrapper, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { pomodoros } from '../channels/live/tables'
import { idStart } from '../shared/ids'
import type { DayZone, Span } from './contract'
import { studySessions } from './tables'

/** What was done of a room's timer while a session counted there. Read anew each time, so rows that come late count, too. */

/** The phases that ended within active segments (JSON), to be filtered by room: each is found by its key. */
const endedIn = (userId: string | SQLWrapper, roomId: string | SQLWrapper | null, segments: string | SQLWrapper) => sql`
  json_each(${segments}) AS part CROSS JOIN ${pomodoros} AS phase ON phase.user_id = ${userId}
    AND phase.ended_at > part.value ->> 'from' AND phase.ended_at <= part.value ->> 'to'
    AND phase.channel_id = ${roomId} AND part.value ->> 'kind' = 'active'`

/** How many a stored session has. A column for queries that read study_sessions. */
export const pomodoroCount = sql<number>`iif(room_id IS NULL, 0, (SELECT count(*)
  FROM ${endedIn(sql`study_sessions.user_id`, sql`study_sessions.room_id`, sql`study_sessions.segments`)}))`

/** How many ended for the caller in a room during these times. */
export async function countPomodoros(ctx: UserCtx, roomId: string, active: Span[]): Promise<number> {
  const segments = JSON.stringify(active.map((span) => ({ kind: 'active', ...span })))
  const [row] = await ctx.db.all<{ count: number }>(sql`
    SELECT count(*) AS count FROM ${endedIn(ctx.actor.userId, roomId, segments)}`)
  return row?.count ?? 0
}

export interface PomodoroRow extends DayZone {
  subjectId: string | null
  roomId: string
  /** When each ended, as JSON. */
  ended: string
}

/** The statement that reads the caller's, by session, of sessions that began in a time. */
export const selectPomodoros = (ctx: UserCtx, { from, to }: Span) =>
  ctx.db.all<PomodoroRow>(sql`
    SELECT s.subject_id AS subjectId, s.room_id AS roomId, s.timezone, s.day_start_hour AS dayStartHour,
      json_group_array(phase.ended_at) AS ended
    FROM ${studySessions} AS s CROSS JOIN ${endedIn(sql`s.user_id`, sql`s.room_id`, sql`s.segments`)}
    WHERE s.user_id = ${ctx.actor.userId} AND s.id >= ${idStart('study', from)} AND s.id < ${idStart('study', to)}
      AND s.room_id IS NOT NULL
    GROUP BY s.id`)
