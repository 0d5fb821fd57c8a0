import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import type { MemberRole } from '../channels/live/contract'
import { planned as announce } from './event-store'
import type { Repeat } from './rules'
import { selectViews, toView } from './store'

/** What people write about a meetup. */
export interface MeetupFields {
  title: string
  description: string
  location: string | null
  startsOn: string
  startsTime: string
  timezone: string
  durationMinutes: number
  capacity: number | null
}

/** One meetup of a plan, with the instants of its start and end. */
export interface PlannedMeetup {
  id: string
  occursOn: string
  startsAt: number
  endsAt: number
}

export interface SeriesPlan {
  id: string
  repeat: Repeat
  plannedThrough: string
  nextOn: string | null
}

/** Holds while the channel lives and the person has this role in it: what a decision was made on. */
export const stillHas = (channelId: string, userId: string, role: MemberRole) => sql`
  EXISTS (SELECT 1 FROM memberships AS held JOIN channels AS place ON place.id = held.channel_id
    WHERE held.channel_id = ${channelId} AND held.user_id = ${userId} AND held.state = 'active' AND held.role = ${role}
      AND place.deleted_at IS NULL)`

const hasRoomForMore = (channelId: string, max: number) => sql`
  (SELECT count(*) FROM (SELECT 1 FROM meetups AS o WHERE o.channel_id = ${channelId}
    AND o.state IN ('scheduled', 'active') LIMIT ${max})) < ${max}`

const seriesWritten = (id: string, changeId: string) =>
  sql`EXISTS (SELECT 1 FROM meetup_series WHERE id = ${id} AND change_id = ${changeId})`

interface NewPlan {
  channelId: string
  role: MemberRole
  fields: MeetupFields
  series: SeriesPlan | null
  planned: PlannedMeetup[]
  max: number
}

/** Writes a meetup, or a series with the first of its meetups; null when a condition of it no longer holds. */
export async function insertPlan(ctx: UserCtx, { channelId, role, fields, series, planned, max }: NewPlan) {
  const { userId } = ctx.actor
  const changeId = ctx.newId('change')
  const [first] = planned
  if (!first) return null
  const holds = sql`${stillHas(channelId, userId, role)} AND ${hasRoomForMore(channelId, max)}`
  const proof = series ? seriesWritten(series.id, changeId) : holds
  const [, , rows] = await ctx.db.batch([
    series
      ? insertSeries(ctx, { ...series, channelId, hostId: userId, fields, changeId }, holds)
      : ctx.db.run(sql`SELECT 1`),
    insertMeetups(ctx, { channelId, hostId: userId, seriesId: series?.id ?? null, fields, planned, changeId }, proof),
    selectViews(ctx, sql`m.id = ${first.id} AND m.change_id = ${changeId}`),
    announce(
      ctx,
      { id: first.id, channelId, title: fields.title, startsAt: first.startsAt },
      sql`EXISTS (SELECT 1 FROM meetups WHERE id = ${first.id} AND change_id = ${changeId})`,
    ),
  ])
  const [row] = rows
  return row ? toView(row) : null
}

interface SeriesRow extends SeriesPlan {
  channelId: string
  hostId: string | null
  fields: MeetupFields
  changeId: string
}

function insertSeries(ctx: Ctx, { id, channelId, hostId, fields, changeId, ...plan }: SeriesRow, proof: SQL) {
  const { title, description, location, startsOn, startsTime, timezone, durationMinutes, capacity } = fields
  const now = ctx.now()
  return ctx.db.run(sql`
    INSERT INTO meetup_series (id, channel_id, host_id, title, description, location, starts_on, starts_time, timezone,
      duration_minutes, capacity, repeat, first_on, planned_through, next_on, change_id, created_at, updated_at)
    SELECT ${id}, ${channelId}, ${hostId}, ${title}, ${description}, ${location}, ${startsOn}, ${startsTime},
      ${timezone}, ${durationMinutes}, ${capacity}, ${JSON.stringify(plan.repeat)}, ${startsOn},
      ${plan.plannedThrough}, ${plan.nextOn}, ${changeId}, ${now}, ${now}
    WHERE ${proof}`)
}

interface MeetupRows {
  channelId: string
  hostId: string | null
  seriesId: string | null
  fields: MeetupFields
  planned: PlannedMeetup[]
  changeId: string
}

/** The statement that writes planned meetups. One that its series has already is left as it is. */
function insertMeetups(ctx: Ctx, rows: MeetupRows, proof: SQL) {
  const { channelId, hostId, seriesId, fields, planned, changeId } = rows
  const { title, description, location, startsTime, timezone, durationMinutes, capacity } = fields
  const now = ctx.now()
  return ctx.db.run(sql`
    INSERT OR IGNORE INTO meetups (id, channel_id, host_id, series_id, title, description, location, starts_on,
      starts_time, timezone, duration_minutes, capacity, occurs_on, starts_at, ends_at, change_id, created_at, updated_at)
    SELECT p.value ->> 'id', ${channelId}, ${hostId}, ${seriesId}, ${title}, ${description}, ${location},
      p.value ->> 'occursOn', ${startsTime}, ${timezone}, ${durationMinutes}, ${capacity}, p.value ->> 'occursOn',
      p.value ->> 'startsAt', p.value ->> 'endsAt', ${changeId}, ${now}, ${now}
    FROM json_each(${JSON.stringify(planned)}) AS p WHERE ${proof}`)
}

/** A series whose next meetups are to be planned. */
export interface OpenSeries extends MeetupFields {
  id: string
  channelId: string
  hostId: string | null
  repeat: Repeat
  nextOn: string
  changeId: string
}

export async function listSeriesToPlan(ctx: Ctx, horizon: string, limit: number): Promise<OpenSeries[]> {
  const rows = await ctx.db.all<Omit<OpenSeries, 'repeat'> & { repeat: string }>(sql`
    SELECT id, channel_id AS channelId, host_id AS hostId, title, description, location, starts_on AS startsOn,
      starts_time AS startsTime, timezone, duration_minutes AS durationMinutes, capacity, repeat, next_on AS nextOn,
      change_id AS changeId
    FROM meetup_series WHERE next_on IS NOT NULL AND planned_through <= ${horizon}
    ORDER BY planned_through LIMIT ${limit}`)
  return rows.map((row) => ({ ...row, repeat: JSON.parse(row.repeat) }))
}

/** Plans the next meetups of a series, unless somebody has changed it since it was read. */
export async function insertNext(ctx: Ctx, series: OpenSeries, planned: PlannedMeetup[], nextOn: string | null) {
  const { id, channelId, hostId, changeId } = series
  await ctx.db.batch([
    insertMeetups(
      ctx,
      { channelId, hostId, seriesId: id, fields: series, planned, changeId },
      seriesWritten(id, changeId),
    ),
    ctx.db.run(sql`
      UPDATE meetup_series SET next_on = ${nextOn}, planned_through = ${planned.at(-1)?.occursOn ?? series.nextOn}
      WHERE id = ${id} AND change_id = ${changeId}`),
  ])
}
