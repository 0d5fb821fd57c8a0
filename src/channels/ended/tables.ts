import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { channels } from '../tables'

/** Deleted rooms and groups in which something is still left. Written by triggers on `channels`, emptied by cron. */
export const endedChannels = sqliteTable(
  'ended_channels',
  {
    channelId: text()
      .primaryKey()
      .references(() => channels.id),
    /** When cron is to look at it. */
    dueAt: integer().notNull(),
    /** Whether only what is kept for a while is left. */
    isLate: integer({ mode: 'boolean' }).notNull().default(false),
  },
  (table) => [index('ended_channels_due').on(table.isLate, table.dueAt)],
)
