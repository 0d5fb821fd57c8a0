import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../../users/tables'
import { channels } from '../tables'

/** What was done to somebody, for that person to see and to appeal against. The audit log has it, too, for good. */
export const moderationActions = sqliteTable(
  'moderation_actions',
  {
    id: text().primaryKey(),
    channelId: text()
      .notNull()
      .references(() => channels.id),
    /** To whom it was done. */
    userId: text()
      .notNull()
      .references(() => users.id),
    actorId: text().notNull(),
    /** The same words as in the audit log. */
    action: text({ enum: ['message.removed', 'member.removed', 'member.timed_out', 'member.banned'] }).notNull(),
    reason: text(),
    /** When a ban or timeout ends by itself; null for good, or for what has no duration. */
    until: integer(),
    /** The message that was removed. */
    messageId: text(),
    /** 1 where a ban also deleted what the person had written lately. */
    purged: integer({ mode: 'boolean' }).notNull().default(false),
    createdAt: integer().notNull(),
    /** When a ban or timeout was lifted, or another one took its place. */
    liftedAt: integer(),
  },
  (table) => [
    index('moderation_actions_by_user').on(table.userId, table.createdAt, table.id),
    index('moderation_actions_by_channel').on(table.channelId, table.createdAt, table.id),
    index('moderation_actions_in_force')
      .on(table.channelId, table.userId, table.action)
      .where(sql`lifted_at IS NULL AND action IN ('member.timed_out', 'member.banned')`),
  ],
)

/** What somebody says against it: once for each action. */
export const appeals = sqliteTable(
  'appeals',
  {
    actionId: text()
      .primaryKey()
      .references(() => moderationActions.id),
    channelId: text()
      .notNull()
      .references(() => channels.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    text: text().notNull(),
    state: text({ enum: ['open', 'granted', 'denied'] }).notNull(),
    createdAt: integer().notNull(),
    answer: text(),
    answeredBy: text(),
    answeredAt: integer(),
    /** The answer that wrote the row last: later statements of a batch prove by it that the write took place. */
    changeId: text(),
  },
  (table) => [
    index('appeals_by_user').on(table.userId),
    index('appeals_by_channel').on(table.channelId, table.state, table.createdAt, table.actionId),
    index('appeals_by_state').on(table.state, table.createdAt, table.actionId),
  ],
)

/**
 * Holds for who may judge what somebody did in a channel: who looks after it and has a higher role, and admins; nobody
 * in their own case. For other stores, too.
 * @param channelId may be NULL, for what is no channel's business
 */
export const judges = (viewerId: string, channelId: SQLWrapper, userId: SQLWrapper): SQL<number> => sql`(
  ${userId} IS NOT ${viewerId} AND (
    EXISTS (SELECT 1 FROM users AS judge WHERE judge.id = ${viewerId} AND judge.role = 'admin' AND judge.status = 'active')
    OR EXISTS (SELECT 1 FROM memberships AS judge
      WHERE judge.channel_id = ${channelId} AND judge.user_id = ${viewerId} AND judge.state = 'active'
        AND (judge.role = 'owner' OR judge.role = 'moderator' AND NOT EXISTS (SELECT 1 FROM memberships AS judged
          WHERE judged.channel_id = ${channelId} AND judged.user_id = ${userId} AND judged.state = 'active'
            AND judged.role <> 'member')))))`

/**
 * Who is to hear that there is something to judge, as a JSON array of ids: those who look after the channel and stand
 * above whom it is about, and admins where there is nobody else. Never whom it is about, nor who brings it up.
 * @param channelId may be NULL
 */
export const judgesOf = (channelId: SQLWrapper, userId: SQLWrapper, except: string): SQL<string> => sql`(
  WITH near AS (
    SELECT keeper.user_id AS id FROM memberships AS keeper
    WHERE keeper.channel_id = ${channelId} AND keeper.state = 'active' AND keeper.role <> 'member'
      AND keeper.user_id <> ${except} AND keeper.user_id IS NOT ${userId}
      AND (keeper.role = 'owner' OR NOT EXISTS (SELECT 1 FROM memberships AS equal
        WHERE equal.channel_id = ${channelId} AND equal.user_id = ${userId} AND equal.state = 'active'
          AND equal.role <> 'member')))
  SELECT json_group_array(told.id) FROM (
    SELECT id FROM near
    UNION ALL
    SELECT chief.id FROM users AS chief WHERE chief.role = 'admin' AND chief.status = 'active' AND chief.id <> ${except}
      AND chief.id IS NOT ${userId} AND NOT EXISTS (SELECT 1 FROM near)) AS told)`
