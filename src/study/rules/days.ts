import type { DayZone, Span } from '../contract'

/** Days of a person: the calendar of an IANA zone, moved by the hour at which the day starts. Days have 23 to 25 hours. */

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone)
  if (!format) {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
    const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, ...fields, ...time })
    formats.set(timezone, format)
  }
  return format
}

/** What the clock on the wall shows, as if that were UTC. */
function wallAt(at: number, timezone: string): number {
  const shown: Record<string, number> = {}
  for (const { type, value } of formatOf(timezone).formatToParts(at)) shown[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000)
}

const offsetAt = (at: number, timezone: string) => wallAt(at, timezone) - at

/** Days since 1970 of a date of the calendar, and back. */
export const numberOf = (on: string) => Date.parse(`${on}T00:00:00Z`) / dayMs
export const dateOf = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10)

/** The moment at which a day starts: the first at which the wall shows its hour, or would if the clock did not jump over it. */
export function startOfDay(day: number, { timezone, dayStartHour }: DayZone): number {
  const wall = day * dayMs + dayStartHour * hourMs
  const offsets = [offsetAt(wall - dayMs, timezone), offsetAt(wall + dayMs, timezone)]
  const exact = offsets.map((offset) => wall - offset).filter((at) => wallAt(at, timezone) === wall)
  if (exact.length > 0) return Math.min(...exact)
  let [before, after] = [wall - Math.max(...offsets), wall - Math.min(...offsets)]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (wallAt(middle, timezone) >= wall) after = middle
    else before = middle
  }
  return after
}

/** The day to which a moment belongs. */
export function dayAt(at: number, zone: DayZone): number {
  const day = Math.floor((wallAt(at, zone.timezone) - zone.dayStartHour * hourMs) / dayMs)
  // Where a clock goes back over the start of a day, the day has begun all the same.
  return at >= startOfDay(day + 1, zone) ? day + 1 : day
}

/** Cuts a span at the starts of days. */
export function cutByDay({ from, to }: Span, zone: DayZone): (Span & { day: number })[] {
  const parts: (Span & { day: number })[] = []
  let start = from
  for (let day = dayAt(from, zone); start < to; day += 1) {
    const end = Math.min(to, startOfDay(day + 1, zone))
    if (end > start) parts.push({ day, from: start, to: end })
    start = end
  }
  return parts
}

/** How days run at a moment. @param changes the oldest first */
export const zoneAt = (at: number, changes: readonly (DayZone & { from: number })[], otherwise: DayZone): DayZone =>
  changes.findLast(({ from }) => from <= at) ?? otherwise

/**
 * When a change takes effect that is made now, with the next day; and how many days of the calendar the person jumps over
 * by it, which happens on the way east. On the way west a date may come twice: it is one day then.
 */
export function changeZone(now: number, old: DayZone, next: DayZone): { from: number; on: number; skipped: number } {
  const today = dayAt(now, old)
  const from = startOfDay(today + 1, old)
  const on = dayAt(from, next)
  return { from, on, skipped: Math.max(0, on - today - 1) }
}

export const periods = ['day', 'week', 'month'] as const
export type Period = (typeof periods)[number]

/** The first and the last day of the period around a day; weeks start on Monday. */
export function periodAround(day: number, period: Period): { first: number; last: number } {
  if (period === 'day') return { first: day, last: day }
  if (period === 'week') {
    // Day 0 was a Thursday.
    const monday = day - ((((day + 3) % 7) + 7) % 7)
    return { first: monday, last: monday + 6 }
  }
  const date = new Date(day * dayMs)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return { first: Date.UTC(year, month, 1) / dayMs, last: Date.UTC(year, month + 1, 1) / dayMs - 1 }
}
