import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../../users/tables'
import { channels } from '../tables'

/** Channels of which somebody wants no notifications. What is said there still counts as unread. */
export const mutes = sqliteTable(
  'mutes',
  {
    userId: text()
      .notNull()
      .references(() => users.id),
    channelId: text()
      .notNull()
      .references(() => channels.id),
    /** Null: until they take it back. */
    until: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.channelId] }),
    index('mutes_by_channel').on(table.channelId, table.userId),
  ],
)
