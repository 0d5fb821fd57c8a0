import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** People with an open inbox, so that who has something to tell them need not ask their objects. */
export const online = sqliteTable(
  'online',
  {
    userId: text()
      .primaryKey()
      .references(() => users.id),
    /** What is past counts no more, whatever became of the object that should have taken the row away. */
    until: integer().notNull(),
    /** How the person shows themselves to friends, in JSON; null: not at all. */
    shown: text(),
  },
  (table) => [index('online_until').on(table.until)],
)
