import { eq, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent } from '../../outbox/actions'
import { users } from '../../users/tables'
import { factorColumns, hasNoSecondFactor } from '../mfa/factor-store'
import { isKnownAddress, type NewSession, openSession } from '../store'

/** The account with this number, its second factors, and whether it has been used from this address. */
export async function findByPhone(ctx: Ctx, phone: string, address: string) {
  const [row] = await ctx.db
    .select({ user: users, isKnownAddress: isKnownAddress(address), ...factorColumns })
    .from(users)
    .where(eq(users.phone, phone))
  return row ?? null
}

/** The session of somebody for whom a code is enough. @returns false when the account has changed under us */
export function startSessionByPhone(ctx: Ctx, session: NewSession, phone: string, address: string) {
  const proof = sql`phone = ${phone} AND ${hasNoSecondFactor}`
  return openSession(ctx, session, { proof, address, details: { firstFactor: 'phone' } })
}

/** Gives the caller a number in the place of the one before. The database refuses one that somebody else has. */
export async function linkPhone(ctx: UserCtx, phone: string): Promise<void> {
  const { userId } = ctx.actor
  const mine = sql`id = ${userId} AND status = 'active' AND phone IS NOT ${phone}`
  await ctx.db.batch([
    recordEvent(
      ctx,
      { type: 'security.method_added', to: [userId], actorId: null, facts: { method: 'phone' } },
      sql`EXISTS (SELECT 1 FROM ${users} WHERE ${mine})`,
    ),
    auditEvent(ctx, { event: 'phone.linked', subjectId: userId }, sql`EXISTS (SELECT 1 FROM ${users} WHERE ${mine})`),
    ctx.db.run(sql`UPDATE ${users} SET phone = ${phone}, updated_at = ${ctx.now()} WHERE ${mine}`),
  ])
}
