import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent } from '../../outbox/actions'
import { users } from '../../users/tables'
import { type NewSession, openSession } from '../store'
import { maxPasskeys, passkeyChallengeMs } from './rules'
import { type PasskeyChallengeRow, type PasskeyRow, passkeyChallenges, passkeys } from './tables'

type Question = Pick<PasskeyChallengeRow, 'hash' | 'purpose' | 'boundTo'>

export async function insertPasskeyChallenge(ctx: Ctx, question: Question): Promise<void> {
  await ctx.db.insert(passkeyChallenges).values({ ...question, expiresAt: ctx.now() + passkeyChallengeMs })
}

/** The statement that uses a challenge up: exactly one caller gets its row. */
const takeChallenge = (ctx: Ctx, { hash, purpose, boundTo }: Question) =>
  ctx.db.all<{ hash: string }>(sql`
    DELETE FROM ${passkeyChallenges}
    WHERE hash = ${hash} AND purpose = ${purpose} AND bound_to = ${boundTo} AND expires_at > ${ctx.now()}
    RETURNING hash`)

export async function takePasskeyChallenge(ctx: Ctx, question: Question): Promise<boolean> {
  return (await takeChallenge(ctx, question)).length > 0
}

/** Uses a challenge up, and finds the passkey that is said to answer it, with its owner. */
export async function takeChallengeAndPasskey(ctx: Ctx, question: Question, credentialId: string) {
  const owner = sql`(SELECT user_id FROM ${passkeys} WHERE credential_id = ${credentialId})`
  const [taken, [passkey], [user]] = await ctx.db.batch([
    takeChallenge(ctx, question),
    ctx.db.select().from(passkeys).where(eq(passkeys.credentialId, credentialId)),
    ctx.db.select().from(users).where(eq(users.id, owner)),
  ])
  return { taken: taken.length > 0, found: passkey && user ? { passkey, user } : null }
}

/** Everything that a person has registered, the oldest first; at most `maxPasskeys`. */
export const listPasskeysOf = (ctx: Ctx, userId: string): Promise<PasskeyRow[]> =>
  ctx.db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.createdAt), asc(passkeys.id))

/**
 * Registers a passkey, unless there are too many. The database refuses one that is there already.
 * @param withIt statements that go with it; they take the proof that it was written
 */
export async function insertPasskey(
  ctx: UserCtx,
  passkey: Omit<PasskeyRow, 'lastUsedAt' | 'lastSessionId'>,
  withIt: (proof: SQL) => readonly ReturnType<Ctx['db']['run']>[],
): Promise<boolean> {
  const { id, userId } = passkey
  const proof = sql`EXISTS (SELECT 1 FROM ${passkeys} WHERE id = ${id})`
  const [inserted] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      INSERT INTO ${passkeys} (id, user_id, credential_id, public_key, counter, transports, is_backed_up, name, created_at)
      SELECT ${id}, ${userId}, ${passkey.credentialId}, ${passkey.publicKey}, ${passkey.counter},
        ${passkey.transports}, ${passkey.isBackedUp ? 1 : 0}, ${passkey.name}, ${passkey.createdAt}
      WHERE (SELECT count(*) FROM ${passkeys} WHERE user_id = ${userId}) < ${maxPasskeys}
      RETURNING id`),
    ...withIt(proof),
    auditEvent(ctx, { event: 'passkey.added', subjectId: userId, details: { passkeyId: id } }, proof),
    recordEvent(
      ctx,
      { type: 'security.method_added', to: [userId], actorId: null, facts: { method: 'passkey' } },
      proof,
    ),
  ])
  return inserted.length > 0
}

/** @param unless a condition that keeps it, such as being the only way in @returns false when it was not deleted */
export async function deletePasskey(
  ctx: UserCtx,
  id: string,
  unless: SQL,
  withIt: readonly ReturnType<Ctx['db']['run']>[],
): Promise<boolean> {
  const { userId } = ctx.actor
  const mine = sql`id = ${id} AND user_id = ${userId} AND NOT (${unless})`
  const isThere = sql`EXISTS (SELECT 1 FROM ${passkeys} WHERE ${mine})`
  const [, , deleted] = await ctx.db.batch([
    auditEvent(ctx, { event: 'passkey.removed', subjectId: userId, details: { passkeyId: id } }, isThere),
    recordEvent(
      ctx,
      { type: 'security.method_removed', to: [userId], actorId: null, facts: { method: 'passkey' } },
      isThere,
    ),
    ctx.db.all<{ id: string }>(sql`DELETE FROM ${passkeys} WHERE ${mine} RETURNING id`),
    ...withIt,
  ])
  return deleted.length > 0
}

export async function findPasskey(ctx: UserCtx, id: string): Promise<PasskeyRow | null> {
  const [row] = await ctx.db
    .select()
    .from(passkeys)
    .where(and(eq(passkeys.id, id), eq(passkeys.userId, ctx.actor.userId)))
  return row ?? null
}

interface Use {
  id: string
  /** What the answer said; it has to be newer than what is stored. */
  counter: number
  sessionId: string
}

const isNewer = (counter: number) => sql`(counter < ${counter} OR (counter = 0 AND ${counter} = 0))`

/** Holds while the passkey is there and its counter has not moved past the answer's. */
export const canUsePasskey = ({ id, counter }: Use): SQL =>
  sql`EXISTS (SELECT 1 FROM ${passkeys} WHERE id = ${id} AND ${isNewer(counter)})`

/** The statement that notes a use. */
export const usePasskey = (ctx: Ctx, { id, counter, sessionId }: Use, proof: SQL) =>
  ctx.db.run(sql`
    UPDATE ${passkeys} SET counter = ${counter}, last_used_at = ${ctx.now()}, last_session_id = ${sessionId}
    WHERE id = ${id} AND ${isNewer(counter)} AND ${proof}`)

/** The session of somebody whose passkey stands for both factors. @returns false when its counter has moved on */
export function startSessionByPasskey(
  ctx: Ctx,
  session: NewSession,
  passkeyId: string,
  counter: number,
  address: string,
) {
  const use = { id: passkeyId, counter, sessionId: session.id }
  return openSession(ctx, session, {
    before: [usePasskey(ctx, use, sql`1`)],
    proof: sql`EXISTS (SELECT 1 FROM ${passkeys} WHERE id = ${passkeyId} AND last_session_id = ${session.id})`,
    address,
    details: { firstFactor: 'passkey' },
  })
}

/** Deletes up to `limit` questions that nobody has answered in time. Safe to repeat. */
export async function deleteOldPasskeyChallenges(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM ${passkeyChallenges} WHERE hash IN
      (SELECT hash FROM ${passkeyChallenges} WHERE expires_at <= ${ctx.now()} ORDER BY expires_at LIMIT ${limit})`)
}
