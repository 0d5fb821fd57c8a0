import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { users } from '../../users/tables'

/** Accounts elsewhere that sign in to one here: at most one of each provider. */
export const oauthIdentities = sqliteTable(
  'oauth_identities',
  {
    provider: text({ enum: ['google', 'github'] }).notNull(),
    /** The provider's own, unchanging id of the account. */
    subject: text().notNull(),
    userId: text()
      .notNull()
      .references(() => users.id),
    /** The address that the provider had verified when the accounts were linked, if any. */
    email: text(),
    createdAt: integer().notNull(),
    lastUsedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.provider, table.subject] }),
    uniqueIndex('oauth_identities_by_user').on(table.userId, table.provider),
  ],
)

/** Sign-ins that are on their way to a provider and back. */
export const oauthStates = sqliteTable(
  'oauth_states',
  {
    /** Of the state in the address. */
    hash: text().primaryKey(),
    /** Of the secret in the browser's cookie: somebody else's browser cannot bring this state. */
    cookieHash: text().notNull(),
    provider: text({ enum: ['google', 'github'] }).notNull(),
    /** The session that links an account; null for a sign-in. */
    sessionId: text(),
    expiresAt: integer().notNull(),
  },
  (table) => [index('oauth_states_by_expiry').on(table.expiresAt)],
)

export type OauthProvider = (typeof oauthIdentities.$inferSelect)['provider']
export type OauthIdentityRow = typeof oauthIdentities.$inferSelect
