import { sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { areBlocked } from '../blocks/tables'
import { outbox } from '../outbox/tables'
import { users } from '../users/tables'
import type { Category } from './contract'
import { eventColumns, joinNames, type StoredEventRow } from './event-store'
import { notificationLog } from './tables'

export type ListedRow = StoredEventRow & {
  category: Category
  readAt: number | null
  loggedAt: number
  actorAvatarKey: string | null
  locale: string
  timezone: string
}

/** How far an unread count goes; above it nobody counts. */
export const unreadCountedTo = 100

/** What was withdrawn, or is of somebody with whom there is a block by now, is on no list. */
const isOnList = sql`l.channel = 'app' AND l.state <> 'dropped' AND e.withdrawn_at IS NULL
  AND (e.actor_id IS NULL OR NOT ${areBlocked(sql`l.user_id`, sql`e.actor_id`)})`

/** The caller's notifications, the newest first, in the words' language and zone. */
export function listNotificationsOf(
  ctx: UserCtx,
  { unread, before }: { unread: boolean; before: string | null },
  limit: number,
): Promise<ListedRow[]> {
  return ctx.db.all<ListedRow>(sql`
    SELECT ${eventColumns}, l.category, l.read_at AS readAt, l.created_at AS loggedAt, actor.avatar_key AS actorAvatarKey,
      me.locale, me.timezone
    FROM ${notificationLog} l CROSS JOIN ${outbox} e ON e.id = l.event_id CROSS JOIN ${users} me ON me.id = l.user_id
    ${joinNames}
    WHERE l.user_id = ${ctx.actor.userId} AND ${isOnList}
      ${unread ? sql`AND l.read_at IS NULL` : sql``} ${before === null ? sql`` : sql`AND l.event_id < ${before}`}
    ORDER BY l.event_id DESC LIMIT ${limit}`)
}

/** One more than `unreadCountedTo` at most. */
export async function countUnread(ctx: UserCtx): Promise<number> {
  const [row] = await ctx.db.all<{ n: number }>(sql`
    SELECT count(*) AS n FROM (SELECT 1 FROM ${notificationLog} l CROSS JOIN ${outbox} e ON e.id = l.event_id
      WHERE l.user_id = ${ctx.actor.userId} AND ${isOnList} AND l.read_at IS NULL LIMIT ${unreadCountedTo + 1})`)
  return row?.n ?? 0
}

/** Marks as read what is the caller's of these, or everything up to one of them. */
export async function updateRead(ctx: UserCtx, what: { ids: string[] } | { upTo: string }): Promise<void> {
  const these =
    'ids' in what
      ? sql`event_id IN (SELECT value FROM json_each(${JSON.stringify(what.ids)}))`
      : sql`event_id <= ${what.upTo}`
  await ctx.db.run(sql`
    UPDATE notification_log SET read_at = ${ctx.now()}
    WHERE user_id = ${ctx.actor.userId} AND channel = 'app' AND state <> 'dropped' AND read_at IS NULL AND ${these}`)
}
