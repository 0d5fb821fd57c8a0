import type { UserCtx } from '../app/context'
import { pushUnsynced, syncBlocks } from '../channels/actions'
import { refreshFriendsOf } from '../inbox/actions'
import { cutPage } from '../shared/page'
import { userErrors } from '../users/errors'
import { avatarUrl } from '../users/rules'
import { blockErrors } from './errors'
import type { Block, ListQuery } from './schemas'
import { type BlockRow, deleteBlock, insertBlock, listBlocksOf } from './store'

const toBlock = ({ userId, username, name, avatarKey, createdAt }: BlockRow): Block => ({
  user: { id: userId, username, name, avatarUrl: avatarUrl(avatarKey) },
  createdAt: new Date(createdAt).toISOString(),
})

/**
 * Blocks somebody, who is not told. Ends their friendship, requests and invitations, and writing between the two.
 * @throws user.not_found, block.self, block.too_many
 */
export async function blockPerson(ctx: UserCtx, userId: string): Promise<Block> {
  if (userId === ctx.actor.userId) throw blockErrors.self()
  const { block, isThere, channelId } = await insertBlock(ctx, userId)
  if (!isThere) throw userErrors.notFound()
  if (!block) throw blockErrors.tooMany()
  if (channelId) await pushUnsynced(ctx, channelId)
  ctx.later(syncBlocks(ctx, userId))
  ctx.later(refreshFriendsOf(ctx, [ctx.actor.userId, userId]))
  return toBlock(block)
}

/** Takes a block back. What it ended stays ended. */
export async function unblockPerson(ctx: UserCtx, userId: string): Promise<void> {
  const { channelId } = await deleteBlock(ctx, userId)
  if (channelId) await pushUnsynced(ctx, channelId)
  ctx.later(syncBlocks(ctx, userId))
}

/** @throws page.bad_cursor */
export async function listBlocks(ctx: UserCtx, { limit, cursor }: ListQuery) {
  const binding = `blocks ${ctx.actor.userId}`
  const [createdAt, userId] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const after = createdAt === undefined ? null : { createdAt: Number(createdAt), userId: String(userId) }
  const { rows, last } = cutPage(await listBlocksOf(ctx, after, limit + 1), limit)
  return {
    data: rows.map(toBlock),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.userId])),
  }
}
