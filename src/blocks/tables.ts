import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** Who wants nothing to do with whom. */
export const blocks = sqliteTable(
  'blocks',
  {
    blockerId: text()
      .notNull()
      .references(() => users.id),
    blockedId: text()
      .notNull()
      .references(() => users.id),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.blockerId, table.blockedId] }),
    index('blocks_newest').on(table.blockerId, table.createdAt, table.blockedId),
    index('blocks_by_blocked').on(table.blockedId, table.blockerId),
  ],
)

type Id = string | SQLWrapper

/** Holds when the first has blocked the second. For joins in other stores. */
export const hasBlocked = (blocker: Id, blocked: Id): SQL<number> =>
  sql`EXISTS (SELECT 1 FROM blocks AS b WHERE b.blocker_id = ${blocker} AND b.blocked_id = ${blocked})`

/** Holds when either has blocked the other. */
export const areBlocked = (one: Id, other: Id): SQL<number> =>
  sql`(${hasBlocked(one, other)} OR ${hasBlocked(other, one)})`
