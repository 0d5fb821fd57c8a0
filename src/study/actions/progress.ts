import type { UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import type { SessionView } from '../contract'
import type { PomodoroRow } from '../pomodoro-store'
import { dateOf, dayAt, numberOf, periodAround, startOfDay, zoneAt } from '../rules/days'
import { heatOf, maxStatsDays, percentOf } from '../rules/limits'
import { frozenOn, noStreak, skipsOf, streakOn } from '../rules/streak'
import { levelOf, levelStart } from '../rules/xp'
import type { GoalsInput, SessionsQuery, StatsQuery } from '../schemas'
import {
  type DayTotal,
  findLedger,
  findProgress,
  findStreak,
  findZone,
  listDays,
  listShares,
  type ShareRow,
  upsertGoals,
} from '../stats-store'
import type { ZoneRow } from '../store'
import { showCurrent } from './sessions'

export const todayOf = (ctx: UserCtx, zone: ZoneRow) => dayAt(ctx.now(), zoneAt(ctx.now(), zone.changes, zone))

const datesFrom = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => dateOf(first + n))

const sumOf = (rows: readonly { seconds: number; manualSeconds: number }[]) => ({
  countedSeconds: rows.reduce((sum, { seconds }) => sum + seconds, 0),
  manualSeconds: rows.reduce((sum, { manualSeconds }) => sum + manualSeconds, 0),
})

/** What was studied in a range of days, by day, subject or room. Sessions count once they are over. */
export async function showStats(ctx: UserCtx, { from, to, by }: StatsQuery) {
  const zone = await findZone(ctx)
  const last = to
    ? numberOf(to)
    : from
      ? Math.max(numberOf(from), Math.min(todayOf(ctx, zone), numberOf(from) + maxStatsDays - 1))
      : todayOf(ctx, zone)
  const first = from ? numberOf(from) : last - 29
  const range = { from: dateOf(first), to: dateOf(last), by }
  const current = zoneAt(ctx.now(), zone.changes, zone)
  const [startsAt, endsAt] = [startOfDay(first, current), startOfDay(last + 2, current)]
  const days = { ...range, startsAt, endsAt }
  if (by === 'day') {
    const { rows, pomodoros } = await listDays(ctx, days)
    const counts = countBy(pomodoros, range, ({ on }) => on)
    const data = heatMap(first, last, rows).map((day) => ({ ...day, pomodoros: counts.get(day.on) ?? 0 }))
    return { ...range, ...sumOf(rows), pomodoros: total(counts), data }
  }
  const { rows, pomodoros } = await listShares(ctx, by, days)
  const counts = countBy(pomodoros, range, (one) => (by === 'subject' ? one.subjectId : one.roomId))
  const data = rows.map((row) => ({ ...toShare(row, by), pomodoros: counts.get(row.id) ?? 0 }))
  return { ...range, ...sumOf(rows), pomodoros: total(counts), data }
}

const total = (counts: Map<unknown, number>) => counts.values().reduce((sum, count) => sum + count, 0)

/** How many pomodoros of a range of days there are by what. One belongs to the day on which its last moment was. */
function countBy<Key>(
  rows: readonly PomodoroRow[],
  { from, to }: { from: string; to: string },
  keyOf: (one: PomodoroRow & { on: string }) => Key,
): Map<Key, number> {
  const counts = new Map<Key, number>()
  for (const row of rows)
    for (const endedAt of JSON.parse(row.ended) as number[]) {
      const on = dateOf(dayAt(endedAt - 1, row))
      if (on < from || on > to) continue
      const key = keyOf({ ...row, on })
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  return counts
}

function heatMap(first: number, last: number, rows: readonly DayTotal[]) {
  const known = new Map(rows.map((row) => [row.on, row]))
  return datesFrom(first, last).map((on) => {
    const { seconds = 0, manualSeconds = 0 } = known.get(on) ?? {}
    return { on, level: heatOf(seconds + manualSeconds), countedSeconds: seconds, manualSeconds }
  })
}

function toShare({ id, name, sessions, seconds, manualSeconds }: ShareRow, by: 'subject' | 'room') {
  const what = id === null || name === null ? null : { id, name }
  return {
    ...(by === 'subject' ? { subject: what } : { room: what }),
    sessions,
    countedSeconds: seconds,
    manualSeconds,
  }
}

/** @throws page.bad_cursor */
export async function showExperience(ctx: UserCtx, { limit, cursor }: SessionsQuery) {
  const binding = `xp ${ctx.actor.userId}`
  const at = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const before = at && { sourceId: String(at[0]), rule: String(at[1]) }
  const { xp, rows } = await findLedger(ctx, before, limit + 1)
  const { rows: page, last } = cutPage(rows, limit)
  const level = levelOf(xp)
  return {
    ...{ xp, level, levelStartsAt: levelStart(level), nextLevelAt: levelStart(level + 1) },
    data: page.map(({ amount, rule, sourceId, at }) => ({
      amount,
      rule,
      sessionId: sourceId,
      at: new Date(at).toISOString(),
    })),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.sourceId, last.rule])),
  }
}

export async function showStreak(ctx: UserCtx) {
  const { streak, zone } = await findStreak(ctx)
  const { frozenDays, ...shown } = streakOn(streak ?? noStreak, dateOf(todayOf(ctx, zone)), skipsOf(zone.changes))
  return { ...shown, frozenOn: shown.lastOn === null ? [] : frozenOn(shown.lastOn, frozenDays) }
}

/** The caller's goals and how far today and this week are, the session that runs included. */
export async function showGoals(ctx: UserCtx) {
  const [zone, { session }] = await Promise.all([findZone(ctx), showCurrent(ctx)])
  const today = todayOf(ctx, zone)
  const week = periodAround(today, 'week')
  const { days, goals } = await findProgress(ctx, { from: dateOf(week.first), to: dateOf(week.last) })
  const progress = (first: number, last: number, minutes: number | null) => {
    const within = (on: string) => on >= dateOf(first) && on <= dateOf(last)
    const { countedSeconds, manualSeconds } = sumOf(days.filter(({ on }) => within(on)))
    const counted = countedSeconds + secondsNow(session, within)
    const percent = percentOf(counted + manualSeconds, minutes)
    return { from: dateOf(first), to: dateOf(last), minutes, countedSeconds: counted, manualSeconds, percent }
  }
  return { day: progress(today, today, goals.dayMinutes), week: progress(week.first, week.last, goals.weekMinutes) }
}

const secondsNow = (session: SessionView | null, within: (on: string) => boolean) =>
  (session?.days ?? []).reduce((sum, { on, countedSeconds }) => (within(on) ? sum + countedSeconds : sum), 0)

export async function setGoals(ctx: UserCtx, goals: GoalsInput) {
  await upsertGoals(ctx, goals)
  return showGoals(ctx)
}
