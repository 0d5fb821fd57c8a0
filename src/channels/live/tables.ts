import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../../users/tables'
import { channels } from '../tables'

/** A work phase of a room timer that ended while the person was there. A channel has one timer, so one end at a time. */
export const pomodoros = sqliteTable(
  'pomodoros',
  {
    userId: text()
      .notNull()
      .references(() => users.id),
    endedAt: integer().notNull(),
    channelId: text()
      .notNull()
      .references(() => channels.id),
    /** Which timer and which of its phases: both as the room counts them. */
    run: integer().notNull(),
    phase: integer().notNull(),
    workMinutes: integer().notNull(),
    /** Earlier than the minutes say when somebody paused. */
    startedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.endedAt, table.channelId] })],
)
