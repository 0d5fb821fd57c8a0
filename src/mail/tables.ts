import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** What the local stand-ins have sent nowhere; /dev/outbox shows it. Empty wherever DEV_OUTBOX is off. */
export const devOutbox = sqliteTable(
  'dev_outbox',
  {
    id: text().primaryKey(),
    kind: text({ enum: ['mail', 'sms', 'push'] }).notNull(),
    at: integer().notNull(),
    sender: text().notNull(),
    recipient: text().notNull(),
    subject: text().notNull(),
    text: text().notNull(),
    html: text(),
    messageId: text(),
  },
  (table) => [index('dev_outbox_by_time').on(table.at)],
)

export type OutboxRow = typeof devOutbox.$inferSelect
