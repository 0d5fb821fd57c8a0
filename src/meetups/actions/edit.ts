import type { UserCtx } from '../../app/context'
import type { MemberRole } from '../../channels/live/contract'
import { allowsVersion } from '../../shared/etag'
import { untilWritten as retry } from '../../shared/until-written'
import { type Following, findSeries, updateCancelled, updateFollowing, updateMeetup } from '../edit-store'
import { meetupErrors } from '../errors'
import { addDays, splitLocal } from '../occurrences'
import type { MeetupFields } from '../plan-store'
import type { Meetup, MeetupEdit } from '../schemas'
import type { MeetupView } from '../store'
import { placeOn, requireAhead } from './plan'
import { accessToRun, readMeetup, toMeetup } from './read'

/** @throws meetup.busy after ten misses */
const untilWritten = <T>(attempt: () => Promise<T | null>) => retry(attempt, meetupErrors.busy)

type Scope = MeetupEdit['scope']

/**
 * @throws meetup.not_found, channel.membership_required, meetup.not_allowed, meetup.version_conflict, meetup.over,
 *   meetup.begun, meetup.in_the_past, meetup.not_in_series, meetup.below_seats, meetup.busy
 */
export function editMeetup(
  ctx: UserCtx,
  id: string,
  { scope, ...edit }: MeetupEdit,
  ifMatch?: string,
): Promise<Meetup> {
  return untilWritten(async () => {
    const { view, role } = await accessToRun(ctx, id)
    if (!allowsVersion(ifMatch, view.version)) throw meetupErrors.versionConflict({ extra: { version: view.version } })
    requireOpen(view)
    if (view.state === 'active') throw meetupErrors.begun()
    const { startsAt, ...fields } = edit
    const given: Partial<MeetupFields> = { ...fields, ...(startsAt === undefined ? {} : splitLocal(startsAt)) }
    const { capacity } = given
    if (capacity && capacity < Math.min(view.goingCount, view.capacity ?? view.goingCount))
      throw meetupErrors.belowSeats()
    const next = { ...fieldsOf(view), ...given }
    const times = placeOn(next, next.startsOn)
    if (times.startsAt !== view.startsAt) requireAhead(ctx, times.startsAt)
    if (scope === 'following' && view.seriesId !== null) {
      if (next.startsOn !== view.startsOn) throw meetupErrors.notInSeries()
      return (await changeFollowing(ctx, { view, role }, given)) ? readMeetup(ctx, id) : null
    }
    const written = await updateMeetup(ctx, { view, role }, { ...next, ...times })
    return written && toMeetup(written)
  })
}

/**
 * Cancels a meetup for good. May be repeated.
 * @throws meetup.not_found, channel.membership_required, meetup.not_allowed, meetup.over, meetup.busy
 */
export async function cancelMeetup(ctx: UserCtx, id: string, scope: Scope): Promise<void> {
  await untilWritten(async () => {
    const { view, role } = await accessToRun(ctx, id)
    if (view.state === 'cancelled') return true
    requireOpen(view)
    const all = scope === 'following' && view.seriesId !== null
    if (all && view.state === 'scheduled') return (await changeFollowing(ctx, { view, role }, null)) || null
    if (!(await updateCancelled(ctx, { view, role }))) return null
    // Of what has begun already, only what follows is a series still.
    const next = all && view.seriesId !== null ? await findSeries(ctx, view.seriesId, view.occursOn) : null
    const [first] = next?.meetups ?? []
    if (first) await cancelMeetup(ctx, first.id, 'following')
    return true
  })
}

/** @throws meetup.over */
function requireOpen({ state }: MeetupView): void {
  if (state === 'completed' || state === 'cancelled') throw meetupErrors.over()
}

const fieldsOf = ({ title, description, location, startsOn, startsTime, ...view }: MeetupView): MeetupFields => ({
  ...{ title, description, location, startsOn, startsTime },
  ...{ timezone: view.timezone, durationMinutes: view.durationMinutes, capacity: view.capacity },
})

/** @param given null to cancel. @returns false when somebody else was quicker */
async function changeFollowing(
  ctx: UserCtx,
  seen: { view: MeetupView; role: MemberRole },
  given: Partial<MeetupFields> | null,
): Promise<boolean> {
  const { seriesId, occursOn } = seen.view
  const series = seriesId === null ? null : await findSeries(ctx, seriesId, occursOn)
  if (!series) return false
  const { startsOn: _, ...fields } = given ?? {}
  const retimed = fields.startsTime ?? fields.timezone ?? fields.durationMinutes
  const moved: Following['moved'] =
    retimed === undefined
      ? null
      : series.meetups.map((one) => ({ id: one.id, ...placeOn({ ...one, ...definedOf(fields) }, one.startsOn) }))
  const moves = (moved ?? []).flatMap((one, at) => {
    const before = series.meetups[at]?.startsAt ?? one.startsAt
    return one.startsAt === before ? [] : [{ subjectId: one.id, by: one.startsAt - before }]
  })
  return updateFollowing(ctx, {
    ...seen,
    ...{ series, fields, moved, moves, cancels: given === null },
    startsAt: moved?.find(({ id }) => id === seen.view.id)?.startsAt ?? seen.view.startsAt,
    seriesId: series.firstOn >= occursOn ? series.id : ctx.newId('meetupSeries'),
    endsOn: addDays(occursOn, -1),
  })
}

const definedOf = ({ startsTime, timezone, durationMinutes }: Partial<MeetupFields>) => ({
  ...(startsTime === undefined ? {} : { startsTime }),
  ...(timezone === undefined ? {} : { timezone }),
  ...(durationMinutes === undefined ? {} : { durationMinutes }),
})
