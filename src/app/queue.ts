import { scanUpload, scanWish } from '../uploads/scan-actions'
import type { Ctx } from './context'

/** Files that wait for a scanner. Of the rest nothing is queued yet: the events that people are told of come with notifications. Unknown messages are kept as dead letters. */
export async function onQueue(ctx: Ctx, batch: MessageBatch): Promise<void> {
  for (const message of batch.messages) {
    const scans = scanWish(message.body)
    if (scans !== null) {
      await scanUpload(ctx, scans)
      message.ack()
      continue
    }
    ctx.log.warn('queue.unknown_message', { queue: batch.queue, messageId: message.id })
    message.retry()
  }
}
