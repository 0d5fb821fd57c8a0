import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import type { Repeat } from '../meetups/rules'
import { meetupRsvps, meetupSeries, meetups } from '../meetups/tables'
import { todos } from '../todos/tables'
import { users } from '../users/tables'
import { calendarFeeds } from './tables'

/** Makes the person's address anew; the one of before leads nowhere any more. */
export async function upsertFeed(ctx: UserCtx, tokenHash: string): Promise<void> {
  await ctx.db.run(sql`
    INSERT INTO calendar_feeds (user_id, token_hash, created_at) VALUES (${ctx.actor.userId}, ${tokenHash}, ${ctx.now()})
    ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at`)
}

export async function deleteFeed(ctx: UserCtx): Promise<void> {
  await ctx.db.run(sql`DELETE FROM calendar_feeds WHERE user_id = ${ctx.actor.userId}`)
}

/** Whose calendar a secret opens; null for nobody's. */
export async function findFeedOwner(ctx: Ctx, tokenHash: string): Promise<string | null> {
  const [row] = await ctx.db.all<{ userId: string }>(sql`
    SELECT f.user_id AS userId FROM ${calendarFeeds} f JOIN ${users} u ON u.id = f.user_id AND u.status = 'active'
    WHERE f.token_hash = ${tokenHash}`)
  return row?.userId ?? null
}

interface Entry {
  title: string
  description: string
  location: string | null
  startsOn: string
  startsTime: string
  timezone: string
  durationMinutes: number
  sequence: number
  updatedAt: number
  channelName: string
}

export interface SeriesEntry extends Entry {
  id: string
  repeat: Repeat
  firstOn: string
  cancelledAt: number | null
}

export interface MeetupEntry extends Entry {
  id: string
  seriesId: string | null
  /** What its series gave it; null without a series. */
  seriesTime: string | null
  seriesZone: string | null
  occursOn: string
  startsAt: number
  state: 'scheduled' | 'active' | 'completed' | 'cancelled'
  status: 'going' | 'maybe' | 'not_going' | null
  seated: number | null
  remindMinutes: number | null
  answeredAt: number | null
}

export interface TodoEntry {
  id: string
  text: string
  dueOn: string | null
  dueAt: number | null
  version: number
  updatedAt: number
}

export interface Entries {
  series: SeriesEntry[]
  meetups: MeetupEntry[]
  todos: TodoEntry[]
}

/** How much one calendar holds of each kind at most. */
export const mostEntries = 1000

const entryColumns = (of: 'm' | 's') =>
  sql.raw(
    [
      ...[`${of}.id`, `${of}.title`, `${of}.description`, `${of}.location`, `${of}.timezone`, `${of}.sequence`],
      ...[
        `${of}.starts_time AS startsTime`,
        `${of}.duration_minutes AS durationMinutes`,
        `${of}.starts_on AS startsOn`,
      ],
      ...[`${of}.updated_at AS updatedAt`, 'c.name AS channelName'],
    ].join(', '),
  )

/** What a person's calendar holds from a date on: meetups of their rooms and groups, and what they have to do. */
export async function listEntries(ctx: Ctx, userId: string, from: { on: string; at: number }): Promise<Entries> {
  const [series, found, due] = await ctx.db.batch([
    ctx.db.all<Omit<SeriesEntry, 'repeat'> & { repeat: string }>(sql`
      SELECT ${entryColumns('s')}, s.repeat, s.first_on AS firstOn, s.cancelled_at AS cancelledAt
      FROM memberships mine CROSS JOIN channels c ON c.id = mine.channel_id
      CROSS JOIN ${meetupSeries} s ON s.channel_id = mine.channel_id
      WHERE mine.user_id = ${userId} AND mine.state = 'active' AND s.repeat ->> 'until' >= ${from.on}
        AND s.first_on <= s.repeat ->> 'until'
      LIMIT ${mostEntries}`),
    ctx.db.all<MeetupEntry>(sql`
      ${selectMeetups(userId, from.at, sql`'scheduled', 'active'`)} UNION ALL
      ${selectMeetups(userId, from.at, sql`'completed', 'cancelled'`)} LIMIT ${mostEntries}`),
    ctx.db.all<TodoEntry>(sql`
      ${selectTodos(sql`t.list_id = ${userId}`)} UNION
      ${selectTodos(sql`t.assignee_id = ${userId} AND t.assignee_id IS NOT NULL`)} LIMIT ${mostEntries}`),
  ])
  return { series: series.map((row) => ({ ...row, repeat: JSON.parse(row.repeat) })), meetups: found, todos: due }
}

// D1 binds every number as a float, and a float bound costs one more read for each row of a range.
const whole = (value: number) => sql`CAST(${value} AS INTEGER)`

/** Meetups that stand alone, and those that differ from their series or that the person has answered to. */
const selectMeetups = (userId: string, from: number, states: SQL) => sql`
  SELECT ${entryColumns('m')}, m.series_id AS seriesId, s.starts_time AS seriesTime, s.timezone AS seriesZone,
    m.occurs_on AS occursOn, m.starts_at AS startsAt, m.state, r.status, r.seated, r.remind_minutes AS remindMinutes,
    r.answered_at AS answeredAt
  FROM memberships mine CROSS JOIN channels c ON c.id = mine.channel_id
  CROSS JOIN ${meetups} m ON m.channel_id = mine.channel_id
  LEFT JOIN ${meetupSeries} s ON s.id = m.series_id
  LEFT JOIN ${meetupRsvps} r ON r.meetup_id = m.id AND r.user_id = ${userId}
  WHERE mine.user_id = ${userId} AND mine.state = 'active' AND m.state IN (${states}) AND m.starts_at >= ${whole(from)}
    AND (m.series_id IS NULL OR m.is_changed = 1 OR m.state = 'cancelled' OR r.status IS NOT NULL)`

const selectTodos = (whose: SQL) => sql`
  SELECT t.id, t.text, t.due_on AS dueOn, t.due_at AS dueAt, t.version, t.updated_at AS updatedAt FROM ${todos} t
  WHERE ${whose} AND t.completed_at IS NULL AND (t.due_on IS NOT NULL OR t.due_at IS NOT NULL)`
