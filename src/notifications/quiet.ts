import { instantOf, localOf } from '../shared/zones'
import type { Frequency, QuietRange } from './tables'

const dayMs = 24 * 60 * 60_000
const hourMs = 60 * 60_000

/** Minutes since midnight as `HH:MM`; the end of a day is 24:00. */
export const clockOf = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

export function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':')
  return Number(hours) * 60 + Number(minutes)
}

const dateOf = (day: number) => new Date(day).toISOString().slice(0, 10)
/** 1 is Monday. */
const weekdayOf = (date: string) => new Date(`${date}T00:00:00Z`).getUTCDay() || 7

function instantAt(date: string, minute: number, zone: string): number {
  const day = Date.parse(`${date}T00:00:00Z`) + Math.floor(minute / 1440) * dayMs
  const clock = minute % 1440
  return instantOf(dateOf(day), clockOf(clock), zone)
}

/** The last time at which clocks show what `at` shows: an hour that comes twice is quiet twice. */
function lastAlike(at: number, zone: string): number {
  const shown = localOf(at, zone).time
  for (const later of [hourMs, hourMs / 2]) if (localOf(at + later, zone).time === shown) return at + later
  return at
}

/**
 * When the quiet in which an instant lies is over, ranges that touch taken as one; null when it is not quiet. Instants
 * are milliseconds since 1970.
 */
export function quietUntil(now: number, ranges: readonly QuietRange[], zone: string): number | null {
  if (ranges.length === 0) return null
  const today = Date.parse(`${localOf(now, zone).date}T00:00:00Z`)
  // A week and a day ahead: nobody is kept waiting longer, whatever the ranges are.
  const spans = Array.from({ length: 10 }, (_, at) => dateOf(today + (at - 1) * dayMs)).flatMap((date) =>
    ranges
      .filter(({ weekday }) => weekday === weekdayOf(date))
      .map(({ startMinute, endMinute }) => ({
        start: instantAt(date, startMinute, zone),
        end: lastAlike(instantAt(date, endMinute > startMinute ? endMinute : endMinute + 1440, zone), zone),
      })),
  )
  let until = now
  for (;;) {
    const at = until
    for (const { start, end } of spans) if (start <= at && end > at) until = Math.max(until, end)
    if (until === at) return until > now ? until : null
  }
}

/** The next instant at which the clocks show this hour, on this weekday for a weekly digest. */
export function nextDigest(
  now: number,
  frequency: Extract<Frequency, 'daily' | 'weekly'>,
  { hour, weekday, zone }: { hour: number; weekday: number; zone: string },
): number {
  const today = Date.parse(`${localOf(now, zone).date}T00:00:00Z`)
  for (let day = 0; day <= 8; day += 1) {
    const date = dateOf(today + day * dayMs)
    if (frequency === 'weekly' && weekdayOf(date) !== weekday) continue
    const at = instantAt(date, hour * 60, zone)
    if (at > now) return at
  }
  return now + 7 * dayMs
}
