/** Local dates and times of IANA zones. Dates are `YYYY-MM-DD`, times `HH:MM`, instants milliseconds since 1970. */

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    })
    formats.set(zone, format)
  }
  return format
}

/** Days since 1970, in UTC: for counting somebody once a day. */
export const utcDayOf = (at: number) => Math.floor(at / (24 * 60 * 60_000))

/** What the clocks of a zone show at an instant, as if it were UTC. */
function wallClock(at: number, zone: string): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** How far the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
export const offsetAt = (at: number, zone: string) => wallClock(at, zone) - Math.floor(at / 1000) * 1000

export function localOf(at: number, zone: string): { date: string; time: string } {
  const [date = '', time = ''] = new Date(wallClock(at, zone)).toISOString().split('T')
  return { date, time: time.slice(0, 5) }
}

/**
 * When the clocks of a zone show this. A time that a change of clocks leaves out is moved on by what was left out; of
 * one that comes twice it is the first.
 */
export function instantOf(date: string, time: string, zone: string): number {
  const wanted = Date.parse(`${date}T${time}:00Z`)
  const day = 24 * 60 * 60_000
  // The offsets before and after any change of clocks that can matter.
  const [before, after] = [wanted - day, wanted + day].map((at) => wallClock(at, zone) - at)
  const candidates = [before ?? 0, after ?? 0].map((offset) => wanted - offset)
  const shown = candidates.filter((at) => wallClock(at, zone) === wanted)
  return shown.length > 0 ? Math.min(...shown) : wanted - (before ?? 0)
}
