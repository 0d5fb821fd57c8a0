import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { channels } from '../channels/tables'
import { users } from '../users/tables'

/** Two rows a conversation, one for each of the two: the key makes it one per pair, and a list reads only its own. */
export const conversations = sqliteTable(
  'conversations',
  {
    userId: text()
      .notNull()
      .references(() => users.id),
    otherId: text()
      .notNull()
      .references(() => users.id),
    channelId: text()
      .notNull()
      .references(() => channels.id),
    createdAt: integer().notNull(),
    /** Follows the channel's last message by a trigger. Null for who was not the opener, until something is said. */
    activeAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.otherId] }),
    index('conversations_by_channel').on(table.channelId),
    index('conversations_by_other').on(table.otherId),
    index('conversations_active').on(table.userId, table.activeAt, table.channelId),
  ],
)
