import type { UserCtx } from '../../app/context'
import { accessView, requireRole } from '../../channels/lifecycle/actions'
import type { ChannelKind } from '../../channels/live/contract'
import { requireNoTimeout } from '../../channels/standing/actions'
import { requestErrors } from '../../shared/errors'
import { meetupErrors } from '../errors'
import { closeRepeat, planDates, splitLocal, startOf } from '../occurrences'
import { insertPlan, type PlannedMeetup } from '../plan-store'
import { canPlan, maxAheadDays, type Repeat } from '../rules'
import type { Meetup, NewMeetup } from '../schemas'
import { findMutedUntil } from '../store'
import { toMeetup } from './read'

/** How many meetups of a series are planned at once. */
export const plannedAtOnce = 50

const dayMs = 24 * 60 * 60_000

/** @throws meetup.in_the_past */
export function requireAhead(ctx: UserCtx, startsAt: number): void {
  const now = ctx.now()
  if (!(startsAt > now && startsAt <= now + maxAheadDays * dayMs)) throw meetupErrors.inThePast()
}

/**
 * Plans a meetup, or the first of those that repeat.
 * @throws room.not_found, channel.membership_required, channel.timed_out, meetup.not_allowed,
 *   meetup.in_the_past, meetup.too_many, request.invalid
 */
export async function planMeetup(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  input: NewMeetup,
): Promise<Meetup> {
  const [channel, mutedUntil] = await Promise.all([accessView(ctx, kinds, channelId), findMutedUntil(ctx, channelId)])
  const role = requireRole(channel)
  requireNoTimeout(mutedUntil, ctx.now())
  if (!canPlan(role, channel.settings.whoMayPlanMeetups)) throw meetupErrors.notAllowed()
  const { title, description, location, timezone, durationMinutes, capacity } = input
  const { startsOn, startsTime } = splitLocal(input.startsAt)
  const fields = { title, description, location, startsOn, startsTime, timezone, durationMinutes, capacity }
  requireAhead(ctx, startOf(fields))
  const repeat = input.repeat ? requireRepeat(input.repeat, startsOn) : null
  const { dates, nextOn } = repeat
    ? planDates({ ...fields, repeat }, { from: startsOn, now: ctx.now(), most: plannedAtOnce })
    : { dates: [startsOn], nextOn: null }
  const planned = placeAll(ctx, fields, dates)
  const series = repeat && { id: ctx.newId('meetupSeries'), repeat, nextOn, plannedThrough: dates.at(-1) ?? startsOn }
  const max = ctx.config.MEETUPS_PER_CHANNEL
  const view = await insertPlan(ctx, { channelId, role, fields, series, planned, max })
  // Of what could be in the way the number is the one that people meet.
  if (!view) throw meetupErrors.tooMany(`There are at most ${max} meetups ahead in one place.`)
  return toMeetup(view)
}

/** @throws request.invalid */
function requireRepeat(input: NonNullable<NewMeetup['repeat']>, startsOn: string): Repeat {
  const repeat = closeRepeat(input, startsOn)
  if (repeat) return repeat
  const message = 'must have the day of startsAt among its days, and end after it'
  throw requestErrors.invalid({ errors: [{ field: 'body.repeat', message }] })
}

interface Times {
  startsTime: string
  timezone: string
  durationMinutes: number
}

/** What the clocks show, as instants. */
export function placeOn({ startsTime, timezone, durationMinutes }: Times, startsOn: string) {
  const startsAt = startOf({ startsOn, startsTime, timezone })
  return { startsAt, endsAt: startsAt + durationMinutes * 60_000 }
}

export const placeAll = (ctx: Pick<UserCtx, 'newId'>, times: Times, dates: string[]): PlannedMeetup[] =>
  dates.map((occursOn) => ({ id: ctx.newId('meetup'), occursOn, ...placeOn(times, occursOn) }))
