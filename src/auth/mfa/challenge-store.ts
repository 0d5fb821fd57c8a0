import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { users } from '../../users/tables'
import { canUsePasskey, usePasskey } from '../passkeys/store'
import type { PasskeyRow } from '../passkeys/tables'
import type { Throttle } from '../rules'
import { type NewSession, openSession } from '../store'
import { refundThrottles, takeThrottles } from '../throttle-store'
import { maxMfaTries, mfaChallengeMs } from './rules'
import { isUnspent, type ProvenCode, spend } from './store'
import { type MfaChallengeRow, mfaChallenges, totpSecrets } from './tables'

export type NewMfaChallenge = Pick<
  MfaChallengeRow,
  'tokenHash' | 'userId' | 'firstFactor' | 'passwordPrint' | 'transport'
>

/**
 * Notes that somebody has proven the first factor, unless too many such sign-ins have stopped there.
 * @param first what goes with the proven factor; each takes the proof that the challenge was written
 * @returns `taken` is empty when the throttle is full; then nothing was written
 */
export async function insertMfaChallenge(
  ctx: Ctx,
  challenge: NewMfaChallenge,
  throttle: Throttle,
  proven: { passwordHash: string | null; newHash: string | null; throttleKeys: string[] },
) {
  const now = ctx.now()
  const proof = sql`EXISTS (SELECT 1 FROM ${mfaChallenges} WHERE token_hash = ${challenge.tokenHash})`
  const [taken, full] = takeThrottles(ctx, [throttle])
  const [written, , , , takenRows, fullRows] = await ctx.db.batch([
    ctx.db.all<{ userId: string }>(sql`
      INSERT INTO ${mfaChallenges} (token_hash, user_id, first_factor, password_print, transport, throttle_key, tries,
        created_at, expires_at)
      SELECT ${challenge.tokenHash}, id, ${challenge.firstFactor}, ${challenge.passwordPrint}, ${challenge.transport},
        ${throttle.key}, 0, ${now}, ${now + mfaChallengeMs}
      FROM ${users} WHERE id = ${challenge.userId} AND status = 'active' AND password_hash IS ${proven.passwordHash}
        AND NOT EXISTS (SELECT 1 FROM throttles WHERE key = ${throttle.key} AND resets_at > ${now}
          AND count >= ${throttle.max})
      RETURNING user_id`),
    refundThrottles(ctx, proven.throttleKeys, proof),
    ctx.db.run(sql`
      UPDATE ${users} SET password_hash = coalesce(${proven.newHash}, password_hash)
      WHERE id = ${challenge.userId} AND ${proof}`),
    auditEvent(
      ctx,
      {
        event: 'login.second_factor_asked',
        actorId: challenge.userId,
        subjectId: challenge.userId,
        details: { firstFactor: challenge.firstFactor },
      },
      proof,
    ),
    taken,
    full,
  ])
  return { written: written.length > 0, refused: takenRows.length === 0, full: fullRows }
}

/** Takes one of the tries of a challenge, and reads what to compare with; null when it has ended or has none left. */
export async function takeMfaTry(ctx: Ctx, tokenHash: string) {
  const itsUser = sql`(SELECT user_id FROM ${mfaChallenges} WHERE token_hash = ${tokenHash})`
  const [taken, [challenge], [user], [totp]] = await ctx.db.batch([
    ctx.db.all<{ tries: number }>(sql`
      UPDATE ${mfaChallenges} SET tries = tries + 1
      WHERE token_hash = ${tokenHash} AND session_id IS NULL AND expires_at > ${ctx.now()} AND tries < ${maxMfaTries}
      RETURNING tries`),
    ctx.db.select().from(mfaChallenges).where(eq(mfaChallenges.tokenHash, tokenHash)),
    ctx.db.select().from(users).where(eq(users.id, itsUser)),
    ctx.db
      .select()
      .from(totpSecrets)
      .where(and(eq(totpSecrets.userId, itsUser), isNotNull(totpSecrets.confirmedAt))),
  ])
  return taken.length > 0 && challenge && user ? { challenge, user, totp: totp ?? null } : null
}

/** Whether a challenge waits for its second factor, and whose it is. Takes no try. */
export async function findOpenChallenge(ctx: Ctx, tokenHash: string) {
  const [row] = await ctx.db
    .select({ userId: mfaChallenges.userId })
    .from(mfaChallenges)
    .where(
      and(
        eq(mfaChallenges.tokenHash, tokenHash),
        isNull(mfaChallenges.sessionId),
        sql`expires_at > ${ctx.now()} AND tries < ${maxMfaTries}`,
      ),
    )
  return row ?? null
}

interface Finish {
  challenge: MfaChallengeRow
  session: NewSession
  /** The password's hash that was read when the try was taken. */
  passwordHash: string | null
  address: string
}

/** Opens the session of somebody who has proven both factors, once. @returns false when another attempt was faster */
export function finishWithCode(ctx: Ctx, finish: Finish, proven: ProvenCode): Promise<boolean> {
  const { userId } = finish.challenge
  const condition = isUnspent(userId, proven)
  return finishChallenge(ctx, finish, proven.kind, condition, (proof) => spend(ctx, userId, proven, proof))
}

/** The same with a passkey. @param counter what its answer said, which must be newer than what is stored */
export function finishWithPasskey(ctx: Ctx, finish: Finish, passkey: PasskeyRow, counter: number): Promise<boolean> {
  const use = { id: passkey.id, counter, sessionId: finish.session.id }
  return finishChallenge(ctx, finish, 'passkey', canUsePasskey(use), (proof) => usePasskey(ctx, use, proof))
}

/**
 * The challenge takes the new session's name first, on the condition that the second factor can still be spent; that
 * name then proves everything after it.
 */
function finishChallenge(
  ctx: Ctx,
  { challenge, session, passwordHash, address }: Finish,
  secondFactor: string,
  condition: SQL,
  spendIt: (proof: SQL) => ReturnType<Ctx['db']['run']>,
): Promise<boolean> {
  const proof = sql`EXISTS (SELECT 1 FROM ${mfaChallenges}
    WHERE token_hash = ${challenge.tokenHash} AND session_id = ${session.id})`
  const close = ctx.db.run(sql`
    UPDATE ${mfaChallenges} SET session_id = ${session.id}
    WHERE token_hash = ${challenge.tokenHash} AND session_id IS NULL AND expires_at > ${ctx.now()} AND ${condition}
      AND EXISTS (SELECT 1 FROM ${users} WHERE id = ${challenge.userId} AND status = 'active'
        AND password_hash IS ${passwordHash})`)
  return openSession(ctx, session, {
    before: [close, spendIt(proof)],
    proof,
    address,
    throttleKeys: [challenge.throttleKey],
    details: { firstFactor: challenge.firstFactor, secondFactor },
  })
}
