import { listDates } from '../shared/recurrence'
import { instantOf, localOf } from '../shared/zones'
import { maxAheadDays, plannedDays, type Repeat } from './rules'

const dayMs = 24 * 60 * 60_000

/** What the clocks of a zone show when something starts. */
export interface LocalStart {
  startsOn: string
  startsTime: string
  timezone: string
}

/** `2027-03-04T18:30` in two. */
export function splitLocal(startsAt: string): { startsOn: string; startsTime: string } {
  const [startsOn = '', startsTime = ''] = startsAt.split('T')
  return { startsOn, startsTime }
}

export const startOf = ({ startsOn, startsTime, timezone }: LocalStart) => instantOf(startsOn, startsTime, timezone)

export const addDays = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

interface Wanted {
  frequency: Repeat['frequency']
  interval: number
  weekdays: number[]
  until?: string | undefined
  count?: number | undefined
}

/** A repeat with its last date, or null when the first meetup is not on a day of it. */
export function closeRepeat({ until, count, ...wanted }: Wanted, startsOn: string): Repeat | null {
  const last = addDays(startsOn, maxAheadDays)
  const asked = until !== undefined && until < last ? until : last
  const dates = listDates(wanted, { startsOn, from: startsOn, until: asked, limit: count ?? 1 })
  if (dates[0] !== startsOn) return null
  return { ...wanted, until: count === undefined ? asked : (dates.at(-1) ?? startsOn) }
}

export interface Plan {
  dates: string[]
  /** The first date that is not planned yet; null when there is none. */
  nextOn: string | null
}

/**
 * The dates from `from` on that are to be planned now: those of the coming weeks and the one after them, so that there
 * is always a next one.
 * @param most how many at once
 */
export function planDates(
  { startsOn, timezone, repeat }: LocalStart & { repeat: Repeat },
  { from, now, most }: { from: string; now: number; most: number },
): Plan {
  const horizon = horizonOf(now, timezone)
  const found = listDates(repeat, { startsOn, from, until: repeat.until, limit: most + 1 })
  const near = found.filter((date) => date <= horizon).length
  const dates = found.slice(0, Math.min(near + 1, most))
  return { dates, nextOn: found[dates.length] ?? null }
}

export const horizonOf = (now: number, timezone: string) => addDays(localOf(now, timezone).date, plannedDays)
