import * as z from 'zod'
import { deliver } from '../notifications/actions/deliver'
import { tellEvent } from '../notifications/actions/tell-event'
import { enqueue } from '../outbox/actions'
import type { QueueMessage } from '../outbox/contract'
import { keepDeadLetters } from '../outbox/dead-letters/actions'
import { scanUpload, scanWish } from '../uploads/scan-actions'
import type { Ctx } from './context'
import { errorFields } from './log'
import { tell } from './tell'

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), eventId: z.string() }),
  z.object({ kind: z.literal('deliver'), userId: z.string(), channel: z.enum(['app', 'mail', 'push']) }),
]) satisfies z.ZodType<QueueMessage>

type Handlers = {
  [K in QueueMessage['kind']]: (ctx: Ctx, message: Extract<QueueMessage, { kind: K }>) => Promise<void>
}

/** Who does which kind of work. Each may be given the same message twice. */
const handlers: Handlers = {
  async event(ctx, { eventId }) {
    if (!(await tellEvent(ctx, eventId))) await enqueue(ctx, [{ kind: 'event', eventId }])
  },
  deliver: (ctx, { userId, channel }) => deliver(ctx, userId, channel),
}

/** One message that fails does not hold up the others; it comes again, later each time, and in the end is a dead letter. */
export async function onQueue(ctx: Ctx, batch: MessageBatch): Promise<void> {
  if (batch.queue.endsWith('dead-letters')) return keep(ctx, batch)
  await Promise.all(
    batch.messages.map(async (message) => {
      try {
        const scans = scanWish(message.body)
        if (scans !== null) await scanUpload(ctx, scans)
        else await handle(ctx, messageSchema.parse(message.body))
        message.ack()
      } catch (error) {
        const { id: messageId, attempts } = message
        ctx.log.warn('queue.message_failed', { messageId, attempts, ...errorFields(error) })
        message.retry({ delaySeconds: Math.min(15 * 4 ** (attempts - 1), 3600) })
      }
    }),
  )
  await tell(ctx)
}

async function handle<K extends QueueMessage['kind']>(ctx: Ctx, message: Extract<QueueMessage, { kind: K }>) {
  const handler: (ctx: Ctx, message: Extract<QueueMessage, { kind: K }>) => Promise<void> = handlers[message.kind as K]
  await handler(ctx, message)
}

async function keep(ctx: Ctx, batch: MessageBatch): Promise<void> {
  await keepDeadLetters(
    ctx,
    batch.messages.map(({ id, body, attempts }) => ({ id, body, attempts })),
  )
  batch.ackAll()
}
