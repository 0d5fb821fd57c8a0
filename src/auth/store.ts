import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Ctx, UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { recordEvent } from '../outbox/actions'
import { deletions } from '../privacy/tables'
import { type UserRow, users } from '../users/tables'
import { factorColumns, hasNoSecondFactor } from './mfa/factor-store'
import { sessionIdleMs, type Throttle } from './rules'
import { knownAddresses, type SessionRow, sessionChannels, sessions, throttles } from './tables'
import { listThrottles, refundThrottles, takeListedThrottles, takeThrottles } from './throttle-store'

/** A session and what decides whether its user may act, by key. */
export async function findSession(ctx: Ctx, sessionId: string) {
  const [row] = await ctx.db
    .select({
      userId: sessions.userId,
      expiresAt: sessions.expiresAt,
      endsAt: sessions.endsAt,
      endedAt: sessions.endedAt,
      status: users.status,
      role: users.role,
      emailVerifiedAt: users.emailVerifiedAt,
      phone: users.phone,
      erasesAt: deletions.erasesAt,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .leftJoin(deletions, eq(deletions.userId, sessions.userId))
    .where(eq(sessions.id, sessionId))
  return row ?? null
}

/** Repeating it changes nothing. @returns false when the session has ended meanwhile; then there is no row */
export async function insertSessionChannel(ctx: UserCtx, channelId: string): Promise<boolean> {
  const open = sql`FROM ${sessions} WHERE id = ${ctx.actor.sessionId} AND ended_at IS NULL`
  const [, found] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT OR IGNORE INTO ${sessionChannels} (session_id, channel_id) SELECT id, ${channelId} ${open}`),
    ctx.db.all<{ id: string }>(sql`SELECT id ${open}`),
  ])
  return found.length > 0
}

/** Whether a row of `users` has signed in from this address before. */
export const isKnownAddress = (address: string) => sql<number>`EXISTS (SELECT 1 FROM ${knownAddresses}
  WHERE known_addresses.user_id = users.id AND known_addresses.address = ${address})`

/**
 * Counts a try to sign in, and finds the account behind what somebody typed, its second factors, and whether it has
 * been used from this address. Known and unknown names cost the same statements.
 * @param throttlesOf those of an account, or of the pseudonym of a name that nobody has
 */
export async function countTryAndFindAccount(
  ctx: Ctx,
  { login, pseudonym, address }: { login: string; pseudonym: string; address: string },
  throttlesOf: (account: string, isKnownAddress: boolean) => Throttle[],
) {
  const named = login.includes('@') ? eq(users.email, login) : eq(users.username, login)
  const id = sql`(SELECT id FROM ${users} WHERE ${named})`
  const known = sql`EXISTS (SELECT 1 FROM ${knownAddresses}
    WHERE known_addresses.user_id = ${id} AND known_addresses.address = ${address})`
  const wanted = listThrottles(
    throttlesOf(placeholder, false),
    sql`replace(value ->> 'key', ${placeholder}, coalesce(${id}, ${pseudonym}))`,
    sql`(NOT ${known} OR value ->> 'name' IN (SELECT value FROM json_each(
      ${JSON.stringify(throttlesOf(placeholder, true).map(({ name }) => name))})))`,
  )
  const columns = { user: users, isKnownAddress: isKnownAddress(address), ...factorColumns }
  const [taken, full, [account]] = await ctx.db.batch([
    ...takeListedThrottles(ctx, wanted),
    ctx.db.select(columns).from(users).where(named),
  ])
  return { account: account ?? null, refused: taken.length === 0, full }
}

/** Stands in a key for an account that only the database knows. */
const placeholder = '{account}'

/** The statement that finds who has this address or one of these usernames. */
export function selectTaken(ctx: Ctx, email: string, usernames: string[]) {
  return ctx.db.all<{ email: string; username: string }>(sql`
    SELECT email, username FROM ${users}
    WHERE email = ${email} OR username IN (SELECT value FROM json_each(${JSON.stringify(usernames)}))`)
}

export type NewSession = Omit<SessionRow, 'refreshN' | 'rotatedAt' | 'endedAt' | 'endReason'>

/** @param proof a condition on the row of `users`, which decides whatever has happened since it was read */
function insertSession(ctx: Ctx, session: NewSession, proof: SQL) {
  return ctx.db.all<{ id: string }>(sql`
    INSERT INTO ${sessions} (id, user_id, refresh_salt, refresh_key_id, transport, device, address, created_at,
      last_used_at, expires_at, ends_at)
    SELECT ${session.id}, id, ${session.refreshSalt}, ${session.refreshKeyId}, ${session.transport}, ${session.device},
      ${session.address}, ${session.createdAt}, ${session.lastUsedAt}, ${session.expiresAt}, ${session.endsAt}
    FROM ${users} WHERE id = ${session.userId} AND status = 'active' AND ${proof}
    RETURNING id`)
}

function rememberAddress(ctx: Ctx, userId: string, address: string, proof: SQL) {
  return ctx.db.run(sql`
    INSERT INTO ${knownAddresses} (user_id, address, last_used_at) SELECT ${userId}, ${address}, ${ctx.now()} WHERE ${proof}
    ON CONFLICT (user_id, address) DO UPDATE SET last_used_at = excluded.last_used_at`)
}

/** The statement that tells somebody of a sign-in from where they have never been; not of the very first. */
function tellOfNewPlace(ctx: Ctx, userId: string, address: string, proof: SQL) {
  const known = (which: SQL) =>
    sql`EXISTS (SELECT 1 FROM ${knownAddresses} AS k WHERE k.user_id = ${userId} AND ${which})`
  const facts = { device: ctx.device, address: ctx.address }
  return recordEvent(
    ctx,
    { type: 'security.signed_in', to: [userId], actorId: null, facts },
    sql`${proof} AND ${known(sql`1`)} AND NOT ${known(sql`k.address = ${address}`)}`,
  )
}

/**
 * A new account with its first session, all or nothing. The database refuses a second address or username.
 * @param enrolment what else a new account needs
 */
export async function insertAccount(
  ctx: Ctx,
  user: UserRow,
  session: NewSession,
  address: string,
  enrolment: readonly BatchItem<'sqlite'>[],
): Promise<void> {
  const audit = { actorId: user.id, subjectId: user.id }
  await ctx.db.batch([
    ctx.db.insert(users).values(user),
    ...enrolment,
    insertSession(ctx, session, sql`1`),
    rememberAddress(ctx, user.id, address, sql`1`),
    auditEvent(ctx, { event: 'user.registered', ...audit, details: { sessionId: session.id } }),
  ])
}

/** What opens a session, and what goes with it. */
export interface Opening {
  /** Written first, in the same batch: what is used up by this sign-in. */
  before?: BatchItem<'sqlite'>[]
  /** Holds, on the row of `users`, only for somebody who has proven who they are. */
  proof: SQL
  address: string
  throttleKeys?: string[]
  /** The password's hash by today's policy, when the one that was proven is older. */
  newHash?: string | null
  /** For the audit row. */
  details?: Record<string, string>
}

/** The session of somebody who signs in. @returns false when the proof no longer holds; then it was not written */
export async function openSession(ctx: Ctx, session: NewSession, opening: Opening): Promise<boolean> {
  return (await openAndRead(ctx, session, opening, [])) !== null
}

/** The same, and what the statements say that come along. @returns null when the session was not written */
async function openAndRead(
  ctx: Ctx,
  session: NewSession,
  opening: Opening,
  reads: readonly BatchItem<'sqlite'>[],
): Promise<unknown[] | null> {
  const { before = [], proof, address, throttleKeys = [], newHash = null, details } = opening
  const isOpen = sql`EXISTS (SELECT 1 FROM ${sessions} WHERE id = ${session.id})`
  const { userId } = session
  const insert = insertSession(ctx, session, proof)
  const event = { event: 'session.started', actorId: userId, subjectId: userId }
  const results: unknown[] = await ctx.db.batch([
    ...(before as [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]]),
    insert,
    tellOfNewPlace(ctx, userId, address, isOpen),
    rememberAddress(ctx, userId, address, isOpen),
    refundThrottles(ctx, throttleKeys, isOpen),
    ctx.db.run(sql`
      UPDATE ${users} SET last_active_at = ${ctx.now()}, password_hash = coalesce(${newHash}, password_hash)
      WHERE id = ${userId} AND ${isOpen}`),
    auditEvent(ctx, { ...event, details: { sessionId: session.id, ...details } }, isOpen),
    ...reads,
  ])
  const opened = results[before.length]
  return Array.isArray(opened) && opened.length > 0 ? results.slice(results.length - reads.length) : null
}

/**
 * The session of somebody for whom a password is enough.
 * @param read comes along, to save a round trip
 * @returns null when the account has changed under us; then nothing was written. Otherwise what was read
 */
export async function startSession<T>(
  ctx: Ctx,
  session: NewSession,
  proven: { passwordHash: string; newHash: string | null; address: string; throttleKeys: string[] },
  read: BatchItem<'sqlite'> & PromiseLike<T>,
): Promise<T | null> {
  const proof = sql`password_hash = ${proven.passwordHash} AND ${hasNoSecondFactor}`
  const found = await openAndRead(ctx, session, { ...proven, proof }, [read])
  return found && (found[0] as T)
}

/** A session with all that a refresh needs to know. */
export async function findRefreshable(ctx: Ctx, sessionId: string) {
  const [row] = await ctx.db
    .select({ session: sessions, status: users.status })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.id, sessionId))
  return row ?? null
}

/**
 * Rotates from `n` to `n + 1` if nobody else has and the throttle is not full, which is counted in the same batch.
 * @returns the session as it is afterwards; `rotated` says whether it was us
 */
export async function rotateSession(ctx: Ctx, session: SessionRow, throttle: Throttle, keyId: string) {
  const now = ctx.now()
  const expiresAt = Math.min(now + sessionIdleMs, session.endsAt)
  const [taken, full] = takeThrottles(ctx, [throttle])
  const rotate = ctx.db.all<{ n: number }>(sql`
    UPDATE ${sessions} SET refresh_n = refresh_n + 1, rotated_at = ${now}, last_used_at = ${now},
      expires_at = ${expiresAt}, refresh_key_id = ${keyId}, device = ${ctx.device}, address = ${ctx.address}
    WHERE id = ${session.id} AND refresh_n = ${session.refreshN} AND ended_at IS NULL AND expires_at > ${now}
      AND EXISTS (SELECT 1 FROM ${users} WHERE users.id = sessions.user_id AND users.status = 'active')
      AND NOT EXISTS (SELECT 1 FROM ${throttles} WHERE key = ${throttle.key} AND resets_at > ${now}
        AND count >= ${throttle.max})
    RETURNING refresh_n AS n`)
  const active = ctx.db.run(sql`
    UPDATE ${users} SET last_active_at = ${now} WHERE id = ${session.userId} AND last_active_at < ${now}
      AND EXISTS (SELECT 1 FROM ${sessions} WHERE id = ${session.id} AND rotated_at = ${now})`)
  const after = ctx.db.select().from(sessions).where(eq(sessions.id, session.id))
  const [rotated, , takenRows, fullRows, [row]] = await ctx.db.batch([rotate, active, taken, full, after])
  return { rotated: rotated.length > 0, refused: takenRows.length === 0, full: fullRows, session: row ?? null }
}

/** Open sessions, the one that lives longest first. @param after expiresAt and id of the last one that was seen */
export async function listOpenSessions(ctx: UserCtx, after: { expiresAt: number; id: string } | null, limit: number) {
  const rest = after
    ? or(
        lt(sessions.expiresAt, after.expiresAt),
        and(eq(sessions.expiresAt, after.expiresAt), lt(sessions.id, after.id)),
      )
    : undefined
  return ctx.db
    .select()
    .from(sessions)
    .where(
      and(eq(sessions.userId, ctx.actor.userId), isNull(sessions.endedAt), gt(sessions.expiresAt, ctx.now()), rest),
    )
    .orderBy(desc(sessions.expiresAt), desc(sessions.id))
    .limit(limit)
}
