import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** One address a person, under which calendars read what is ahead. Of its secret only a hash is kept. */
export const calendarFeeds = sqliteTable('calendar_feeds', {
  userId: text()
    .primaryKey()
    .references(() => users.id),
  tokenHash: text().notNull().unique('calendar_feeds_token'),
  createdAt: integer().notNull(),
})
