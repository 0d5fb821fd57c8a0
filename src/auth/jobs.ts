import type { Ctx } from '../app/context'
import { closeSockets } from './actions/end-session'
import { deleteOldThrottles, listDrops } from './store'

/** Closes sockets of ended sessions that could not be closed when they ended. */
export async function sweepEndedSessions(ctx: Ctx): Promise<void> {
  await closeSockets(ctx, await listDrops(ctx, 50))
}

/** Deletes counters whose window is over. */
export async function sweepThrottles(ctx: Ctx): Promise<void> {
  await deleteOldThrottles(ctx, 1000)
}
