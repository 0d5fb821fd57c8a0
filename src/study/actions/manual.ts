import type { UserCtx } from '../../app/context'
import { idAt } from '../../shared/ids'
import { reach } from '../../shared/reach'
import { subjectErrors } from '../../subjects/errors'
import type { SessionView } from '../contract'
import { studyErrors } from '../errors'
import { cutByDay, dateOf, dayAt, periodAround, startOfDay, zoneAt } from '../rules/days'
import { manualPerMonth, oldestManualMs } from '../rules/limits'
import { viewOfFinished } from '../rules/view'
import type { ManualInput } from '../schemas'
import { findZone } from '../stats-store'
import { findSubjectName, insertManual } from '../store'

/**
 * Enters time by hand that the clock did not count.
 * @throws study.manual_in_future, study.manual_too_old, study.manual_overlaps, study.manual_too_many, study.day_full,
 *   subject.not_found
 */
export async function enterManually(
  ctx: UserCtx,
  { startedAt, endedAt, subjectId = null, reason }: ManualInput,
): Promise<SessionView> {
  const now = ctx.now()
  const [from, to] = [Date.parse(startedAt), Date.parse(endedAt)]
  if (to > now) throw studyErrors.manualInFuture()
  if (from < now - oldestManualMs) throw studyErrors.manualTooOld()
  const [zone, isKnown, check] = await Promise.all([
    findZone(ctx),
    subjectId === null || findSubjectName(ctx, subjectId),
    // What the clock counts at the moment is in no table yet.
    reach(
      () => ctx.inbox(ctx.actor.userId).checkStudySpan({ from, to }),
      (error) => ctx.log.warn('study.unreachable', { error: String(error) }),
    ),
  ])
  if (isKnown === null) throw subjectErrors.notFound()
  if (check === 'future') throw studyErrors.manualInFuture()
  if (check === 'overlaps') throw studyErrors.manualOverlaps()

  const { timezone, dayStartHour } = zoneAt(from, zone.changes, zone)
  const days = cutByDay({ from, to }, { timezone, dayStartHour }).map((part) => ({
    on: dateOf(part.day),
    seconds: Math.floor((part.to - part.from) / 1000),
  }))
  const current = zoneAt(now, zone.changes, zone)
  const monthStart = startOfDay(periodAround(dayAt(now, current), 'month').first, current)
  const entry = {
    ...{
      id: idAt('study', from, ctx.newId),
      startedAt: from,
      endedAt: to,
      subjectId,
      reason,
      timezone,
      dayStartHour,
      days,
    },
    seconds: days.reduce((sum, { seconds }) => sum + seconds, 0),
    segments: [{ kind: 'manual' as const, from, to }],
  }
  const { session, why } = await insertManual(ctx, entry, monthStart)
  if (session) return viewOfFinished(session)
  if (why.taken) throw studyErrors.manualOverlaps()
  throw why.entries >= manualPerMonth ? studyErrors.manualTooMany() : studyErrors.dayFull()
}
