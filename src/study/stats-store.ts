import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { channels, memberships } from '../channels/tables'
import { idStart } from '../shared/ids'
import { subjects } from '../subjects/tables'
import type { Streak } from './contract'
import { selectPomodoros } from './pomodoro-store'
import { selectZone, toZone } from './store'
import { studyDays, studyGoals, studySessions, studyStandings, xpLedger } from './tables'

export interface DayTotal {
  on: string
  seconds: number
  manualSeconds: number
}

/** A range of days, both inside. */
export interface Dates {
  from: string
  to: string
}

/** The statement that reads the caller's totals of those days on which there is something. */
export const selectDays = (ctx: UserCtx, { from, to }: Dates) =>
  ctx.db.all<DayTotal>(sql`
    SELECT studied_on AS "on", seconds, manual_seconds AS manualSeconds FROM ${studyDays}
    WHERE user_id = ${ctx.actor.userId} AND studied_on BETWEEN ${from} AND ${to} ORDER BY studied_on`)

export async function findZone(ctx: UserCtx) {
  return toZone(await selectZone(ctx, ctx.actor.userId))
}

/** What a statistic is about: days, and from when to when their sessions may have begun. */
export interface StatsRange extends Dates {
  startsAt: number
  endsAt: number
}

const begunIn = ({ startsAt, endsAt }: StatsRange) => ({ from: startsAt - longestMs, to: endsAt })

export async function listDays(ctx: UserCtx, range: StatsRange) {
  const [rows, pomodoros] = await ctx.db.batch([selectDays(ctx, range), selectPomodoros(ctx, begunIn(range))])
  return { rows, pomodoros }
}

export interface ShareRow {
  id: string | null
  name: string | null
  sessions: number
  seconds: number
  manualSeconds: number
}

/** A session may have begun this long before the first day that it counts for. */
const longestMs = 72 * 3_600_000

/** The caller's totals of some days by subject or room. Rooms have names only for their members. */
export async function listShares(ctx: UserCtx, by: 'subject' | 'room', range: StatsRange) {
  const { userId } = ctx.actor
  const [key, name, join]: [SQL, SQL, SQL] =
    by === 'subject'
      ? [sql`s.subject_id`, sql`named.name`, sql`LEFT JOIN ${subjects} named ON named.id = s.subject_id`]
      : [
          sql`s.room_id`,
          sql`iif(m.state = 'active', named.name, NULL)`,
          sql`LEFT JOIN ${channels} named ON named.id = s.room_id AND named.deleted_at IS NULL
            LEFT JOIN ${memberships} m ON m.channel_id = named.id AND m.user_id = ${userId}`,
        ]
  const begun = begunIn(range)
  const [rows, pomodoros] = await ctx.db.batch([
    ctx.db.all<ShareRow>(sql`
    SELECT ${key} AS id, ${name} AS name, count(DISTINCT s.id) AS sessions,
      sum(iif(s.end_reason = 'manual', 0, part.value ->> 'seconds')) AS seconds,
      sum(iif(s.end_reason = 'manual', part.value ->> 'seconds', 0)) AS manualSeconds
    FROM ${studySessions} s CROSS JOIN json_each(s.days) AS part ${join}
    WHERE s.user_id = ${userId} AND s.id >= ${idStart('study', begun.from)}
      AND s.id < ${idStart('study', begun.to)} AND part.value ->> 'on' BETWEEN ${range.from} AND ${range.to}
    GROUP BY 1 ORDER BY seconds DESC, manualSeconds DESC, id`),
    selectPomodoros(ctx, begun),
  ])
  return { rows, pomodoros }
}

export interface GoalRow {
  dayMinutes: number | null
  weekMinutes: number | null
}

export async function findProgress(ctx: UserCtx, dates: Dates) {
  const [days, [goals]] = await ctx.db.batch([
    selectDays(ctx, dates),
    ctx.db.all<GoalRow>(sql`
      SELECT day_minutes AS dayMinutes, week_minutes AS weekMinutes FROM ${studyGoals}
      WHERE user_id = ${ctx.actor.userId}`),
  ])
  return { days, goals: goals ?? { dayMinutes: null, weekMinutes: null } }
}

export async function upsertGoals(ctx: UserCtx, { dayMinutes, weekMinutes }: GoalRow): Promise<void> {
  await ctx.db.run(sql`
    INSERT INTO ${studyGoals} (user_id, day_minutes, week_minutes) VALUES (${ctx.actor.userId}, ${dayMinutes}, ${weekMinutes})
    ON CONFLICT (user_id) DO UPDATE SET day_minutes = excluded.day_minutes, week_minutes = excluded.week_minutes`)
}

interface StandingRow {
  xp: number
  days: number
  longest: number
  lastOn: string | null
  freezes: number
  towardsFreeze: number
}

const selectStanding = (ctx: UserCtx) =>
  ctx.db.all<StandingRow>(sql`
    SELECT xp, streak_days AS days, streak_longest AS longest, streak_last_on AS lastOn, freezes,
      towards_freeze AS towardsFreeze FROM ${studyStandings} WHERE user_id = ${ctx.actor.userId}`)

export async function findStreak(ctx: UserCtx) {
  const [[standing], zone] = await ctx.db.batch([selectStanding(ctx), selectZone(ctx, ctx.actor.userId)])
  const streak: Streak | null = standing ?? null
  return { streak, zone: toZone(zone) }
}

export interface LedgerRow {
  sourceId: string
  rule: string
  amount: number
  at: number
}

/** The sum of the caller's ledger, and a page of it: what was studied last comes first. */
export async function findLedger(ctx: UserCtx, before: { sourceId: string; rule: string } | null, limit: number) {
  const start = before ? sql`AND (source_id, rule) < (${before.sourceId}, ${before.rule})` : sql``
  const [[standing], rows] = await ctx.db.batch([
    selectStanding(ctx),
    ctx.db.all<LedgerRow>(sql`
      SELECT source_id AS sourceId, rule, amount, at FROM ${xpLedger}
      WHERE user_id = ${ctx.actor.userId} AND source_type = 'session' ${start}
      ORDER BY source_id DESC, rule DESC LIMIT ${limit}`),
  ])
  return { xp: standing?.xp ?? 0, rows }
}
