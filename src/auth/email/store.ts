import { eq, type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent } from '../../outbox/actions'
import { users } from '../../users/tables'
import { releaseAddress } from '../claim-store'
import type { Throttle } from '../rules'
import type { Drop } from '../session-end-store'
import { type EmailTokenRow, emailTokens } from '../tables'
import { isThrottled, takeThrottles } from '../throttle-store'
import { linkLifeMs } from './rules'

export interface NewLink extends Pick<EmailTokenRow, 'hash' | 'purpose'> {
  /** Where it is mailed to. */
  email: string
}

const events = {
  verify: 'email.verification_requested',
  change: 'email.change_requested',
  reset: 'password.reset_requested',
} as const

const isKept = (hash: string) => sql`EXISTS (SELECT 1 FROM ${emailTokens} WHERE hash = ${hash})`
const ownerOf = (hash: string) => sql`(SELECT user_id FROM ${emailTokens} WHERE hash = ${hash})`

/** The statement that keeps a link for the rows of `users` that a condition holds for: one, or none. */
function insertLink(ctx: Ctx, { hash, purpose, email }: NewLink, condition: SQL) {
  const now = ctx.now()
  return ctx.db.run(sql`
    INSERT INTO ${emailTokens} (hash, purpose, user_id, email, created_at, expires_at)
    SELECT ${hash}, ${purpose}, id, ${email}, ${now}, ${now + linkLifeMs[purpose]}
    FROM ${users} WHERE status = 'active' AND ${condition}`)
}

/** The same for an account that is made in the same batch. */
export const insertFirstLink = (ctx: Ctx, link: NewLink, userId: string) => insertLink(ctx, link, sql`id = ${userId}`)

/**
 * Counts the wish for a link, and keeps the link for whom it is meant. The statements are the same whether or not there
 * is anybody.
 * @param condition holds on the row of `users` that gets it
 * @returns `reader` is null when nobody does, and `refused` says that a throttle is full
 */
async function keepLink(ctx: Ctx, link: NewLink, wanted: Throttle[], condition: SQL) {
  const [taken, full] = takeThrottles(ctx, wanted)
  const [, , [reader], takenRows, fullRows] = await ctx.db.batch([
    insertLink(ctx, link, sql`${condition} AND NOT ${isThrottled(ctx, wanted)}`),
    auditEvent(ctx, { event: events[link.purpose], subjectId: ownerOf(link.hash) }, isKept(link.hash)),
    ctx.db
      .select()
      .from(users)
      .where(eq(users.id, ownerOf(link.hash))),
    taken,
    full,
  ])
  return { reader: reader ?? null, refused: takenRows.length === 0, full: fullRows }
}

/** For the account with this address, as long as nobody has proven it. */
export const keepVerifyLink = (ctx: Ctx, link: NewLink, wanted: Throttle[]) =>
  keepLink(ctx, link, wanted, sql`email = ${link.email} AND email_verified_at IS NULL`)

/** For the account with this address. */
export const keepResetLink = (ctx: Ctx, link: NewLink, wanted: Throttle[]) =>
  keepLink(ctx, link, wanted, sql`email = ${link.email}`)

/** For the caller, unless the address is proven already, by whomever. */
export const keepChangeLink = (ctx: UserCtx, link: NewLink, wanted: Throttle[]) =>
  keepLink(
    ctx,
    link,
    wanted,
    sql`id = ${ctx.actor.userId} AND NOT EXISTS (SELECT 1 FROM ${users} AS other
      WHERE other.email = ${link.email} AND other.email_verified_at IS NOT NULL)`,
  )

const isOpen = (ctx: Ctx) => sql`used_by IS NULL AND expires_at > ${ctx.now()}`

/** A link that still works, whose it is, and who has its address now. */
export async function findLink(ctx: Ctx, hash: string) {
  const link = ctx.db
    .select()
    .from(emailTokens)
    .where(sql`hash = ${hash} AND ${isOpen(ctx)}`)
  const address = sql`(SELECT email FROM ${emailTokens} WHERE hash = ${hash})`
  const [[found], [user], [holder]] = await ctx.db.batch([
    link,
    ctx.db
      .select()
      .from(users)
      .where(eq(users.id, ownerOf(hash))),
    ctx.db.select().from(users).where(eq(users.email, address)),
  ])
  return found && user ? { link: found, user, holder: holder ?? null } : null
}

/**
 * The statement that uses a link up, while a condition holds, and the proof for what follows it in the batch that it
 * was this use.
 */
export function useLink(ctx: Ctx, hash: string, condition: SQL) {
  const use = ctx.newId('token')
  return {
    take: ctx.db.all<{ hash: string }>(sql`
      UPDATE ${emailTokens} SET used_by = ${use}
      WHERE hash = ${hash} AND ${isOpen(ctx)} AND ${condition}
        AND EXISTS (SELECT 1 FROM ${users} WHERE users.id = email_tokens.user_id AND users.status = 'active')
      RETURNING hash`),
    proof: sql`EXISTS (SELECT 1 FROM ${emailTokens} WHERE hash = ${hash} AND used_by = ${use})`,
  }
}

/** The statement that makes all other links of somebody worthless. */
export const voidLinks = (ctx: Ctx, userId: string, proof: SQL) =>
  ctx.db.run(sql`DELETE FROM ${emailTokens} WHERE user_id = ${userId} AND used_by IS NULL AND ${proof}`)

/** Marks the address of the account as proven. @returns false when the link is used up or the address has changed */
export async function verifyAddress(ctx: Ctx, { hash, userId, email }: EmailTokenRow): Promise<boolean> {
  const hasIt = sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND email = ${email} AND email_verified_at IS NULL)`
  const { take, proof } = useLink(ctx, hash, hasIt)
  const [taken] = await ctx.db.batch([
    take,
    ctx.db.run(sql`
      UPDATE ${users} SET email_verified_at = ${ctx.now()}, updated_at = ${ctx.now()}
      WHERE id = ${userId} AND email_verified_at IS NULL AND ${proof}`),
    auditEvent(ctx, { event: 'email.verified', actorId: userId, subjectId: userId }, proof),
    ctx.db.run(sql`
      DELETE FROM ${emailTokens} WHERE user_id = ${userId} AND purpose = 'verify' AND used_by IS NULL AND ${proof}`),
  ])
  return taken.length > 0
}

/**
 * Gives the proven address to the account that asked for it. Somebody else who has it without ever having proven it
 * loses it, and with it the password and every session.
 * @param squatterId who that is, if anybody
 * @returns null when the link is used up, or somebody has proven the address meanwhile. Otherwise the sockets to close
 */
export async function takeAddress(
  ctx: Ctx,
  { hash, userId, email }: EmailTokenRow,
  { squatterId, replaced }: { squatterId: string | null; replaced: string | null },
): Promise<Drop[] | null> {
  const now = ctx.now()
  const isFree = sql`NOT EXISTS (SELECT 1 FROM ${users}
    WHERE email = ${email} AND email_verified_at IS NOT NULL AND id <> ${userId})`
  const { take, proof } = useLink(ctx, hash, isFree)
  // Nobody is '': then these find no row.
  const squatter = { userId: squatterId ?? '', email }
  const [taken, drops] = await ctx.db.batch([
    take,
    ...releaseAddress(ctx, squatter, 'email.lost_to_claimant', proof),
    ctx.db.run(sql`
      UPDATE ${users} SET email = ${email}, email_verified_at = ${now}, updated_at = ${now}
      WHERE id = ${userId} AND ${proof}`),
    auditEvent(ctx, { event: 'email.changed', actorId: userId, subjectId: userId }, proof),
    recordEvent(
      ctx,
      {
        ...{ type: 'security.address_changed', to: [userId], actorId: null, subjectId: userId },
        facts: { oldAddress: replaced === email ? null : replaced },
      },
      proof,
    ),
    // Links that went to the old address open nothing any more.
    voidLinks(ctx, userId, proof),
  ])
  return taken.length > 0 ? drops : null
}

/**
 * Uses up a link that somebody got without wanting it, and takes the address with it from the account, unless it was for
 * an address that the account does not have yet.
 * @returns null when the link is used up, or the address is proven. Otherwise the sockets to close
 */
export async function disownAddress(ctx: Ctx, { hash, purpose, userId, email }: EmailTokenRow): Promise<Drop[] | null> {
  const isHeld = sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND email = ${email} AND email_verified_at IS NULL)`
  if (purpose === 'change') {
    const { take, proof } = useLink(ctx, hash, sql`1`)
    const refused = auditEvent(ctx, { event: 'email.change_disowned', subjectId: userId }, proof)
    const [taken] = await ctx.db.batch([take, refused])
    return taken.length > 0 ? [] : null
  }
  const { take, proof } = useLink(ctx, hash, isHeld)
  const [taken, drops] = await ctx.db.batch([take, ...releaseAddress(ctx, { userId, email }, 'email.disowned', proof)])
  return taken.length > 0 ? drops : null
}

/** Deletes up to `limit` links whose time is over. Safe to repeat. */
export async function deleteOldLinks(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM ${emailTokens} WHERE hash IN
      (SELECT hash FROM ${emailTokens} WHERE expires_at <= ${ctx.now()} ORDER BY expires_at LIMIT ${limit})`)
}
