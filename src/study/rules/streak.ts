import type { DayCount, SkippedDays, Streak, ZoneChange } from '../contract'
import { dateOf, numberOf } from './days'

/** What a day needs to count for the streak. */
export const streakSeconds = 10 * 60
const daysPerFreeze = 7
const mostFreezes = 2

export const noStreak: Streak = { days: 0, longest: 0, lastOn: null, freezes: 0, towardsFreeze: 0 }

export const skipsOf = (changes: readonly ZoneChange[]): SkippedDays[] =>
  changes.flatMap(({ startsOn: on, skippedDays: days }) => (days > 0 ? [{ on, days }] : []))

/** Days from one to another, without those that a change of zone jumped over. */
function daysBetween(from: string, to: string, skips: readonly SkippedDays[]): number {
  const jumped = skips.filter(({ on }) => from < on && on <= to).reduce((sum, { days }) => sum + days, 0)
  return Math.max(0, numberOf(to) - numberOf(from) - jumped)
}

/** The streak from a whole history. @param days one entry a day, the oldest first */
export function streakFrom(days: readonly DayCount[], skips: readonly SkippedDays[]): Streak {
  let streak = noStreak
  for (const { on, seconds } of days) if (seconds >= streakSeconds) streak = withDay(streak, on, skips)
  return streak
}

function withDay(streak: Streak, on: string, skips: readonly SkippedDays[]): Streak {
  const missed = streak.lastOn === null ? 0 : Math.max(0, daysBetween(streak.lastOn, on, skips) - 1)
  const holds = missed <= streak.freezes
  const days = holds ? streak.days + 1 : 1
  const inARow = missed === 0 ? streak.towardsFreeze + 1 : 1
  const left = holds ? streak.freezes - missed : 0
  const earned = inARow === daysPerFreeze
  return {
    days,
    longest: Math.max(streak.longest, days),
    lastOn: on,
    freezes: earned ? Math.min(mostFreezes, left + 1) : left,
    towardsFreeze: earned ? 0 : inARow,
  }
}

/** The streak as it stands today: days missed since have used up freezes, or ended it. Today itself is not missed yet. */
export function streakOn(streak: Streak, today: string, skips: readonly SkippedDays[]) {
  const { days, longest, lastOn, freezes, towardsFreeze } = streak
  const missed = lastOn === null ? 0 : Math.max(0, daysBetween(lastOn, today, skips) - 1)
  if (missed === 0) return { days, longest, lastOn, freezes, towardsFreeze, frozenDays: 0, today: lastOn === today }
  const holds = missed <= freezes
  return {
    ...{ days: holds ? days : 0, longest, lastOn, towardsFreeze: 0 },
    ...{ freezes: holds ? freezes - missed : 0, frozenDays: holds ? missed : 0, today: false },
  }
}

export const frozenOn = (lastOn: string, count: number) =>
  Array.from({ length: count }, (_, n) => dateOf(numberOf(lastOn) + n + 1))
