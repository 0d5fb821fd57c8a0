import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import type { MemberRole } from '../channels/live/contract'
import { cancelReminders, moveReminders } from '../outbox/reminders/actions'
import { seated, told } from './event-store'
import { type MeetupFields, stillHas } from './plan-store'
import type { Repeat } from './rules'
import { type MeetupView, selectViews, toView } from './store'

/** Holds where the seats that are taken fit into the capacity. */
const seatsFit = (capacity: number | null | SQL) => sql`
  (${capacity} IS NULL OR min(going_count, coalesce(capacity, going_count)) <= ${capacity})`

export const meetupWritten = (id: string, changeId: string) =>
  sql`EXISTS (SELECT 1 FROM meetups WHERE id = ${id} AND change_id = ${changeId})`

interface Seen {
  view: MeetupView
  role: MemberRole
}

interface Placed extends MeetupFields {
  startsAt: number
  endsAt: number
}

/** Writes one meetup over the version that was read; null when that, or what allowed it, is gone. */
export async function updateMeetup(ctx: UserCtx, { view, role }: Seen, fields: Placed): Promise<MeetupView | null> {
  const changeId = ctx.newId('change')
  const { title, description, location, startsOn, startsTime, timezone, durationMinutes, capacity } = fields
  const [, rows] = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE meetups SET title = ${title}, description = ${description}, location = ${location},
        starts_on = ${startsOn}, starts_time = ${startsTime}, timezone = ${timezone},
        duration_minutes = ${durationMinutes}, capacity = ${capacity}, starts_at = ${fields.startsAt},
        ends_at = ${fields.endsAt}, is_changed = series_id IS NOT NULL, sequence = sequence + 1, version = version + 1,
        change_id = ${changeId}, updated_at = ${ctx.now()}
      WHERE id = ${view.id} AND version = ${view.version} AND state = 'scheduled' AND ${seatsFit(capacity)}
        AND ${stillHas(view.channelId, ctx.actor.userId, role)}`),
    selectViews(ctx, sql`m.id = ${view.id} AND m.change_id = ${changeId}`),
    told(
      ctx,
      'meetup.changed',
      { id: view.id, channelId: view.channelId, title, startsAt: fields.startsAt },
      sql`r.meetup_id = ${view.id}`,
      meetupWritten(view.id, changeId),
    ),
    moveReminders(ctx, [{ subjectId: view.id, by: fields.startsAt - view.startsAt }], meetupWritten(view.id, changeId)),
    ...seated(ctx, { id: view.id, channelId: view.channelId, title, startsAt: fields.startsAt }),
  ])
  return rows[0] ? toView(rows[0]) : null
}

/** Cancels one meetup; false when it is over, or what allowed it is gone. */
export async function updateCancelled(ctx: UserCtx, { view, role }: Seen): Promise<boolean> {
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const [written] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      UPDATE meetups SET state = 'cancelled', is_changed = series_id IS NOT NULL, sequence = sequence + 1,
        version = version + 1, change_id = ${changeId}, updated_at = ${now}
      WHERE id = ${view.id} AND state IN ('scheduled', 'active')
        AND ${stillHas(view.channelId, ctx.actor.userId, role)} RETURNING id`),
    ctx.db.run(sql`
      UPDATE meetup_rsvps SET outcome = 'void', ended_at = ${now}, change_id = ${changeId}
      WHERE meetup_id = ${view.id} AND outcome IS NULL AND ${meetupWritten(view.id, changeId)}`),
    told(
      ctx,
      'meetup.cancelled',
      view,
      sql`r.meetup_id = ${view.id} AND r.change_id = ${changeId}`,
      meetupWritten(view.id, changeId),
    ),
    cancelReminders(ctx, { subjectId: view.id }, meetupWritten(view.id, changeId)),
  ])
  return written.length > 0
}

/** A series as it was read, with what its next change is decided on. */
export interface SeriesView {
  id: string
  firstOn: string
  repeat: Repeat
  plannedThrough: string
  changeId: string
  /** Its scheduled meetups from a date on. */
  meetups: {
    id: string
    startsOn: string
    startsTime: string
    timezone: string
    durationMinutes: number
    startsAt: number
  }[]
}

export async function findSeries(ctx: UserCtx, seriesId: string, from: string): Promise<SeriesView | null> {
  const [[row], meetups] = await ctx.db.batch([
    ctx.db.all<Omit<SeriesView, 'repeat' | 'meetups'> & { repeat: string }>(sql`
      SELECT id, first_on AS firstOn, repeat, planned_through AS plannedThrough, change_id AS changeId
      FROM meetup_series WHERE id = ${seriesId}`),
    ctx.db.all<SeriesView['meetups'][number]>(sql`
      SELECT id, starts_on AS startsOn, starts_time AS startsTime, timezone, duration_minutes AS durationMinutes,
        starts_at AS startsAt
      FROM meetups WHERE series_id = ${seriesId} AND occurs_on >= ${from} AND state = 'scheduled'`),
  ])
  return row ? { ...row, repeat: JSON.parse(row.repeat), meetups } : null
}

/** What is written over a meetup and all that follow it. */
export interface Following extends Seen {
  series: SeriesView
  /** The series that goes on from here; that of before where it is the first. */
  seriesId: string
  /** Where the one of before ends. */
  endsOn: string
  fields: Partial<MeetupFields>
  /** Each of the meetups with its new times; null where they stay. */
  moved: { id: string; startsAt: number; endsAt: number }[] | null
  /** By how much the starts move, in milliseconds. */
  moves: { subjectId: string; by: number }[]
  /** Of the one in hand. */
  startsAt: number
  cancels: boolean
}

const columns = {
  title: 'title',
  description: 'description',
  location: 'location',
  startsTime: 'starts_time',
  timezone: 'timezone',
  durationMinutes: 'duration_minutes',
  capacity: 'capacity',
} as const

/** The assignments of the fields that are given. */
function assign(fields: Partial<MeetupFields>): SQL {
  const given = (Object.keys(columns) as (keyof typeof columns)[]).filter((field) => fields[field] !== undefined)
  return sql.join(given.map((field) => sql`${sql.raw(columns[field])} = ${fields[field] ?? null}, `))
}

/**
 * Changes or cancels a meetup and all that follow it, as a series of their own where others came before. False when the
 * series, or what allowed it, is no longer what was read.
 */
export async function updateFollowing(ctx: UserCtx, change: Following): Promise<boolean> {
  const { view, series, seriesId, endsOn, fields, cancels } = change
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const splits = seriesId !== series.id
  const from = view.occursOn
  const seriesProof = sql`EXISTS (SELECT 1 FROM meetup_series WHERE id = ${seriesId} AND change_id = ${changeId})`
  const those = sql`series_id = ${series.id} AND occurs_on >= ${from} AND state = 'scheduled'`
  const holds = sql`change_id = ${series.changeId} AND planned_through = ${series.plannedThrough}
    AND ${stillHas(view.channelId, ctx.actor.userId, change.role)}
    AND EXISTS (SELECT 1 FROM meetups AS m WHERE m.id = ${view.id} AND m.version = ${view.version} AND m.state = 'scheduled')
    AND NOT EXISTS (SELECT 1 FROM meetups WHERE ${those} AND NOT ${seatsFit(fields.capacity ?? null)})`
  const ids = JSON.stringify(series.meetups.map(({ id }) => id))
  const ended = cancels ? sql`next_on = NULL, cancelled_at = ${now}, ` : sql``
  const mark = sql`sequence = sequence + 1, change_id = ${changeId}, updated_at = ${now}`
  const [, , , , written] = await ctx.db.batch([
    splits ? insertSplit(ctx, change, holds) : ctx.db.run(sql`SELECT 1`),
    // The new one is written by the statement above and takes its changes here, as the old one does where it goes on.
    ctx.db.run(sql`
      UPDATE meetup_series SET ${assign(fields)} ${ended} ${mark}
      WHERE id = ${seriesId} AND ${splits ? sql`change_id = ${seriesId}` : holds}`),
    ctx.db.run(sql`
      UPDATE meetup_series SET repeat = json_set(repeat, '$.until', ${endsOn}), next_on = NULL, ${mark}
      WHERE id = ${series.id} AND ${splits} AND ${seriesProof}`),
    ctx.db.run(sql`
      UPDATE meetup_rsvps SET outcome = 'void', ended_at = ${now}, change_id = ${changeId}
      WHERE ${cancels} AND outcome IS NULL AND meetup_id IN (SELECT id FROM meetups WHERE ${those}) AND ${seriesProof}`),
    ctx.db.all<{ id: string }>(sql`
      UPDATE meetups SET ${assign(fields)} series_id = ${seriesId}, version = version + 1,
        ${cancels ? sql`state = 'cancelled', ` : sql``} ${timesOf(change.moved)} ${mark}
      WHERE ${those} AND ${seriesProof} RETURNING id`),
    told(
      ctx,
      cancels ? 'meetup.cancelled' : 'meetup.changed',
      { id: view.id, channelId: view.channelId, title: fields.title ?? view.title, startsAt: change.startsAt },
      sql`r.meetup_id IN (SELECT value FROM json_each(${ids}))`,
      seriesProof,
    ),
    cancels
      ? cancelReminders(ctx, { subjectIds: series.meetups.map(({ id }) => id) }, seriesProof)
      : moveReminders(ctx, change.moves, seriesProof),
  ])
  return written.length > 0
}

const timesOf = (moved: Following['moved']) =>
  moved === null
    ? sql``
    : sql`
      starts_at = (SELECT p.value ->> 'startsAt' FROM json_each(${JSON.stringify(moved)}) AS p WHERE p.value ->> 'id' = meetups.id),
      ends_at = (SELECT p.value ->> 'endsAt' FROM json_each(${JSON.stringify(moved)}) AS p WHERE p.value ->> 'id' = meetups.id), `

/** Goes on as another series, marked by its own id until it takes its changes. */
const insertSplit = (ctx: UserCtx, { series, seriesId, view }: Following, holds: SQL) =>
  ctx.db.run(sql`
    INSERT INTO meetup_series (id, channel_id, host_id, title, description, location, starts_on, starts_time, timezone,
      duration_minutes, capacity, repeat, first_on, planned_through, next_on, sequence, change_id, created_at, updated_at)
    SELECT ${seriesId}, channel_id, host_id, title, description, location, starts_on, starts_time, timezone,
      duration_minutes, capacity, repeat, ${view.occursOn}, planned_through, next_on, 0, ${seriesId}, ${ctx.now()}, ${ctx.now()}
    FROM meetup_series WHERE id = ${series.id} AND ${holds}`)
