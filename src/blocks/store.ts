import { sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { conversations } from '../conversations/tables'
import { pairOf } from '../friends/tables'
import { users } from '../users/tables'
import { blocks, hasBlocked } from './tables'

export interface BlockRow {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  createdAt: number
}

const blockColumns = sql`u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, b.created_at AS createdAt`

/** The channel in which the two talk, if they do. */
const conversationOf = (userId: string, otherId: string) =>
  sql`(SELECT channel_id FROM conversations WHERE user_id = ${userId} AND other_id = ${otherId})`

const selectConversation = (ctx: UserCtx, userId: string) =>
  ctx.db.all<{ channelId: string }>(sql`
    SELECT channel_id AS channelId FROM ${conversations} WHERE user_id = ${ctx.actor.userId} AND other_id = ${userId}`)

/**
 * Writes a block, and ends in the same batch what it forbids: the friendship, open requests and invitations, and
 * writing in the conversation of the two. Repeating it changes nothing.
 */
export async function insertBlock(ctx: UserCtx, userId: string) {
  const me = ctx.actor.userId
  const now = ctx.now()
  const max = ctx.config.BLOCKS_PER_USER
  const proof = hasBlocked(me, userId)
  const [, , , , , [block], [person], [conversation]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO blocks (blocker_id, blocked_id, created_at)
      SELECT ${me}, u.id, ${now} FROM users u WHERE u.id = ${userId} AND u.id <> ${me} AND u.status <> 'deleted'
        AND (SELECT count(*) FROM (SELECT 1 FROM blocks AS own WHERE own.blocker_id = ${me} LIMIT ${max})) < ${max}
      ON CONFLICT DO NOTHING`),
    ctx.db.run(sql`
      DELETE FROM friendships WHERE ${proof}
        AND ((user_id = ${me} AND friend_id = ${userId}) OR (user_id = ${userId} AND friend_id = ${me}))`),
    ctx.db.run(sql`
      DELETE FROM friend_requests WHERE pair = ${pairOf(me, userId)} AND ${proof}`),
    ctx.db.run(sql`
      UPDATE invitations SET state = 'withdrawn', updated_at = ${now} WHERE state = 'open' AND ${proof}
        AND ((user_id = ${me} AND created_by = ${userId}) OR (user_id = ${userId} AND created_by = ${me}))`),
    ctx.db.run(sql`
      UPDATE channels SET frozen = 1, rev = rev + 1, unsynced = 1, updated_at = ${now}
      WHERE id = ${conversationOf(me, userId)} AND frozen = 0 AND ${proof}`),
    ctx.db.all<BlockRow>(sql`
      SELECT ${blockColumns} FROM ${blocks} b JOIN ${users} u ON u.id = b.blocked_id
      WHERE b.blocker_id = ${me} AND b.blocked_id = ${userId}`),
    ctx.db.all(sql`SELECT 1 FROM ${users} WHERE id = ${userId} AND status <> 'deleted'`),
    selectConversation(ctx, userId),
  ])
  return { block: block ?? null, isThere: person !== undefined, channelId: conversation?.channelId ?? null }
}

/** Takes a block back. The two may write to each other again unless the other block or an erasure stands. */
export async function deleteBlock(ctx: UserCtx, userId: string): Promise<{ channelId: string | null }> {
  const me = ctx.actor.userId
  const [, , [conversation]] = await ctx.db.batch([
    ctx.db.run(sql`DELETE FROM blocks WHERE blocker_id = ${me} AND blocked_id = ${userId}`),
    ctx.db.run(sql`
      UPDATE channels SET frozen = 0, rev = rev + 1, unsynced = 1, updated_at = ${ctx.now()}
      WHERE id = ${conversationOf(me, userId)} AND frozen = 1 AND NOT ${hasBlocked(userId, me)}
        AND EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND status <> 'deleted')`),
    selectConversation(ctx, userId),
  ])
  return { channelId: conversation?.channelId ?? null }
}

/** The newest first. */
export function listBlocksOf(
  ctx: UserCtx,
  after: { createdAt: number; userId: string } | null,
  limit: number,
): Promise<BlockRow[]> {
  const start = after
    ? sql`AND (b.created_at, b.blocked_id) < (CAST(${after.createdAt} AS INTEGER), ${after.userId})`
    : sql``
  return ctx.db.all<BlockRow>(sql`
    SELECT ${blockColumns} FROM ${blocks} b CROSS JOIN ${users} u ON u.id = b.blocked_id
    WHERE b.blocker_id = ${ctx.actor.userId} ${start}
    ORDER BY b.created_at DESC, b.blocked_id DESC LIMIT ${limit}`)
}
