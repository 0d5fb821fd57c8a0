import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../../users/tables'

/** One authenticator app a person. Without `confirmedAt` it waits for its first code and does not count yet. */
export const totpSecrets = sqliteTable(
  'totp_secrets',
  {
    userId: text()
      .primaryKey()
      .references(() => users.id),
    /** Sealed under MFA_KEY, for this person only. */
    sealed: text().notNull(),
    createdAt: integer().notNull(),
    confirmedAt: integer(),
    /** The newest time step of which a code was used; no code of it or an older one is good again. */
    lastStep: integer().notNull().default(-1),
  },
  (table) => [index('totp_secrets_waiting').on(table.createdAt).where(sql`confirmed_at IS NULL`)],
)

/** What is left when the phone is gone. A code has more than 112 random bits, so its plain hash is enough. */
export const recoveryCodes = sqliteTable(
  'recovery_codes',
  {
    userId: text()
      .notNull()
      .references(() => users.id),
    hash: text().notNull(),
    createdAt: integer().notNull(),
    usedAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.hash] })],
)

/** Somebody has proven the first factor and owes the second. */
export const mfaChallenges = sqliteTable(
  'mfa_challenges',
  {
    /** Of the mfaToken, which is stored nowhere. */
    tokenHash: text().primaryKey(),
    userId: text()
      .notNull()
      .references(() => users.id),
    firstFactor: text({ enum: ['password', 'phone', 'google', 'github'] }).notNull(),
    /** Of the password's hash at that time; a password that has changed since opens nothing. */
    passwordPrint: text(),
    transport: text({ enum: ['bearer', 'cookie'] }).notNull(),
    /** Counts challenges without an end; the end refunds it. */
    throttleKey: text().notNull(),
    /** How often something was compared for it. */
    tries: integer().notNull().default(0),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    /** The session that it has opened. */
    sessionId: text(),
  },
  (table) => [index('mfa_challenges_by_expiry').on(table.expiresAt)],
)

export type TotpRow = typeof totpSecrets.$inferSelect
export type MfaChallengeRow = typeof mfaChallenges.$inferSelect
