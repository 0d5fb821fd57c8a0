import { RRule } from 'rrule'

/** How something comes again, in calendar dates; the time of day is the caller's. */
export interface Recurrence {
  frequency: 'daily' | 'weekly' | 'monthly'
  /** Every how many days, weeks or months. */
  interval: number
  /** Of weekly ones: 1 is Monday. Empty: the weekday on which it began. */
  weekdays: readonly number[]
}

/** What comes again does so for ten years at most. */
export const maxYears = 10

const frequencies = { daily: RRule.DAILY, weekly: RRule.WEEKLY, monthly: RRule.MONTHLY }
const weekdays = [RRule.MO, RRule.TU, RRule.WE, RRule.TH, RRule.FR, RRule.SA, RRule.SU]

const utc = (date: string) => new Date(`${date}T00:00:00Z`)

/** The 31st of a month without one is its last day: the last of those days that the month has. */
function daysOfMonth(date: string) {
  const day = utc(date).getUTCDate()
  if (day <= 28) return {}
  return { bymonthday: Array.from({ length: day - 27 }, (_, at) => 28 + at), bysetpos: -1 }
}

/** The rule of a recurrence, in dates at midnight UTC. */
function ruleOf(
  { frequency, interval, weekdays: days }: Recurrence,
  { startsOn, until }: { startsOn: string; until: Date },
): RRule {
  return new RRule(
    {
      ...{ freq: frequencies[frequency], interval, dtstart: utc(startsOn), until, wkst: RRule.MO },
      ...(frequency === 'weekly' && days.length > 0
        ? { byweekday: weekdays.filter((_, at) => days.includes(at + 1)) }
        : {}),
      ...(frequency === 'monthly' ? daysOfMonth(startsOn) : {}),
    },
    true,
  )
}

/**
 * The first date after another one, or null when there is none within ten years of `until`'s beginning.
 * @param startsOn the date from which intervals and the day of the month are counted
 * @param beganOn where the ten years began, when that was earlier
 */
export function nextDate(
  recurrence: Recurrence,
  { startsOn, after, beganOn = startsOn }: { startsOn: string; after: string; beganOn?: string },
): string | null {
  const until = utc(beganOn)
  until.setUTCFullYear(until.getUTCFullYear() + maxYears)
  return ruleOf(recurrence, { startsOn, until }).after(utc(after))?.toISOString().slice(0, 10) ?? null
}

/** Up to `limit` dates from one on, that one included, until another one. */
export function listDates(
  recurrence: Recurrence,
  { startsOn, from, until, limit }: { startsOn: string; from: string; until: string; limit: number },
): string[] {
  const dates: string[] = []
  if (from > until || limit < 1) return dates
  ruleOf(recurrence, { startsOn, until: utc(until) }).between(utc(from), utc(until), true, (date) => {
    dates.push(date.toISOString().slice(0, 10))
    return dates.length < limit
  })
  return dates
}

/** The same as an RRULE value of RFC 5545. @param until the last start, as an instant */
export function ruleText(recurrence: Recurrence, { startsOn, until }: { startsOn: string; until: number }): string {
  const { dtstart: _, ...options } = ruleOf(recurrence, { startsOn, until: new Date(until) }).origOptions
  return RRule.optionsToString(options).replace(/^RRULE:/, '')
}
