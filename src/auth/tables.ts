import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    userId: text()
      .notNull()
      .references(() => users.id),
    /** How often the refresh token was rotated; the token itself is never stored. */
    refreshN: integer().notNull().default(0),
    refreshSalt: text().notNull(),
    refreshKeyId: text().notNull(),
    rotatedAt: integer(),
    transport: text({ enum: ['bearer', 'cookie'] }).notNull(),
    device: text(),
    address: text(),
    createdAt: integer().notNull(),
    lastUsedAt: integer().notNull(),
    /** Idle end; every rotation moves it. */
    expiresAt: integer().notNull(),
    /** Absolute end; nothing moves it. */
    endsAt: integer().notNull(),
    endedAt: integer(),
    endReason: text({ enum: ['logout', 'revoked', 'reuse', 'password', 'account'] }),
  },
  (table) => [
    index('sessions_open').on(table.userId, table.expiresAt, table.id).where(sql`ended_at IS NULL`),
    // For the export and the erasure of a person, which see ended sessions, too.
    index('sessions_by_user').on(table.userId),
    index('sessions_by_end').on(table.endsAt),
  ],
)

export type SessionRow = typeof sessions.$inferSelect

/** Which channels a session has opened sockets to, so that its end reaches exactly those objects. */
export const sessionChannels = sqliteTable(
  'session_channels',
  {
    sessionId: text()
      .notNull()
      .references(() => sessions.id),
    channelId: text().notNull(),
    /** 1 from the end of the session until the object has confirmed the drop; then the row goes. */
    unsynced: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.channelId] }),
    index('session_channels_unsynced').on(table.sessionId).where(sql`unsynced = 1`),
  ],
)

/** Exact counters: one row a key and window. A try over the limit writes nothing. */
export const throttles = sqliteTable(
  'throttles',
  {
    key: text().primaryKey(),
    count: integer().notNull(),
    resetsAt: integer().notNull(),
  },
  (table) => [index('throttles_by_reset').on(table.resetsAt)],
)

/** Addresses from which an account has signed in before; attackers elsewhere cannot use up its tries from here. */
export const knownAddresses = sqliteTable(
  'known_addresses',
  {
    userId: text()
      .notNull()
      .references(() => users.id),
    address: text().notNull(),
    lastUsedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.address] }),
    index('known_addresses_by_use').on(table.lastUsedAt),
  ],
)

/** Links that were mailed to prove an address or to choose a new password. Each works once. */
export const emailTokens = sqliteTable(
  'email_tokens',
  {
    /** Of the token, which is stored nowhere. */
    hash: text().primaryKey(),
    purpose: text({ enum: ['verify', 'change', 'reset'] }).notNull(),
    userId: text()
      .notNull()
      .references(() => users.id),
    /** Where it was mailed to, which whoever brings it has proven to read. */
    email: text().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    /** Names the one use of it; proves, inside a batch, that it was this one. */
    usedBy: text(),
  },
  (table) => [
    index('email_tokens_by_user').on(table.userId, table.purpose),
    index('email_tokens_by_expiry').on(table.expiresAt),
  ],
)

export type EmailTokenRow = typeof emailTokens.$inferSelect
