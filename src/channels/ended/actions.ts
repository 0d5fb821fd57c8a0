import type { Ctx } from '../../app/context'
import { purgeAfterMs } from '../live/members'
import { deleteEndedChannels, listEndedChannels, postponeEndedChannels } from './store'

/** Clears away or gives back at most `limit` rows that belong to these channels. @returns how many it did */
export type Clearing = (ctx: Ctx, channelIds: string[], limit: number) => Promise<number>

const channelsAtOnce = 20
const rowsAtOnce = 200

/**
 * Clears deleted rooms and groups, some rows of some of them at a time. What is clear is not looked at again.
 * @param atOnce what goes with the channel
 * @param late what goes with its messages, 30 days later
 */
export async function clearEndedChannels(ctx: Ctx, atOnce: Clearing[], late: Clearing[]): Promise<void> {
  const ended = await listEndedChannels(ctx, false, channelsAtOnce)
  if (await clearAll(ctx, ended, atOnce)) await postponeEndedChannels(ctx, ended, purgeAfterMs)
  const old = await listEndedChannels(ctx, true, channelsAtOnce)
  if (await clearAll(ctx, old, late)) await deleteEndedChannels(ctx, old)
}

/** @returns whether there were channels, and nothing is left in them */
async function clearAll(ctx: Ctx, channelIds: string[], clearings: Clearing[]): Promise<boolean> {
  if (channelIds.length === 0) return false
  let isClear = true
  for (const clear of clearings) if ((await clear(ctx, channelIds, rowsAtOnce)) >= rowsAtOnce) isClear = false
  return isClear
}
