import type { Ctx, UserCtx } from '../app/context'
import type { ChannelReplica, MemberReplica } from './live/contract'
import {
  accessMemberChannel,
  type Change,
  clearUnsynced,
  findUnsyncedChange,
  listBlocksInOpenChannels,
  listUnsyncedChangesOf,
  pushSize,
  updateMembershipsOf,
} from './store'

export { listBlockedMembers } from './store'

/**
 * The channel and the caller's own membership, for everything that only active members may do. One D1 query; a
 * membership that the object has not confirmed is pushed to it first, so that the next call finds it there.
 * @throws channel.not_found, channel.membership_required
 */
export async function accessChannel(
  ctx: UserCtx,
  channelId: string,
): Promise<{ channel: ChannelReplica; member: MemberReplica; blockedIds: string[] }> {
  const { channel, member, members, blockedIds, synced } = await accessMemberChannel(ctx, channelId)
  if (!synced) await pushChange(ctx, { channel, members })
  return { channel, member, blockedIds }
}

/** The statement, for the batch that renames a person, after which `syncMemberships` reaches the person's channels. */
export const touchMemberships = updateMembershipsOf

/** How many channels hear of a rename before the reply; the sweep tells the others. */
const renameFanOut = 20

/** Tells the person's channels of a changed name or picture, after the commit. Never throws: the sweep repairs. */
export async function syncMemberships(ctx: Ctx, userId: string): Promise<void> {
  const changes = await listUnsyncedChangesOf(ctx, userId, renameFanOut)
  await Promise.all(changes.map((change) => pushChange(ctx, change)))
}

/**
 * Tells a channel's object all that it has not confirmed, a bounded number of members at a time.
 * @returns false when the object did not take it; what is left stays for the sweep
 */
export async function syncChannel(ctx: Ctx, channelId: string): Promise<boolean> {
  for (;;) {
    const change = await findUnsyncedChange(ctx, channelId)
    if (!change) return true
    if (!(await pushNow(ctx, change))) return false
    await clearUnsynced(ctx, change)
    if (change.members.length < pushSize) return true
  }
}

/**
 * Tells the object what a batch has just committed and notes its confirmation after the reply. Never throws: a lost
 * push or note stays `unsynced` for the sweep.
 */
export async function pushChange(ctx: Ctx, change: Change): Promise<void> {
  if (await pushNow(ctx, change)) ctx.later(clearUnsynced(ctx, change))
}

/** The same for a channel of which only the id is known. */
export async function pushUnsynced(ctx: Ctx, channelId: string): Promise<void> {
  const change = await findUnsyncedChange(ctx, channelId)
  if (change) await pushChange(ctx, change)
}

/** Three tries, 50 and 200 ms apart. */
async function pushNow(ctx: Ctx, change: Change): Promise<boolean> {
  for (const wait of [50, 200, null]) {
    try {
      await ctx.room(change.channel.id).apply(change)
      return true
    } catch (error) {
      if (wait === null) ctx.log.warn('channel.push_failed', { channelId: change.channel.id, error: String(error) })
      else await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
  return false
}

/** How many open channels hear at once whom somebody has blocked; the others hear with their next socket. */
const blocksFanOut = 20

/** Tells the caller's open sockets that they have blocked somebody, or no longer. Never throws. */
export async function syncBlocks(ctx: UserCtx, otherId: string): Promise<void> {
  try {
    const channels = await listBlocksInOpenChannels(ctx, otherId, blocksFanOut)
    await Promise.all(
      channels.map(({ channelId, blockedIds }) => ctx.room(channelId).setBlocks(ctx.actor.userId, blockedIds)),
    )
  } catch (error) {
    ctx.log.warn('channel.blocks_not_told', { error: String(error) })
  }
}
