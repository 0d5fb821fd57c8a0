import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** Accounts that wait to be erased. Taking it back deletes the row, and so does the erasure. */
export const deletions = sqliteTable(
  'deletions',
  {
    userId: text()
      .primaryKey()
      .references(() => users.id),
    /** What becomes of the person's messages. */
    messages: text({ enum: ['keep', 'remove'] }).notNull(),
    requestedAt: integer().notNull(),
    erasesAt: integer().notNull(),
  },
  (table) => [index('deletions_due').on(table.erasesAt)],
)

/** Channels whose object has yet to forget somebody; the row goes once the object has confirmed. */
export const erasures = sqliteTable(
  'erasures',
  {
    channelId: text().notNull(),
    userId: text().notNull(),
    messages: text({ enum: ['keep', 'remove'] }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.channelId, table.userId] })],
)

/** Copies of everything that is stored about a person, made when asked for. The row lives as long as the file. */
export const dataExports = sqliteTable(
  'data_exports',
  {
    id: text().primaryKey(),
    userId: text()
      .notNull()
      .references(() => users.id),
    state: text({ enum: ['requested', 'ready', 'failed'] }).notNull(),
    /** Where the file is, or is going to be. */
    fileKey: text().notNull(),
    bytes: integer(),
    requestedAt: integer().notNull(),
    /** When the last try to make it began. */
    startedAt: integer(),
    tries: integer().notNull().default(0),
    readyAt: integer(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    index('data_exports_by_user').on(table.userId, table.requestedAt),
    index('data_exports_open').on(table.requestedAt).where(sql`state = 'requested'`),
    index('data_exports_by_expiry').on(table.expiresAt),
  ],
)

export type DataExportRow = typeof dataExports.$inferSelect
