import { offsetAt } from '../shared/zones'
import { utcTime } from './ics'

const dayMs = 24 * 60 * 60_000
/** No zone changes its clocks twice within as little. */
const stepMs = 7 * dayMs

interface Change {
  /** The first instant of the new offset. */
  at: number
  before: number
  after: number
}

/** When the clocks of a zone change between two instants. Offsets in milliseconds. */
export function listChanges(zone: string, from: number, to: number): Change[] {
  const changes: Change[] = []
  let before = offsetAt(from, zone)
  for (let at = from; at < to; at += stepMs) {
    const next = Math.min(at + stepMs, to)
    const after = offsetAt(next, zone)
    if (after === before) continue
    changes.push({ at: findChange(zone, at, next, before), before, after })
    before = after
  }
  return changes
}

/** The first second in (low, high] at which the offset is no longer `before`. */
function findChange(zone: string, low: number, high: number, before: number): number {
  let [below, above] = [Math.floor(low / 1000), Math.ceil(high / 1000)]
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (offsetAt(middle * 1000, zone) === before) below = middle
    else above = middle
  }
  return above * 1000
}

function offsetText(offset: number): string {
  const minutes = Math.abs(Math.round(offset / 60_000))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`
}

/**
 * A VTIMEZONE for everything between two instants: each change of clocks by itself, because rules by which they repeat
 * are a guess about the years to come.
 */
export function vtimezone(zone: string, from: number, to: number): string[] {
  const first = offsetAt(from, zone)
  const observance = (kind: string, start: string, before: number, after: number) => [
    `BEGIN:${kind}`,
    `DTSTART:${start}`,
    `TZOFFSETFROM:${offsetText(before)}`,
    `TZOFFSETTO:${offsetText(after)}`,
    `END:${kind}`,
  ]
  return [
    'BEGIN:VTIMEZONE',
    `TZID:${zone}`,
    ...observance('STANDARD', '19700101T000000', first, first),
    ...listChanges(zone, from, to).flatMap(({ at, before, after }) =>
      // An observance starts when the clocks of before would show this.
      observance(after > before ? 'DAYLIGHT' : 'STANDARD', utcTime(at + before).slice(0, -1), before, after),
    ),
    'END:VTIMEZONE',
  ]
}
