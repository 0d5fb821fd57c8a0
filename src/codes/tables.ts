import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** At most one code for a purpose and an address: a new one takes the old one's row. */
export const codes = sqliteTable(
  'codes',
  {
    /** What the code is good for; a code for one purpose proves nothing for another. */
    purpose: text().notNull(),
    /** Where it was sent: a phone number, a mail address, or the id of what it belongs to. */
    address: text().notNull(),
    /** A MAC over purpose, address and code. */
    hash: text().notNull(),
    /** How often something was compared with it, the right one included. */
    tries: integer().notNull().default(0),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    usedAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.purpose, table.address] }), index('codes_by_expiry').on(table.expiresAt)],
)
