import { sql } from 'drizzle-orm'
import { passkeys } from '../passkeys/tables'
import { recoveryCodes, totpSecrets } from './tables'

// Conditions for queries over `users`: what a person may prove themselves with after the first factor.

export const hasTotp = sql<number>`EXISTS (SELECT 1 FROM ${totpSecrets}
  WHERE totp_secrets.user_id = users.id AND totp_secrets.confirmed_at IS NOT NULL)`

export const hasPasskeys = sql<number>`EXISTS (SELECT 1 FROM ${passkeys} WHERE passkeys.user_id = users.id)`

export const hasRecoveryCodes = sql<number>`EXISTS (SELECT 1 FROM ${recoveryCodes}
  WHERE recovery_codes.user_id = users.id AND recovery_codes.used_at IS NULL)`

/** For writes that are right only while the first factor is enough. */
export const hasNoSecondFactor = sql`(NOT ${hasTotp} AND NOT ${hasPasskeys})`

/** As columns of a query over `users`. */
export const factorColumns = { hasTotp, hasPasskeys, hasRecoveryCodes }
