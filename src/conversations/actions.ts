import type { UserCtx } from '../app/context'
import { blockErrors } from '../blocks/errors'
import { syncChannel } from '../channels/actions'
import { listMessages } from '../channels/live/actions'
import { findStandingWith, requireVerifiedEmail } from '../friends/actions'
import type { Standing } from '../friends/rules'
import { countUnread, type Unread } from '../inbox/actions'
import { isInAudience } from '../profiles/rules'
import { cutPage } from '../shared/page'
import { userErrors } from '../users/errors'
import { avatarUrl } from '../users/rules'
import { conversationErrors } from './errors'
import type { Conversation, ListQuery } from './schemas'
import { type ConversationRow, findChannelId, findConversation, insertConversation, listConversationsOf } from './store'

/** How often a decision is made anew when something changes between reading and writing. */
const tries = 10

const iso = (at: number) => new Date(at).toISOString()

function toConversation(row: ConversationRow, unread: Unread): Conversation {
  const lastMessageAt = row.lastMessageAt === null ? null : iso(row.lastMessageAt)
  const { lastSenderId: senderId, lastText: text } = row
  return {
    id: row.id,
    user: { id: row.userId, username: row.username, name: row.name, avatarUrl: avatarUrl(row.avatarKey) },
    canWrite: row.frozen === 0,
    lastMessage: lastMessageAt === null || senderId === null ? null : { senderId, text, createdAt: lastMessageAt },
    lastMessageAt,
    muted: row.muted === 1,
    ...unread,
    createdAt: iso(row.createdAt),
  }
}

async function toConversations(ctx: UserCtx, rows: ConversationRow[]): Promise<Conversation[]> {
  const heads = rows.map(({ id, lastOrd, lastCalls }) => ({ id, ord: lastOrd, calls: lastCalls }))
  const unreadOf = await countUnread(ctx, heads)
  return rows.map((row) => toConversation(row, unreadOf(row.id)))
}

async function withUnread(ctx: UserCtx, row: ConversationRow): Promise<Conversation> {
  const unreadOf = await countUnread(ctx, [{ id: row.id, ord: row.lastOrd, calls: row.lastCalls }])
  return toConversation(row, unreadOf(row.id))
}

/**
 * The caller's conversation with somebody: the one there is, whoever opened it and whatever came between the two, or a
 * new one if that person takes messages from the caller. Setting and block are asked when it is opened; who wants to
 * hear no more of an open one blocks.
 * @returns `isNew` false for the one there was
 * @throws auth.email_verification_required, user.not_found, block.by_you, conversation.self, conversation.not_allowed,
 *   conversation.busy
 */
export async function openConversation(
  ctx: UserCtx,
  userId: string,
): Promise<{ conversation: Conversation; isNew: boolean }> {
  if (userId === ctx.actor.userId) throw conversationErrors.self()
  requireVerifiedEmail(ctx)
  for (let at = 0; at < tries; at += 1) {
    const standing = await findStandingWith(ctx, userId)
    const refusal = whyNot(standing)
    if (refusal || !standing) {
      const known = await findConversation(ctx, userId)
      if (known) return { conversation: await withUnread(ctx, known), isNew: false }
      throw refusal ?? userErrors.notFound()
    }
    const written = await insertConversation(ctx, userId, standing.privacy.mayMessage)
    if (written) {
      const { conversation, isNew } = written
      // Each of the two brings their own row when they come; the object hears of both after the reply.
      if (isNew) ctx.later(syncChannel(ctx, conversation.id))
      return { conversation: await withUnread(ctx, conversation), isNew }
    }
  }
  throw conversationErrors.busy()
}

/** Why somebody who stands so may not open a conversation, or null. Who is blocked is told that nobody is there. */
function whyNot(standing: Standing | null): Error | null {
  if (!standing || standing.blocksMe) return userErrors.notFound()
  if (standing.blockedByMe) return blockErrors.byYou()
  return isInAudience(standing.privacy.mayMessage, standing.relation) ? null : conversationErrors.notAllowed()
}

/** @throws page.bad_cursor */
export async function listConversations(ctx: UserCtx, { limit, cursor }: ListQuery) {
  const binding = `conversations ${ctx.actor.userId}`
  const [activeAt, id] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const after = activeAt === undefined ? null : { activeAt: Number(activeAt), id: String(id) }
  const { rows, last } = cutPage(await listConversationsOf(ctx, after, limit + 1), limit)
  return {
    data: await toConversations(ctx, rows),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.activeAt ?? 0, last.id])),
  }
}

/** What the two have said to each other. @throws conversation.not_found */
export async function listDirectMessages(ctx: UserCtx, userId: string, range: Parameters<typeof listMessages>[2]) {
  const channelId = await findChannelId(ctx, userId)
  if (!channelId) throw conversationErrors.notFound()
  return listMessages(ctx, channelId, range)
}
