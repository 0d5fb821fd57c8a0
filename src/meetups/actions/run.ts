import type { Ctx } from '../../app/context'
import { listUnwatched, updateCompleted, updateStarted, updateWatched } from '../job-store'
import { horizonOf, planDates } from '../occurrences'
import { insertNext, listSeriesToPlan } from '../plan-store'
import { listUntold, tellSeated } from '../rsvp-store'
import { placeAll, plannedAtOnce } from './plan'

/** Starts what begins, and completes what is over. */
export async function moveOn(ctx: Ctx): Promise<void> {
  await updateStarted(ctx, 200)
  await updateCompleted(ctx, 100)
}

/** Tells the objects of channels in which a meetup has begun to look who is there, once for each. */
export async function watchBegun(ctx: Ctx): Promise<void> {
  const found = await listUnwatched(ctx, 100)
  const told = await Promise.all(
    found.map(async ({ id, channelId, endsAt }) => {
      try {
        await ctx.room(channelId).watchMeetup({ id, endsAt })
        return [id]
      } catch (error) {
        ctx.log.warn('meetup.not_watched', { meetupId: id, error: String(error) })
        return []
      }
    }),
  )
  if (told.flat().length > 0) await updateWatched(ctx, told.flat())
}

/** Tells of seats that came free otherwise than by an answer: somebody left the room, or is erased. */
export async function tellOfSeats(ctx: Ctx): Promise<void> {
  for (const meetup of await listUntold(ctx, 50)) await tellSeated(ctx, meetup)
}

/** Plans the next meetups of those that repeat. */
export async function planAhead(ctx: Ctx): Promise<void> {
  const now = ctx.now()
  for (const series of await listSeriesToPlan(ctx, horizonOf(now, 'UTC'), 50)) {
    const { dates, nextOn } = planDates(series, { from: series.nextOn, now, most: plannedAtOnce })
    await insertNext(ctx, series, placeAll(ctx, series, dates), nextOn)
  }
}
