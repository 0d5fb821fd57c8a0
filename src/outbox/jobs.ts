import type { Ctx } from '../app/context'
import { enqueueDueEvents } from './actions'
import { deleteOldDeadLetters } from './dead-letters/store'
import { fireDueReminders } from './reminders/actions'
import { deleteOldEvents } from './store'

const dayMs = 24 * 60 * 60_000
/** How long events and dead letters are kept. */
export const keptMs = 90 * dayMs

/** Sends to the queue what no request has told of. */
export const sweepEvents = (ctx: Ctx) => enqueueDueEvents(ctx, 500)

/** Makes events of reminders that are due; what is more than this waits a minute. */
export async function remind(ctx: Ctx): Promise<void> {
  for (let run = 0; run < 5; run += 1) if (!(await fireDueReminders(ctx, 100))) return
}

export async function forgetOldEvents(ctx: Ctx): Promise<void> {
  await deleteOldEvents(ctx, ctx.now() - keptMs, 1000)
  await deleteOldDeadLetters(ctx, ctx.now() - keptMs, 1000)
}
