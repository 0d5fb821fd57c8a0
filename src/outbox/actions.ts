import type { Ctx } from '../app/context'
import type { EventType, QueueMessage, StoredEvent } from './contract'
import { claimDueEvents, insertEvent, insertForeignEvents, type NewEvent, updateWithdrawn } from './store'

/** Cloudflare takes a hundred messages at once. */
const queueBatch = 100

/**
 * The statement that writes an event for others, to go into the batch of its cause. It is sent on when the request is
 * over, and by the sweep if that is cut short.
 * @param proof a condition that holds only if the cause was written, for batches whose first write may miss
 */
export function recordEvent<T extends EventType>(
  ctx: Ctx,
  event: NewEvent<T>,
  proof?: Parameters<typeof insertEvent>[3],
) {
  const id = ctx.newId('event')
  ctx.recorded.push(id)
  return insertEvent(ctx, id, event, proof)
}

/** The statement by which nobody is told any more of what is no more: a request taken back, a todo done. */
export const withdrawEvents = updateWithdrawn

/** Takes over what a room's own outbox holds. Safe to repeat. */
export async function takeEvents(ctx: Ctx, events: StoredEvent[]): Promise<void> {
  await insertForeignEvents(ctx, events)
  ctx.recorded.push(...events.map(({ id }) => id))
}

/** The ids of what this request has recorded; those of a batch that was refused lead to nothing. */
export const takeRecorded = (ctx: Ctx): string[] => ctx.recorded.splice(0)

export async function enqueue(ctx: Ctx, messages: QueueMessage[]): Promise<void> {
  for (let at = 0; at < messages.length; at += queueBatch)
    await ctx.queue.sendBatch(messages.slice(at, at + queueBatch).map((body) => ({ body })))
}

/** Sends to the queue what nobody has told of in time. */
export async function enqueueDueEvents(ctx: Ctx, limit: number): Promise<void> {
  const ids = await claimDueEvents(ctx, limit)
  if (ids.length === 0) return
  await enqueue(
    ctx,
    ids.map((eventId) => ({ kind: 'event', eventId })),
  )
  ctx.log.info('outbox.swept', { events: ids.length })
}
