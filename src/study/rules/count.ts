import type { DayCount, DayZone, Finished, Running, Segment } from '../contract'
import { type End, segmentsUntil, shortestMs } from './clock'
import { cutByDay, dateOf } from './days'
import { xpFor } from './xp'

/** What of a session counts, by day. */

/** Nobody studies more than 16 hours of a day. */
export const dayCapSeconds = 16 * 3600

type CountedOf = (on: string) => number

/** Counted seconds by day, the oldest first. @param countedOf what the day has already */
export function countDays(segments: readonly Segment[], zone: DayZone, countedOf: CountedOf): DayCount[] {
  const milliseconds = new Map<string, number>()
  for (const segment of segments)
    if (segment.kind === 'active')
      for (const { day, from, to } of cutByDay(segment, zone))
        milliseconds.set(dateOf(day), (milliseconds.get(dateOf(day)) ?? 0) + to - from)
  return [...milliseconds]
    .map(([on, ms]) => ({
      on,
      seconds: Math.min(Math.floor(ms / 1000), Math.max(0, dayCapSeconds - countedOf(on))),
    }))
    .filter(({ seconds }) => seconds > 0)
}

/** A session as it is stored for good; null for one that is too short to leave a trace. */
export function finish(session: Running, end: End, countedOf: CountedOf): Finished | null {
  if (end.at - session.startedAt < shortestMs) return null
  const segments = segmentsUntil(session, end)
  const days = countDays(segments, session, countedOf)
  const seconds = days.reduce((sum, day) => sum + day.seconds, 0)
  const { id, startedAt, timezone, dayStartHour, roomId, subjectId, todoId, task } = session
  return {
    ...{ id, startedAt, endedAt: end.at, endReason: end.reason },
    ...{ timezone, dayStartHour, roomId, subjectId, todoId, task },
    ...{ segments, days, seconds, xp: xpFor(seconds), reason: null },
  }
}
