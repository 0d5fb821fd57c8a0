import type { Ctx } from './context'

/** Nothing is queued yet: the events that people are told of come with notifications. Unknown messages are kept as dead letters. */
export async function onQueue(ctx: Ctx, batch: MessageBatch): Promise<void> {
  for (const message of batch.messages) {
    ctx.log.warn('queue.unknown_message', { queue: batch.queue, messageId: message.id })
    message.retry()
  }
}
