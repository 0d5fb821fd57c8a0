import { type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Ctx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { users } from '../users/tables'
import { recoveryCodes, totpSecrets } from './mfa/tables'
import { oauthIdentities } from './oauth/tables'
import { passkeys } from './passkeys/tables'
import type { Drop } from './store'
import { emailTokens, sessionChannels, sessions } from './tables'

/** The statements that take every way to sign in but the password and the phone from the rows of a person. */
export const deleteWaysIn = (ctx: Ctx, gone: SQL) =>
  [passkeys, totpSecrets, recoveryCodes, oauthIdentities].map((table) =>
    ctx.db.run(sql`DELETE FROM ${table} WHERE ${gone}`),
  )

/**
 * Gives an account to whoever has proven its address, while nobody has before: whoever made it may be a squatter, so its
 * password, its other ways to sign in and its sessions go, and the address counts as verified.
 * @param withIt written with it, such as the new way to sign in; takes the proof that nobody has claimed it before
 * @returns null when somebody has; then nothing was written. Otherwise the sockets to close
 */
export async function claimAccount(
  ctx: Ctx,
  { userId, email }: { userId: string; email: string },
  withIt: (proof: SQL) => readonly BatchItem<'sqlite'>[],
): Promise<Drop[] | null> {
  const now = ctx.now()
  const unclaimed = sql`EXISTS (SELECT 1 FROM ${users}
    WHERE id = ${userId} AND email = ${email} AND email_verified_at IS NULL AND status = 'active')`
  const open = sql`user_id = ${userId} AND ended_at IS NULL AND ${unclaimed}`
  const gone = sql`user_id = ${userId} AND ${unclaimed}`
  const results: unknown[] = await ctx.db.batch([
    ctx.db.all<Drop>(sql`
      UPDATE ${sessionChannels} SET unsynced = 1 WHERE session_id IN (SELECT id FROM ${sessions} WHERE ${open})
      RETURNING session_id AS "sessionId", channel_id AS "channelId"`),
    ctx.db.run(sql`UPDATE ${sessions} SET ended_at = ${now}, end_reason = 'account' WHERE ${open}`),
    ...deleteWaysIn(ctx, gone),
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
