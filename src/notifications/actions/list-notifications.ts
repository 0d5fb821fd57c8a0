import type { UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import { avatarUrl } from '../../users/rules'
import { toEvent } from '../event-store'
import { countUnread, type ListedRow, listNotificationsOf, unreadCountedTo, updateRead } from '../list-store'
import type { Notification, NotificationsQuery } from '../schemas'
import { wordsFor } from '../texts/words'
import { noticeOf } from './tell-event'

function toNotification(row: ListedRow): Notification {
  const event = toEvent(row)
  return {
    id: event.id,
    type: event.type,
    category: row.category,
    ...wordsFor(event, row),
    actor:
      event.actorId === null || event.actorName === null
        ? null
        : { id: event.actorId, name: event.actorName, avatarUrl: avatarUrl(row.actorAvatarKey) },
    subject: noticeOf(event, row).subject,
    readAt: row.readAt === null ? null : new Date(row.readAt).toISOString(),
    createdAt: new Date(event.createdAt).toISOString(),
  }
}

/** The newest first. @throws page.bad_cursor */
export async function listNotifications(ctx: UserCtx, query: NotificationsQuery) {
  const unread = query.unread === 'true'
  const binding = `notifications ${ctx.actor.userId} ${unread}`
  const [id] = query.cursor === undefined ? [] : await ctx.cursors.decode(binding, query.cursor)
  const before = id === undefined ? null : String(id)
  const { rows, last } = cutPage(await listNotificationsOf(ctx, { unread, before }, query.limit + 1), query.limit)
  return {
    data: rows.map(toNotification),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.id])),
  }
}

export async function showUnread(ctx: UserCtx) {
  const found = await countUnread(ctx)
  return { count: Math.min(found, unreadCountedTo), more: found > unreadCountedTo }
}

/** Marks notifications as read: these, or all up to one. What is read is mailed and pushed no more. */
export const markRead = updateRead
