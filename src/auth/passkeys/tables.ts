import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../../users/tables'

export const passkeys = sqliteTable(
  'passkeys',
  {
    id: text().primaryKey(),
    userId: text()
      .notNull()
      .references(() => users.id),
    /** As the authenticator named it, in base64url. */
    credentialId: text().notNull().unique('passkeys_credential'),
    /** COSE, in base64url. */
    publicKey: text().notNull(),
    /** How often the authenticator says that it was used; 0 for those that do not count. */
    counter: integer().notNull(),
    /** JSON array: how a browser reaches the authenticator. */
    transports: text().notNull(),
    /** Whether the authenticator's maker keeps a copy, so that it outlives the device. */
    isBackedUp: integer({ mode: 'boolean' }).notNull(),
    name: text().notNull(),
    createdAt: integer().notNull(),
    lastUsedAt: integer(),
    /** The session that it opened last; proves, inside a batch, that it was this use. */
    lastSessionId: text(),
  },
  (table) => [index('passkeys_by_user').on(table.userId, table.createdAt)],
)

/** Open questions to an authenticator: each is asked once, and answered once. */
export const passkeyChallenges = sqliteTable(
  'passkey_challenges',
  {
    /** Of the random challenge, which is stored nowhere. */
    hash: text().primaryKey(),
    purpose: text({ enum: ['register', 'sign-in', 'second-factor'] }).notNull(),
    /** The session that registers, or the hash of the mfaToken; empty for a sign-in by somebody yet unknown. */
    boundTo: text().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [index('passkey_challenges_by_expiry').on(table.expiresAt)],
)

export type PasskeyRow = typeof passkeys.$inferSelect
export type PasskeyChallengeRow = typeof passkeyChallenges.$inferSelect
