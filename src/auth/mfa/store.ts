import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent } from '../../outbox/actions'
import { users } from '../../users/tables'
import { passkeys } from '../passkeys/tables'
import type { Throttle } from '../rules'
import { sessions } from '../tables'
import { takeThrottles } from '../throttle-store'
import { hasPasskeys, hasTotp } from './factor-store'
import { totpSetupMs } from './rules'
import { mfaChallenges, recoveryCodes, totpSecrets } from './tables'

/**
 * The statements that read what the caller's account says of its factors, and how old the session is. Each is of one
 * table: a batch loses columns of joined tables that are called the same.
 */
function selectFactors(ctx: UserCtx) {
  const { userId, sessionId } = ctx.actor
  return [
    ctx.db
      .select({
        user: users,
        startedAt: sql<number>`(SELECT created_at FROM ${sessions} WHERE sessions.id = ${sessionId})`,
        hasTotp,
        passkeyCount: sql<number>`(SELECT count(*) FROM ${passkeys} WHERE passkeys.user_id = users.id)`,
        recoveryCodesLeft: sql<number>`(SELECT count(*) FROM ${recoveryCodes}
          WHERE recovery_codes.user_id = users.id AND recovery_codes.used_at IS NULL)`,
      })
      .from(users)
      .where(eq(users.id, userId)),
    ctx.db.select().from(totpSecrets).where(eq(totpSecrets.userId, userId)),
  ] as const
}

export async function findFactors(ctx: UserCtx) {
  const [[row], [totp]] = await ctx.db.batch(selectFactors(ctx))
  return row ? { ...row, totp: totp ?? null } : null
}

/** The same, and counts a try to prove the password. @returns `taken` is empty when the throttle is full */
export async function findFactorsForTry(ctx: UserCtx, throttle: Throttle) {
  const [[row], [totp], taken, full] = await ctx.db.batch([...selectFactors(ctx), ...takeThrottles(ctx, [throttle])])
  return { factors: row ? { ...row, totp: totp ?? null } : null, refused: taken.length === 0, full }
}

/** Puts a secret where none is confirmed. @returns false when one is */
export async function putTotpSecret(ctx: UserCtx, sealed: string): Promise<boolean> {
  const written = await ctx.db.all<{ userId: string }>(sql`
    INSERT INTO ${totpSecrets} (user_id, sealed, created_at, last_step) VALUES (${ctx.actor.userId}, ${sealed}, ${ctx.now()}, -1)
    ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, created_at = excluded.created_at, last_step = -1
    WHERE totp_secrets.confirmed_at IS NULL
    RETURNING user_id`)
  return written.length > 0
}

/** The statements that put ten codes in the place of all before. */
export function replaceRecoveryCodes(ctx: UserCtx, hashes: string[], proof: SQL) {
  const { userId } = ctx.actor
  return [
    ctx.db.run(sql`DELETE FROM ${recoveryCodes} WHERE user_id = ${userId} AND ${proof}`),
    ctx.db.run(sql`
      INSERT INTO ${recoveryCodes} (user_id, hash, created_at)
      SELECT ${userId}, value, ${ctx.now()} FROM json_each(${JSON.stringify(hashes)}) WHERE ${proof}`),
  ] as const
}

/**
 * Makes a waiting authenticator app count, with its recovery codes.
 * @param resealed the same secret, sealed anew: no other attempt has this text, so it proves that this one was first
 * @returns false when another attempt was, or the secret has changed under us
 */
export async function confirmTotpSecret(
  ctx: UserCtx,
  change: { sealed: string; resealed: string; step: number; hashes: string[] },
): Promise<boolean> {
  const { userId } = ctx.actor
  const now = ctx.now()
  const proof = sql`EXISTS (SELECT 1 FROM ${totpSecrets} WHERE user_id = ${userId} AND sealed = ${change.resealed})`
  const [confirmed] = await ctx.db.batch([
    ctx.db.all<{ userId: string }>(sql`
      UPDATE ${totpSecrets} SET sealed = ${change.resealed}, confirmed_at = ${now}, last_step = ${change.step}
      WHERE user_id = ${userId} AND sealed = ${change.sealed} AND confirmed_at IS NULL
        AND created_at > ${now - totpSetupMs}
      RETURNING user_id`),
    ...replaceRecoveryCodes(ctx, change.hashes, proof),
    auditEvent(ctx, { event: 'mfa.totp_added', subjectId: userId }, proof),
    recordEvent(
      ctx,
      { type: 'security.method_added', to: [userId], actorId: null, facts: { method: 'authenticator' } },
      proof,
    ),
  ])
  return confirmed.length > 0
}

/** A right code, not yet spent: a step of the app, or the hash of a recovery code. */
export type ProvenCode = { kind: 'totp'; step: number } | { kind: 'recovery_code'; hash: string }

/** Holds while the code can still be spent. */
export function isUnspent(userId: string, proven: ProvenCode): SQL {
  return proven.kind === 'totp'
    ? sql`EXISTS (SELECT 1 FROM ${totpSecrets}
        WHERE user_id = ${userId} AND confirmed_at IS NOT NULL AND last_step < ${proven.step})`
    : sql`EXISTS (SELECT 1 FROM ${recoveryCodes}
        WHERE user_id = ${userId} AND hash = ${proven.hash} AND used_at IS NULL)`
}

/** The statement that spends it. */
export function spend(ctx: Ctx, userId: string, proven: ProvenCode, proof: SQL) {
  return proven.kind === 'totp'
    ? ctx.db.run(sql`UPDATE ${totpSecrets} SET last_step = ${proven.step} WHERE user_id = ${userId} AND ${proof}`)
    : ctx.db.run(sql`
        UPDATE ${recoveryCodes} SET used_at = ${ctx.now()}
        WHERE user_id = ${userId} AND hash = ${proven.hash} AND ${proof}`)
}

/** Takes the authenticator app off. Recovery codes stay only beside a passkey. @returns false when the code was spent */
export async function deleteTotpSecret(ctx: UserCtx, proven: ProvenCode): Promise<boolean> {
  const { userId } = ctx.actor
  const [, , deleted] = await ctx.db.batch([
    auditEvent(ctx, { event: 'mfa.totp_removed', subjectId: userId }, isUnspent(userId, proven)),
    recordEvent(
      ctx,
      { type: 'security.method_removed', to: [userId], actorId: null, facts: { method: 'authenticator' } },
      isUnspent(userId, proven),
    ),
    ctx.db.all<{ userId: string }>(sql`
      DELETE FROM ${totpSecrets} WHERE user_id = ${userId} AND ${isUnspent(userId, proven)} RETURNING user_id`),
    deleteUselessCodes(ctx, userId),
    spend(ctx, userId, proven, sql`1`),
  ])
  return deleted.length > 0
}

/** The statement that deletes recovery codes which no longer stand beside a second factor. */
export const deleteUselessCodes = (ctx: Ctx, userId: string) =>
  ctx.db.run(sql`
    DELETE FROM ${recoveryCodes} WHERE user_id = ${userId}
      AND NOT EXISTS (SELECT 1 FROM ${totpSecrets} WHERE user_id = ${userId})
      AND NOT EXISTS (SELECT 1 FROM ${passkeys} WHERE user_id = ${userId})`)

/** @returns false when the last second factor went meanwhile */
export async function renewRecoveryCodes(ctx: UserCtx, hashes: string[]): Promise<boolean> {
  const { userId } = ctx.actor
  const isOn = sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND (${hasTotp} OR ${hasPasskeys}))`
  await ctx.db.batch([
    ...replaceRecoveryCodes(ctx, hashes, isOn),
    auditEvent(ctx, { event: 'mfa.recovery_codes_renewed', subjectId: userId }, isOn),
    recordEvent(
      ctx,
      { type: 'security.method_added', to: [userId], actorId: null, facts: { method: 'recovery_codes' } },
      isOn,
    ),
  ])
  const [first] = hashes
  const found = await ctx.db
    .select({ hash: recoveryCodes.hash })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.hash, first ?? '')))
  return found.length > 0
}

/** The statement that recognises a recovery code. */
export async function findRecoveryCode(ctx: Ctx, userId: string, hash: string): Promise<boolean> {
  const found = await ctx.db
    .select({ hash: recoveryCodes.hash })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.hash, hash), isNull(recoveryCodes.usedAt)))
  return found.length > 0
}

/** Deletes up to `limit` challenges that are over, and secrets that never got their first code. Safe to repeat. */
export async function deleteOldMfaRows(ctx: Ctx, limit: number): Promise<void> {
  const now = ctx.now()
  await ctx.db.batch([
    ctx.db.run(sql`
      DELETE FROM ${mfaChallenges} WHERE token_hash IN
        (SELECT token_hash FROM ${mfaChallenges} WHERE expires_at <= ${now} ORDER BY expires_at LIMIT ${limit})`),
    ctx.db.run(sql`
      DELETE FROM ${totpSecrets} WHERE user_id IN (SELECT user_id FROM ${totpSecrets}
        WHERE confirmed_at IS NULL AND created_at <= ${now - totpSetupMs} LIMIT ${limit})`),
  ])
}
