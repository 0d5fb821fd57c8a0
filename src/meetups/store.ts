import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import type { MemberRole } from '../channels/live/contract'
import { mutedUntilIn, roleIn } from '../channels/standing/tables'
import { channels } from '../channels/tables'
import { users } from '../users/tables'
import { type Answer, type Attendance, attendanceOver, type MeetupState, type Outcome, type Repeat } from './rules'
import { meetupRsvps, meetupSeries, meetups } from './tables'

// D1 binds every number as a float, and a float bound costs one more read for each row of a range.
export const whole = (value: number) => sql`CAST(${value} AS INTEGER)`

/** A meetup as one person sees it. */
export interface MeetupView {
  id: string
  channelId: string
  seriesId: string | null
  hostId: string | null
  hostName: string | null
  hostAvatarKey: string | null
  title: string
  description: string
  location: string | null
  startsOn: string
  startsTime: string
  timezone: string
  durationMinutes: number
  startsAt: number
  endsAt: number
  occursOn: string
  capacity: number | null
  goingCount: number
  state: MeetupState
  sequence: number
  version: number
  createdAt: number
  updatedAt: number
  repeat: Repeat | null
  rsvp: RsvpView | null
}

export interface RsvpView {
  status: Answer
  seated: boolean
  /** 1 for who waits first; null for who does not wait. */
  position: number | null
  remindMinutes: number | null
  outcome: Outcome | null
  attendedAt: number | null
}

type ViewRow = Omit<MeetupView, 'repeat' | 'rsvp'> & {
  repeat: string | null
  status: Answer | null
  seated: number | null
  position: number | null
  remindMinutes: number | null
  outcome: Outcome | null
  attendedAt: number | null
}

const viewColumns = sql`
  m.id, m.channel_id AS channelId, m.series_id AS seriesId, m.host_id AS hostId, host.name AS hostName,
  host.avatar_key AS hostAvatarKey, m.title,
  m.description, m.location, m.starts_on AS startsOn, m.starts_time AS startsTime, m.timezone,
  m.duration_minutes AS durationMinutes, m.starts_at AS startsAt, m.ends_at AS endsAt, m.occurs_on AS occursOn,
  m.capacity, m.going_count AS goingCount, m.state, m.sequence, m.version, m.created_at AS createdAt,
  m.updated_at AS updatedAt, s.repeat, r.status, r.seated, r.remind_minutes AS remindMinutes, r.outcome,
  r.attended_at AS attendedAt,
  iif(r.status = 'going' AND r.seated = 0, (SELECT count(*) FROM meetup_rsvps w WHERE w.meetup_id = m.id
    AND w.status = 'going' AND w.seated = 0 AND w.place <= r.place), NULL) AS position`

const joins = (viewerId: string) => sql`
  LEFT JOIN ${meetupSeries} s ON s.id = m.series_id
  LEFT JOIN ${users} host ON host.id = m.host_id
  LEFT JOIN ${meetupRsvps} r ON r.meetup_id = m.id AND r.user_id = ${viewerId}`

/** How somebody stands to the channel of a meetup. */
export interface Standing {
  visibility: 'public' | 'private'
  /** Null for who is not an active member. */
  role: MemberRole | null
  mutedUntil: number | null
}

const standingColumns = (ctx: UserCtx) => sql`
  c.visibility, ${roleIn(ctx.actor.userId, sql`c.id`)} AS role, ${mutedUntilIn(ctx.actor.userId, sql`c.id`)} AS mutedUntil`

/** The statement that reads meetups as the caller sees them. `m` is the meetup. */
export const selectViews = (ctx: UserCtx, where: SQL) =>
  ctx.db.all<ViewRow>(sql`SELECT ${viewColumns} FROM ${meetups} m ${joins(ctx.actor.userId)} WHERE ${where}`)

export function toView({
  repeat,
  status,
  seated,
  position,
  remindMinutes,
  outcome,
  attendedAt,
  ...row
}: ViewRow): MeetupView {
  return {
    ...row,
    repeat: repeat === null ? null : JSON.parse(repeat),
    rsvp: status && { status, seated: seated === 1, position, remindMinutes, outcome, attendedAt },
  }
}

/** A meetup with how the caller stands to its channel; null when it is absent or its channel is deleted. */
export async function findMeetup(ctx: UserCtx, id: string): Promise<{ view: MeetupView; standing: Standing } | null> {
  const [row] = await ctx.db.all<ViewRow & Standing>(sql`
    SELECT ${viewColumns}, ${standingColumns(ctx)} FROM ${meetups} m
    JOIN ${channels} c ON c.id = m.channel_id AND c.deleted_at IS NULL ${joins(ctx.actor.userId)} WHERE m.id = ${id}`)
  if (!row) return null
  const { visibility, role, mutedUntil, ...rest } = row
  return { view: toView(rest), standing: { visibility, role, mutedUntil } }
}

interface After {
  startsAt: number
  id: string
}

/** The statement that reads a page: those ahead with the next first, or those that are over with the last first. */
export function selectPage(
  ctx: UserCtx,
  channelId: string,
  when: 'upcoming' | 'past',
  after: After | null,
  limit: number,
) {
  const position = after && sql`(${whole(after.startsAt)}, ${after.id})`
  const [states, order, start] =
    when === 'upcoming'
      ? [sql`'scheduled', 'active'`, sql`m.starts_at, m.id`, position && sql`AND (m.starts_at, m.id) > ${position}`]
      : [
          sql`'completed', 'cancelled'`,
          sql`m.starts_at DESC, m.id DESC`,
          position && sql`AND (m.starts_at, m.id) < ${position}`,
        ]
  return selectViews(
    ctx,
    sql`m.channel_id = ${channelId} AND m.state IN (${states}) ${start ?? sql``} ORDER BY ${order} LIMIT ${limit}`,
  )
}

export interface AttendeeRow {
  userId: string
  name: string
  avatarKey: string | null
  status: Answer
  seated: number
  place: number | null
  outcome: Outcome | null
  attendedAt: number | null
}

/** Those with one answer: who said going in the order of their places, others by id. */
export function listAttendees(
  ctx: UserCtx,
  meetupId: string,
  wanted: 'going' | 'waiting' | 'maybe' | 'not_going',
  after: { place: number; userId: string } | null,
  limit: number,
): Promise<AttendeeRow[]> {
  const isGoing = wanted === 'going' || wanted === 'waiting'
  const start = isGoing
    ? sql`AND r.place > ${whole(after?.place ?? -1)} AND r.seated = ${wanted === 'going' ? 1 : 0}`
    : sql`AND r.seated = 0 AND r.place IS NULL AND r.user_id > ${after?.userId ?? ''}`
  return ctx.db.all<AttendeeRow>(sql`
    SELECT r.user_id AS userId, u.name, u.avatar_key AS avatarKey, r.status, r.seated, r.place, r.outcome, r.attended_at AS attendedAt
    FROM ${meetupRsvps} r CROSS JOIN ${users} u ON u.id = r.user_id
    WHERE r.meetup_id = ${meetupId} AND r.status = ${isGoing ? 'going' : wanted} ${start}
    ORDER BY r.place, r.user_id LIMIT ${limit}`)
}

/** The last outcomes that say something about a person, as a table with one column `attended`. */
export const lastOutcomes = (userId: string | SQL) => sql`
  SELECT o.outcome = 'attended' AS attended FROM meetup_rsvps o
  WHERE o.user_id = ${userId} AND o.outcome IN ('attended', 'missed') ORDER BY o.ended_at DESC LIMIT ${attendanceOver}`

/** How many meetups ahead the person said going to, counted up to `most`; without the one that is named. */
export const goingAhead = (userId: string | SQL, except: string | SQL, most: number) => sql`
  (SELECT count(*) FROM (SELECT 1 FROM meetup_rsvps o CROSS JOIN meetups ahead ON ahead.id = o.meetup_id
    WHERE o.user_id = ${userId} AND o.ended_at IS NULL AND o.status = 'going' AND o.meetup_id <> ${except}
      AND ahead.state = 'scheduled' LIMIT ${most}))`

export async function findAttendance(ctx: UserCtx): Promise<Attendance & { ahead: number }> {
  const { userId } = ctx.actor
  const [row] = await ctx.db.all<Attendance & { ahead: number }>(sql`
    SELECT count(*) AS counted, coalesce(sum(attended), 0) AS attended, ${goingAhead(userId, '', 100)} AS ahead
    FROM (${lastOutcomes(userId)})`)
  return row ?? { counted: 0, attended: 0, ahead: 0 }
}

/** Until when the caller may only read there; null for most. */
export async function findMutedUntil(ctx: UserCtx, channelId: string): Promise<number | null> {
  const [row] = await ctx.db.all<{ at: number | null }>(
    sql`SELECT ${mutedUntilIn(ctx.actor.userId, sql`${channelId}`)} AS at`,
  )
  return row?.at ?? null
}
