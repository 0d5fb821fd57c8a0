import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../shared/db'
import { users } from '../../users/tables'
import type { DayCount, Finished } from '../contract'
import { studyDays, studySessions, studyStandings, xpLedger } from '../tables'
import { daysAdded } from './desk'
import type { Ended } from './log'

/**
 * Puts a session that is over into D1, with all that follows from it, in one batch. May be repeated: whatever follows
 * proves that this change wrote the session, and a second one does not.
 * @returns the experience that the person has with it; null for who is erased
 */
export async function deliver(
  db: Db,
  userId: string,
  ended: Ended,
  changeId: string,
  now: number,
): Promise<{ xp: number } | null> {
  const { finished, before, streak } = ended
  const { id } = finished
  const proof = sql`EXISTS (SELECT 1 FROM ${studySessions}
    WHERE user_id = ${userId} AND id = ${id} AND change_id = ${changeId})`
  const xp = finished.xp - (before?.xp ?? 0)
  const rule = before === null ? 'study.minutes' : 'study.offline_end'
  const last = streak.lastOn
  const [, , , , [standing]] = await db.batch([
    before === null ? insertSession(db, userId, finished, changeId, now) : updateEnd(db, userId, finished, changeId),
    db.run(sql`
      INSERT INTO ${xpLedger} (user_id, source_type, source_id, rule, amount, at)
      SELECT ${userId}, 'session', ${id}, ${rule}, ${xp}, ${now} WHERE ${xp} > 0 AND ${proof}
      ON CONFLICT DO NOTHING`),
    addDays(db, userId, daysAdded(finished, before), proof),
    db.run(sql`
      INSERT INTO ${studyStandings} (user_id, xp, streak_days, streak_longest, streak_last_on, freezes, towards_freeze)
      SELECT ${userId}, ${xp}, ${streak.days}, ${streak.longest}, ${last}, ${streak.freezes}, ${streak.towardsFreeze}
      WHERE ${proof}
      ON CONFLICT (user_id) DO UPDATE SET xp = xp + excluded.xp, streak_days = excluded.streak_days,
        streak_longest = excluded.streak_longest, streak_last_on = excluded.streak_last_on, freezes = excluded.freezes,
        towards_freeze = excluded.towards_freeze`),
    db.all<{ xp: number }>(sql`SELECT xp FROM ${studyStandings} WHERE user_id = ${userId}`),
  ])
  return standing ?? null
}

/** Nobody who is erased gets a session back. */
function insertSession(db: Db, userId: string, finished: Finished, changeId: string, now: number) {
  const { id, startedAt, endedAt, endReason, seconds, xp, roomId, subjectId, todoId, task, timezone, dayStartHour } =
    finished
  const [segments, days] = [JSON.stringify(finished.segments), JSON.stringify(finished.days)]
  return db.run(sql`
    INSERT INTO ${studySessions} (user_id, id, started_at, ended_at, end_reason, seconds, xp, room_id, subject_id, todo_id, task,
      timezone, day_start_hour, segments, days, created_at, change_id)
    SELECT u.id, ${id}, ${startedAt}, ${endedAt}, ${endReason}, ${seconds}, ${xp}, ${roomId}, ${subjectId}, ${todoId}, ${task},
      ${timezone}, ${dayStartHour}, ${segments}, ${days}, ${now}, ${changeId}
    FROM ${users} u WHERE u.id = ${userId} AND u.status <> 'deleted'
    ON CONFLICT DO NOTHING`)
}

/** The later end of a session that was lost. */
function updateEnd(db: Db, userId: string, finished: Finished, changeId: string) {
  const { id, endedAt, endReason, seconds, xp } = finished
  return db.run(sql`
    UPDATE ${studySessions} SET ended_at = ${endedAt}, end_reason = ${endReason}, seconds = ${seconds}, xp = ${xp},
      segments = ${JSON.stringify(finished.segments)}, days = ${JSON.stringify(finished.days)}, change_id = ${changeId}
    WHERE user_id = ${userId} AND id = ${id} AND end_reason = 'lost'`)
}

function addDays(db: Db, userId: string, days: readonly DayCount[], proof: SQL) {
  return db.run(sql`
    INSERT INTO ${studyDays} (studied_on, user_id, seconds, manual_seconds)
    SELECT value ->> 'on', ${userId}, value ->> 'seconds', 0 FROM json_each(${JSON.stringify(days)}) WHERE ${proof}
    ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds`)
}
