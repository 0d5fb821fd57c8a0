import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { channels, memberships } from '../channels/tables'
import { userSettings } from '../profiles/tables'
import { idStart } from '../shared/ids'
import { subjects } from '../subjects/tables'
import { todos } from '../todos/tables'
import { users } from '../users/tables'
import type { DayCount, DayZone, Segment, Topic, TopicChange, ZoneChange } from './contract'
import { pomodoroCount } from './pomodoro-store'
import { dayCapSeconds } from './rules/count'
import { manualPerMonth, oldestManualMs } from './rules/limits'
import { type StudySessionRow, studyDays, studySessions, studyZones, zoneChangesJson } from './tables'

// D1 binds every number as a float, and a float bound costs one more read for each row of a range.
export const whole = (value: number) => sql`CAST(${value} AS INTEGER)`

/** How the caller's days run, and have run. */
export interface ZoneRow extends DayZone {
  changes: ZoneChange[]
}

interface RawZone extends DayZone {
  changes: string
}

/** The statement that reads how somebody's days run; for `toZone`. */
export const selectZone = (ctx: Ctx, userId: string) =>
  ctx.db.all<RawZone>(sql`
    SELECT u.timezone, u.day_start_hour AS dayStartHour, ${zoneChangesJson(sql`u.id`)} AS changes FROM ${users} u WHERE u.id = ${userId}`)

export function toZone([row]: RawZone[]): ZoneRow {
  if (!row) return { timezone: 'UTC', dayStartHour: 0, changes: [] }
  return { ...row, changes: JSON.parse(row.changes) }
}

/** What a start is decided on, in one round trip. */
export async function findStart(ctx: UserCtx, { roomId, subjectId, todoId }: Omit<Topic, 'task'>) {
  const { userId } = ctx.actor
  const [zone, [settings], [room], [subject], [todo]] = await ctx.db.batch([
    selectZone(ctx, userId),
    ctx.db.all<{ autoEndMinutes: number }>(sql`
      SELECT auto_end_minutes AS autoEndMinutes FROM ${userSettings} WHERE user_id = ${userId}`),
    ctx.db.all<{ isMember: number; isPublic: number }>(sql`
      SELECT m.state IS 'active' AS isMember, c.visibility = 'public' AS isPublic FROM ${channels} c
      LEFT JOIN ${memberships} m ON m.channel_id = c.id AND m.user_id = ${userId}
      WHERE c.id = ${roomId} AND c.deleted_at IS NULL`),
    ctx.db.all<{ name: string }>(sql`SELECT name FROM ${subjects} WHERE id = ${subjectId}`),
    ctx.db.all(sql`
      SELECT 1 FROM ${todos} t WHERE t.id = ${todoId} AND (t.list_id = ${userId} OR EXISTS (
        SELECT 1 FROM ${memberships} m WHERE m.channel_id = t.list_id AND m.user_id = ${userId} AND m.state = 'active'))`),
  ])
  return {
    zone: toZone(zone),
    settings: settings ?? null,
    room: room ?? null,
    subject: subject ?? null,
    hasTodo: todo !== undefined,
  }
}

/** Null where there is no such subject. */
export async function findSubjectName(ctx: Ctx, subjectId: string): Promise<string | null> {
  const [row] = await ctx.db.all<{ name: string }>(sql`SELECT name FROM ${subjects} WHERE id = ${subjectId}`)
  return row?.name ?? null
}

/** The statements that plan a change of zone in place of one that was planned before. */
export function replaceZone(ctx: UserCtx, old: DayZone, next: ZoneChange | null) {
  const { userId } = ctx.actor
  const planned = ctx.db.run(sql`DELETE FROM ${studyZones} WHERE user_id = ${userId} AND from_at > ${ctx.now()}`)
  if (next === null) return [planned]
  const insert = (change: ZoneChange) =>
    ctx.db.run(sql`
      INSERT INTO ${studyZones} (user_id, from_at, timezone, day_start_hour, starts_on, skipped_days)
      VALUES (${userId}, ${change.from}, ${change.timezone}, ${change.dayStartHour}, ${change.startsOn}, ${change.skippedDays})
      ON CONFLICT DO NOTHING`)
  return [planned, insert({ ...old, from: 0, startsOn: '', skippedDays: 0 }), insert(next)]
}

const columns = sql`id, started_at AS startedAt, ended_at AS endedAt, end_reason AS endReason, seconds, xp,
  room_id AS roomId, subject_id AS subjectId, todo_id AS todoId, task, timezone, day_start_hour AS dayStartHour, segments, days, reason,
  ${pomodoroCount} AS pomodoros`

type StoredSession = Omit<StudySessionRow, 'segments' | 'days' | 'userId' | 'createdAt' | 'changeId'> & {
  segments: string
  days: string
  pomodoros: number
}

function toFinished(row: StoredSession) {
  const [segments, days]: [Segment[], DayCount[]] = [JSON.parse(row.segments), JSON.parse(row.days)]
  return { ...row, segments, days }
}

export async function findSession(ctx: UserCtx, id: string) {
  const [row] = await ctx.db.all<StoredSession>(sql`
    SELECT ${columns} FROM ${studySessions} WHERE user_id = ${ctx.actor.userId} AND id = ${id}`)
  return row ? toFinished(row) : null
}

/** The newest first. */
export async function listSessions(ctx: UserCtx, before: string | null, limit: number) {
  const rows = await ctx.db.all<StoredSession>(sql`
    SELECT ${columns} FROM ${studySessions} WHERE user_id = ${ctx.actor.userId}
    ${before === null ? sql`` : sql`AND id < ${before}`} ORDER BY id DESC LIMIT ${limit}`)
  return rows.map(toFinished)
}

/** Changes what a session that is over was about; null when there is none. */
export async function updateTopic(ctx: UserCtx, id: string, { subjectId, task }: TopicChange) {
  const [row] = await ctx.db.all<StoredSession>(sql`
    UPDATE ${studySessions} SET
      subject_id = ${subjectId === undefined ? sql`subject_id` : subjectId},
      task = ${task === undefined ? sql`task` : task}
    WHERE user_id = ${ctx.actor.userId} AND id = ${id} RETURNING ${columns}`)
  return row ? toFinished(row) : null
}

/** Holds while a session of the person is in the way. Sessions never overlap, so only the last that began before the end can be. */
const isTaken = (userId: string, from: number, to: number) => sql`
  coalesce((SELECT taken.ended_at FROM study_sessions AS taken WHERE taken.user_id = ${userId}
    AND taken.id < ${idStart('study', to)} ORDER BY taken.id DESC LIMIT 1), 0) > ${from}`

const countEntries = (userId: string, monthStart: number) => sql`
  (SELECT count(*) FROM study_sessions AS entry WHERE entry.user_id = ${userId}
    AND entry.id >= ${idStart('study', monthStart - oldestManualMs)} AND entry.end_reason = 'manual'
    AND entry.created_at >= ${monthStart})`

const fills = (userId: string, days: string) => sql`
  EXISTS (SELECT 1 FROM json_each(${days}) AS part JOIN study_days AS total
    ON total.studied_on = part.value ->> 'on' AND total.user_id = ${userId}
    WHERE total.seconds + total.manual_seconds + (part.value ->> 'seconds') > ${dayCapSeconds})`

export interface ManualEntry extends DayZone {
  id: string
  startedAt: number
  endedAt: number
  seconds: number
  subjectId: string | null
  reason: string
  segments: Segment[]
  days: DayCount[]
}

/** Writes time that was entered by hand; or tells what stood in its way, without a trace. */
export async function insertManual(ctx: UserCtx, entry: ManualEntry, monthStart: number) {
  const { userId } = ctx.actor
  const { id, startedAt, endedAt, seconds, subjectId, reason, timezone, dayStartHour } = entry
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const days = JSON.stringify(entry.days)
  const [[why], , , [written]] = await ctx.db.batch([
    ctx.db.all<{ taken: number; entries: number; full: number }>(sql`
      SELECT ${isTaken(userId, startedAt, endedAt)} AS taken, ${countEntries(userId, monthStart)} AS entries,
        ${fills(userId, days)} AS full`),
    ctx.db.run(sql`
      INSERT INTO ${studySessions} (user_id, id, started_at, ended_at, end_reason, seconds, xp, subject_id, timezone,
        day_start_hour, segments, days, reason, created_at, change_id)
      SELECT ${userId}, ${id}, ${startedAt}, ${endedAt}, 'manual', ${seconds}, 0, ${subjectId}, ${timezone},
        ${dayStartHour}, ${JSON.stringify(entry.segments)}, ${days}, ${reason}, ${now}, ${changeId}
      WHERE NOT ${isTaken(userId, startedAt, endedAt)} AND ${countEntries(userId, monthStart)} < ${manualPerMonth}
        AND NOT ${fills(userId, days)}`),
    ctx.db.run(sql`
      INSERT INTO ${studyDays} (studied_on, user_id, seconds, manual_seconds)
      SELECT value ->> 'on', ${userId}, 0, value ->> 'seconds' FROM json_each(${days})
      WHERE EXISTS (SELECT 1 FROM ${studySessions} WHERE user_id = ${userId} AND id = ${id} AND change_id = ${changeId})
      ON CONFLICT DO UPDATE SET manual_seconds = manual_seconds + excluded.manual_seconds`),
    ctx.db.all<StoredSession>(sql`
      SELECT ${columns} FROM ${studySessions} WHERE user_id = ${userId} AND id = ${id} AND change_id = ${changeId}`),
  ])
  return { session: written ? toFinished(written) : null, why: why ?? { taken: 0, entries: 0, full: 0 } }
}
