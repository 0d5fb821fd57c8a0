import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent } from '../../outbox/actions'
import { users } from '../../users/tables'
import { deleteOtherWaysIn } from '../claim-store'
import { useLink, voidLinks } from '../email/store'
import { hasNoSecondFactor } from '../mfa/factor-store'
import { mfaChallenges } from '../mfa/tables'
import { type Drop, endSessionsWhere } from '../session-end-store'
import type { EmailTokenRow } from '../tables'

/**
 * Sets a new password for whoever has the link, and ends every session. A second factor stays in any case. An address
 * that nobody had proven is proven by it where there is none; whoever made that account may be a squatter, so nothing
 * else opens it any more. `docs/decisions/a-reset-never-passes-a-second-factor.md`
 * @returns null when the link is used up or the address has changed. Otherwise the sockets to close
 */
export async function resetPassword(
  ctx: Ctx,
  { hash, userId, email }: EmailTokenRow,
  passwordHash: string,
): Promise<Drop[] | null> {
  const now = ctx.now()
  const hasIt = sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND email = ${email})`
  const { take, proof } = useLink(ctx, hash, hasIt)
  const isClaim = sql`${proof} AND EXISTS (SELECT 1 FROM ${users}
    WHERE id = ${userId} AND email_verified_at IS NULL AND ${hasNoSecondFactor})`
  const [taken, drops] = await ctx.db.batch([
    take,
    ...endSessionsWhere(ctx, sql`user_id = ${userId} AND ${proof}`, 'password'),
    ...deleteOtherWaysIn(ctx, sql`user_id = ${userId} AND ${isClaim}`),
    ctx.db.run(sql`DELETE FROM ${mfaChallenges} WHERE user_id = ${userId} AND ${proof}`),
    ctx.db.run(sql`UPDATE ${users} SET phone = NULL, email_verified_at = ${now} WHERE id = ${userId} AND ${isClaim}`),
    ctx.db.run(sql`
      UPDATE ${users} SET password_hash = ${passwordHash}, updated_at = ${now} WHERE id = ${userId} AND ${proof}`),
    auditEvent(ctx, { event: 'password.reset', actorId: userId, subjectId: userId }, proof),
    recordEvent(ctx, { type: 'security.password_changed', to: [userId], actorId: null, facts: {} }, proof),
    // Whoever knew the old password may have asked for another address.
    voidLinks(ctx, userId, proof),
  ])
  return taken.length > 0 ? drops : null
}

/**
 * Changes the caller's password, and ends all sessions but this one.
 * @param change the new hash has a salt of its own, so it proves that this change was written
 * @returns null when the password has changed under us. Otherwise the sockets to close
 */
export async function changePassword(
  ctx: UserCtx,
  change: { oldHash: string | null; newHash: string },
): Promise<Drop[] | null> {
  const { userId, sessionId } = ctx.actor
  const proof = sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND password_hash = ${change.newHash})`
  const [changed, drops] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      UPDATE ${users} SET password_hash = ${change.newHash}, updated_at = ${ctx.now()}
      WHERE id = ${userId} AND password_hash IS ${change.oldHash} AND status = 'active' RETURNING id`),
    ...endSessionsWhere(ctx, sql`user_id = ${userId} AND id <> ${sessionId} AND ${proof}`, 'password'),
    ctx.db.run(sql`DELETE FROM ${mfaChallenges} WHERE user_id = ${userId} AND ${proof}`),
    auditEvent(ctx, { event: 'password.changed', subjectId: userId }, proof),
    recordEvent(ctx, { type: 'security.password_changed', to: [userId], actorId: null, facts: {} }, proof),
    voidLinks(ctx, userId, proof),
  ])
  return changed.length > 0 ? drops : null
}
