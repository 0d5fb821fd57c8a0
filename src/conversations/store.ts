import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { areBlocked } from '../blocks/tables'
import { mutes } from '../channels/mutes/tables'
import { channels, memberships } from '../channels/tables'
import { deletions } from '../privacy/tables'
import { users } from '../users/tables'
import { conversations } from './tables'

export interface ConversationRow {
  id: string
  userId: string
  username: string
  name: string
  avatarKey: string | null
  frozen: number
  lastOrd: number
  lastCalls: number
  lastMessageAt: number | null
  lastSenderId: string | null
  lastText: string
  muted: number
  createdAt: number
  activeAt: number | null
}

/** The caller's conversations; `v` is the caller's row of one. */
const selectConversations = (ctx: UserCtx, where: SQL, end: SQL) =>
  ctx.db.all<ConversationRow>(sql`
    SELECT v.channel_id AS id, u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, c.frozen, c.last_ord AS lastOrd, c.last_calls AS lastCalls,
      c.last_message_at AS lastMessageAt, c.last_sender_id AS lastSenderId, c.last_text AS lastText,
      EXISTS (SELECT 1 FROM ${mutes} q WHERE q.user_id = v.user_id AND q.channel_id = v.channel_id
        AND (q.until IS NULL OR q.until > ${ctx.now()})) AS muted,
      v.created_at AS createdAt, v.active_at AS activeAt
    FROM ${conversations} v CROSS JOIN ${users} u ON u.id = v.other_id CROSS JOIN ${channels} c ON c.id = v.channel_id
    WHERE v.user_id = ${ctx.actor.userId} AND ${where} ${end}`)

export async function findConversation(ctx: UserCtx, userId: string): Promise<ConversationRow | null> {
  const [row] = await selectConversations(ctx, sql`v.other_id = ${userId}`, sql``)
  return row ?? null
}

/** The channel in which the caller and this person talk. */
export async function findChannelId(ctx: UserCtx, userId: string): Promise<string | null> {
  const [row] = await ctx.db.all<{ channelId: string }>(sql`
    SELECT channel_id AS channelId FROM ${conversations} WHERE user_id = ${ctx.actor.userId} AND other_id = ${userId}`)
  return row?.channelId ?? null
}

const settings = JSON.stringify({ allowScreenSharing: true, whoMayInvite: 'owner' })

/**
 * Opens the conversation with somebody unless there is one, and reads the one there is. Null when the person has gone,
 * been blocked or changed `mayMessage` since it was decided.
 */
export async function insertConversation(ctx: UserCtx, userId: string, mayMessage: string) {
  const me = ctx.actor.userId
  const now = ctx.now()
  const id = ctx.newId('conversation')
  const changeId = ctx.newId('change')
  const proof = sql`EXISTS (SELECT 1 FROM channels WHERE id = ${id})`
  const both = JSON.stringify([me, userId])
  const [, , , [row]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO channels (id, kind, name, visibility, settings, max_members, change_id, created_at, updated_at)
      SELECT ${id}, 'conversation', '', 'private', ${settings}, 2, ${changeId}, ${now}, ${now} FROM ${users} u
      WHERE u.id = ${userId} AND u.status = 'active' AND u.id <> ${me}
        AND NOT EXISTS (SELECT 1 FROM ${deletions} d WHERE d.user_id = u.id) AND NOT ${areBlocked(me, userId)}
        AND coalesce((SELECT may_message FROM user_settings WHERE user_id = u.id), ${mayMessage}) = ${mayMessage}
        AND NOT EXISTS (SELECT 1 FROM conversations WHERE user_id = ${me} AND other_id = ${userId})`),
    ctx.db.run(sql`
      INSERT INTO ${memberships} (channel_id, user_id, role, state, joined_at, updated_at, change_id)
      SELECT ${id}, value, 'member', 'active', ${now}, ${now}, ${changeId} FROM json_each(${both}) WHERE ${proof}`),
    // Somebody to whom nothing has been said yet need not see that the other has looked in.
    ctx.db.run(sql`
      INSERT INTO ${conversations} (user_id, other_id, channel_id, created_at, active_at)
      SELECT value, iif(value = ${me}, ${userId}, ${me}), ${id}, ${now}, iif(value = ${me}, ${now}, NULL)
      FROM json_each(${both}) WHERE ${proof}`),
    selectConversations(ctx, sql`v.other_id = ${userId}`, sql``),
  ])
  return row ? { conversation: row, isNew: row.id === id } : null
}

/** Those that were opened by the caller or in which something was said, the one with the last message first. */
export function listConversationsOf(
  ctx: UserCtx,
  after: { activeAt: number; id: string } | null,
  limit: number,
): Promise<ConversationRow[]> {
  const start = after ? sql`AND (v.active_at, v.channel_id) < (CAST(${after.activeAt} AS INTEGER), ${after.id})` : sql``
  return selectConversations(
    ctx,
    sql`v.active_at IS NOT NULL ${start}`,
    sql`ORDER BY v.active_at DESC, v.channel_id DESC LIMIT ${limit}`,
  )
}
