import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent } from '../../outbox/actions'
import { users } from '../../users/tables'
import { factorColumns, hasNoSecondFactor } from '../mfa/factor-store'
import { isKnownAddress, type NewSession, openSession } from '../store'
import { sessions } from '../tables'
import { oauthStateMs } from './rules'
import { type OauthIdentityRow, type OauthProvider, oauthIdentities, oauthStates } from './tables'

interface State {
  hash: string
  cookieHash: string
  provider: OauthProvider
}

/** @param sessionId the session that links an account; null for a sign-in */
export async function insertOauthState(ctx: Ctx, state: State, sessionId: string | null): Promise<void> {
  await ctx.db.insert(oauthStates).values({ ...state, sessionId, expiresAt: ctx.now() + oauthStateMs })
}

/** Uses a state up: exactly one caller gets it, and only with its own browser's cookie. */
export async function takeOauthState(ctx: Ctx, { hash, cookieHash, provider }: State) {
  const [row] = await ctx.db.all<{ sessionId: string | null }>(sql`
    DELETE FROM ${oauthStates}
    WHERE hash = ${hash} AND cookie_hash = ${cookieHash} AND provider = ${provider} AND expires_at > ${ctx.now()}
    RETURNING session_id AS "sessionId"`)
  return row ?? null
}

export type Identity = Pick<OauthIdentityRow, 'provider' | 'subject' | 'email'>

const isIdentity = ({ provider, subject }: Identity) =>
  and(eq(oauthIdentities.provider, provider), eq(oauthIdentities.subject, subject))

/** The account that is linked with an identity, and the one that has its verified address. */
export async function findAccountsOf(ctx: Ctx, identity: Identity, address: string) {
  const columns = { user: users, isKnownAddress: isKnownAddress(address), ...factorColumns }
  const linkedId = ctx.db.select({ id: oauthIdentities.userId }).from(oauthIdentities).where(isIdentity(identity))
  const [[linked], [namesake]] = await ctx.db.batch([
    ctx.db.select(columns).from(users).where(eq(users.id, linkedId)),
    ctx.db
      .select(columns)
      .from(users)
      .where(eq(users.email, identity.email ?? '')),
  ])
  return { linked: linked ?? null, namesake: namesake ?? null }
}

const isLinked = (identity: Identity, userId: string) => sql`EXISTS (SELECT 1 FROM ${oauthIdentities}
  WHERE provider = ${identity.provider} AND subject = ${identity.subject} AND user_id = ${userId})`

/** When two accounts may be linked: both addresses are verified and the same, or the owner asks for it, signed in. */
export const sameVerifiedAddress = ({ email }: Identity) => sql`email = ${email} AND email_verified_at IS NOT NULL`
export const whileSignedIn = (ctx: Ctx, sessionId: string) => sql`EXISTS (SELECT 1 FROM ${sessions}
  WHERE sessions.id = ${sessionId} AND sessions.user_id = users.id AND ended_at IS NULL AND expires_at > ${ctx.now()})`

/**
 * Links an identity with an account while a condition holds on the row of `users`. The database refuses an identity that
 * somebody has, and a second one of the same provider.
 * @returns false when the condition no longer holds; then nothing was written
 */
export async function linkIdentity(ctx: Ctx, identity: Identity, userId: string, condition: SQL): Promise<boolean> {
  const { provider, subject, email } = identity
  const may = sql`FROM ${users} WHERE id = ${userId} AND status = 'active' AND ${condition}`
  const event = { event: 'oauth.linked', actorId: userId, subjectId: userId, details: { provider } }
  const [, , linked] = await ctx.db.batch([
    recordEvent(
      ctx,
      { type: 'security.method_added', to: [userId], actorId: null, facts: { method: provider } },
      sql`EXISTS (SELECT 1 ${may})`,
    ),
    auditEvent(ctx, event, sql`EXISTS (SELECT 1 ${may})`),
    ctx.db.all<{ userId: string }>(sql`
      INSERT INTO ${oauthIdentities} (provider, subject, user_id, email, created_at, last_used_at)
      SELECT ${provider}, ${subject}, id, ${email}, ${ctx.now()}, ${ctx.now()} ${may} RETURNING user_id`),
  ])
  return linked.length > 0
}

/** The statement that links a new account, for the batch that makes it. */
export const insertIdentity = (ctx: Ctx, identity: Identity, userId: string) =>
  ctx.db.insert(oauthIdentities).values({ ...identity, userId, createdAt: ctx.now(), lastUsedAt: ctx.now() })

/** The same for an account that changes hands, while `proof` holds. */
export const insertClaimedIdentity = (ctx: Ctx, { provider, subject, email }: Identity, userId: string, proof: SQL) =>
  ctx.db.run(sql`
    INSERT INTO ${oauthIdentities} (provider, subject, user_id, email, created_at, last_used_at)
    SELECT ${provider}, ${subject}, ${userId}, ${email}, ${ctx.now()}, ${ctx.now()} WHERE ${proof}`)

/** The account of a session that is open, or null. */
export async function findSessionOwner(ctx: Ctx, sessionId: string) {
  const [row] = await ctx.db
    .select({ user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.id, sessionId), whileSignedIn(ctx, sessionId)))
  return row?.user ?? null
}

/** The session of somebody for whom the provider's word is enough. @returns false when that is no longer so */
export function startSessionByIdentity(ctx: Ctx, session: NewSession, identity: Identity, address: string) {
  const proof = sql`${isLinked(identity, session.userId)} AND ${hasNoSecondFactor}`
  return openSession(ctx, session, {
    before: [noteUse(ctx, identity)],
    proof,
    address,
    details: { firstFactor: identity.provider },
  })
}

/** The statement that notes when an identity was used last. */
const noteUse = (ctx: Ctx, { provider, subject }: Identity) =>
  ctx.db.run(sql`
    UPDATE ${oauthIdentities} SET last_used_at = ${ctx.now()} WHERE provider = ${provider} AND subject = ${subject}`)

/** The caller's linked accounts: at most one of each provider. */
export const listIdentities = (ctx: UserCtx): Promise<OauthIdentityRow[]> =>
  ctx.db
    .select()
    .from(oauthIdentities)
    .where(eq(oauthIdentities.userId, ctx.actor.userId))
    .orderBy(asc(oauthIdentities.provider))

/** Deletes up to `limit` sign-ins that have not come back in time. Safe to repeat. */
export async function deleteOldOauthStates(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM ${oauthStates} WHERE hash IN
      (SELECT hash FROM ${oauthStates} WHERE expires_at <= ${ctx.now()} ORDER BY expires_at LIMIT ${limit})`)
}
