import { type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Ctx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { users } from '../users/tables'
import { hasNoSecondFactor } from './mfa/factor-store'
import { totpSecrets } from './mfa/tables'
import { oauthIdentities } from './oauth/tables'
import { type Drop, endSessionsWhere } from './session-end-store'
import { emailTokens } from './tables'

/** Who made an account may not be who reads its address: what is said of one whose address nobody has proven. */
export interface Unproven {
  userId: string
  email: string
}

const isUnproven = ({ userId, email }: Unproven) => sql`EXISTS (SELECT 1 FROM ${users}
  WHERE id = ${userId} AND email = ${email} AND email_verified_at IS NULL AND status = 'active')`

/**
 * The statements that take every way in but password and phone from an account without a second factor: links to
 * accounts elsewhere, and an authenticator app that waits for its first code.
 */
export const deleteOtherWaysIn = (ctx: Ctx, gone: SQL) =>
  [oauthIdentities, totpSecrets].map((table) => ctx.db.run(sql`DELETE FROM ${table} WHERE ${gone}`))

/**
 * Gives an account without a second factor to whoever has proven its address, while nobody has before: whoever made it
 * may be a squatter, so its password, its other ways to sign in and its sessions go, and the address counts as verified.
 * @param withIt written with it, such as the new way to sign in; takes the proof that nobody has claimed it before
 * @returns null when somebody has; then nothing was written. Otherwise the sockets to close
 */
export async function claimAccount(
  ctx: Ctx,
  account: Unproven,
  withIt: (proof: SQL) => readonly BatchItem<'sqlite'>[],
): Promise<Drop[] | null> {
  const now = ctx.now()
  const { userId } = account
  const unclaimed = sql`${isUnproven(account)}
    AND EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND ${hasNoSecondFactor})`
  const gone = sql`user_id = ${userId} AND ${unclaimed}`
  const results: unknown[] = await ctx.db.batch([
    ...endSessionsWhere(ctx, gone, 'account'),
    ...deleteOtherWaysIn(ctx, gone),
    ctx.db.run(sql`DELETE FROM ${emailTokens} WHERE ${gone}`),
    auditEvent(ctx, { event: 'user.address_claimed', actorId: userId, subjectId: userId }, unclaimed),
    ...withIt(unclaimed),
    ctx.db.all<{ id: string }>(sql`
      UPDATE ${users} SET email_verified_at = ${now}, phone = NULL, password_hash = NULL, updated_at = ${now}
      WHERE id = ${userId} AND ${unclaimed} RETURNING id`),
  ])
  const [drops, claimed] = [results[0], results.at(-1)]
  return Array.isArray(claimed) && claimed.length > 0 ? (drops as Drop[]) : null
}

/**
 * The statements that take an address that nobody has proven from the account that has it, and with it the password,
 * the sessions and the open links. Other ways in stay its own. The first result is the sockets to close.
 */
export function releaseAddress(ctx: Ctx, account: Unproven, event: string, proof: SQL) {
  const { userId } = account
  const held = sql`${proof} AND ${isUnproven(account)}`
  return [
    ...endSessionsWhere(ctx, sql`user_id = ${userId} AND ${held}`, 'account'),
    auditEvent(ctx, { event, subjectId: userId }, held),
    ctx.db.run(sql`DELETE FROM ${emailTokens} WHERE user_id = ${userId} AND used_by IS NULL AND ${held}`),
    ctx.db.run(sql`
      UPDATE ${users} SET email = NULL, password_hash = NULL, updated_at = ${ctx.now()} WHERE id = ${userId} AND ${held}`),
  ] as const
}
