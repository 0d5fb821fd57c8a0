import type { UserCtx } from '../../app/context'
import type { DayZone } from '../contract'
import { changeZone, dateOf, zoneAt } from '../rules/days'
import { findZone } from '../stats-store'
import { replaceZone } from '../store'

/**
 * The statements that go with a change of the caller's zone or day start: days of study run by it from the next of the
 * caller's days on, so that the one that runs is neither cut nor made longer.
 */
export async function planZone(ctx: UserCtx, change: Partial<DayZone>) {
  if (change.timezone === undefined && change.dayStartHour === undefined) return []
  const known = await findZone(ctx)
  const { timezone, dayStartHour } = zoneAt(ctx.now(), known.changes, known)
  const old = { timezone, dayStartHour }
  const next = { timezone: change.timezone ?? known.timezone, dayStartHour: change.dayStartHour ?? known.dayStartHour }
  if (next.timezone === timezone && next.dayStartHour === dayStartHour) return replaceZone(ctx, old, null)
  const { from, on, skipped } = changeZone(ctx.now(), old, next)
  return replaceZone(ctx, old, { ...next, from, startsOn: dateOf(on), skippedDays: skipped })
}
