import type { Ctx } from '../app/context'
import { moveOn, planAhead, tellOfSeats, watchBegun } from './actions/run'
import { deleteSeriesOf } from './ended-store'

/** Every minute: meetups begin and end, rooms look who is there, series go on. */
export async function runMeetups(ctx: Ctx): Promise<void> {
  await moveOn(ctx)
  await watchBegun(ctx)
  await tellOfSeats(ctx)
  await planAhead(ctx)
}

/** What repeats in rooms and groups that are deleted. */
export const clearSeries = deleteSeriesOf
