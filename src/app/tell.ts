import { tellEvent } from '../notifications/actions/tell-event'
import { enqueue, takeEvents, takeRecorded } from '../outbox/actions'
import type { StoredEvent } from '../outbox/contract'
import type { Ctx } from './context'
import { errorFields } from './log'

/** How many events of one request are told of right away. */
const atOnce = 10

/**
 * Tells of what this request has recorded: the first recipients now, so that they see it within the second, and the rest
 * by the queue. Never throws: what stays untold is for the sweep.
 */
export async function tell(ctx: Ctx): Promise<void> {
  const ids = takeRecorded(ctx)
  const left = ids.slice(atOnce)
  for (const id of ids.slice(0, atOnce)) if (!(await isTold(ctx, id))) left.push(id)
  if (left.length === 0) return
  try {
    await enqueue(
      ctx,
      left.map((eventId) => ({ kind: 'event', eventId })),
    )
  } catch (error) {
    ctx.log.warn('outbox.not_told', errorFields(error))
  }
}

async function isTold(ctx: Ctx, id: string): Promise<boolean> {
  try {
    return await tellEvent(ctx, id)
  } catch (error) {
    ctx.log.warn('outbox.not_told', { eventId: id, ...errorFields(error) })
    return false
  }
}

/** The same after the reply. */
export function tellLater(ctx: Ctx): void {
  if (ctx.recorded.length > 0) ctx.later(tell(ctx))
}

/** Takes over what a room has written into its own outbox, and tells of it. Safe to repeat. */
export async function tellForRoom(ctx: Ctx, events: StoredEvent[]): Promise<void> {
  await takeEvents(ctx, events)
  await tell(ctx)
}
