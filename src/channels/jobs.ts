import type { Ctx } from '../app/context'
import { syncChannel } from './actions'
import { deleteStaleCounts, listUnsyncedChannels } from './store'

/** How many channels one sweep repairs, and how many at the same time. */
const sweepSize = 200
const sweepWidth = 6

/**
 * Pushes what objects have not confirmed. One that fails does not stop the others, and the sweep begins elsewhere every
 * minute, so that many failing ones do not hide the rest.
 */
export async function sweepUnsynced(ctx: Ctx): Promise<void> {
  const ids = await listUnsyncedChannels(ctx, 5 * sweepSize)
  const start = ids.length > sweepSize ? (Math.floor(ctx.now() / 60_000) * sweepSize) % ids.length : 0
  const turn = [...ids.slice(start), ...ids.slice(0, start)].slice(0, sweepSize)
  let failed = 0
  const worker = async () => {
    for (let id = turn.pop(); id !== undefined; id = turn.pop()) {
      try {
        if (!(await syncChannel(ctx, id))) failed += 1
      } catch (error) {
        failed += 1
        ctx.log.error('channel.sweep_failed', { channelId: id, error: String(error) })
      }
    }
  }
  await Promise.all(Array.from({ length: sweepWidth }, worker))
  if (ids.length > 0) ctx.log.info('channel.swept', { found: ids.length, failed })
}

/** A count of people that no object has confirmed for long is none: rooms with somebody in them confirm every 15 minutes. */
export async function sweepLiveCounts(ctx: Ctx): Promise<void> {
  await deleteStaleCounts(ctx, 500)
}
