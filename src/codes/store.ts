import { and, eq, sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { codeLifeMs, maxTries, resendAfterMs } from './rules'
import { codes } from './tables'

export interface CodeKey {
  purpose: string
  address: string
}

/** The statement that reads what stands under a key. */
const selectCode = (ctx: Ctx, { purpose, address }: CodeKey) =>
  ctx.db
    .select({ tries: codes.tries, createdAt: codes.createdAt, expiresAt: codes.expiresAt, usedAt: codes.usedAt })
    .from(codes)
    .where(and(eq(codes.purpose, purpose), eq(codes.address, address)))

const open = (now: number) => sql`used_at IS NULL AND expires_at > ${now} AND tries < ${maxTries}`

/** Puts a new code in the place of the old, unless that one is too young. @returns when the last one was made, if so */
export async function replaceCode(ctx: Ctx, key: CodeKey, hash: string): Promise<{ tooSoonAfter: number } | null> {
  const now = ctx.now()
  const [written, [row]] = await ctx.db.batch([
    ctx.db.all<{ written: number }>(sql`
      INSERT INTO codes (purpose, address, hash, tries, created_at, expires_at, used_at)
      VALUES (${key.purpose}, ${key.address}, ${hash}, 0, ${now}, ${now + codeLifeMs}, NULL)
      ON CONFLICT (purpose, address) DO UPDATE SET
        hash = excluded.hash, tries = 0, created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = NULL
      WHERE codes.created_at <= ${now - resendAfterMs}
      RETURNING 1 AS written`),
    selectCode(ctx, key),
  ])
  return written.length > 0 ? null : { tooSoonAfter: row?.createdAt ?? now }
}

/** Compares once and counts it in the same statement, so that no number of parallel tries compares more often. */
export async function compareCode(ctx: Ctx, key: CodeKey, hash: string) {
  const now = ctx.now()
  const [[compared], [row]] = await ctx.db.batch([
    ctx.db.all<{ right: number }>(sql`
      UPDATE codes SET tries = tries + 1, used_at = CASE WHEN hash = ${hash} THEN ${now} END
      WHERE purpose = ${key.purpose} AND address = ${key.address} AND ${open(now)}
      RETURNING used_at IS NOT NULL AS "right"`),
    selectCode(ctx, key),
  ])
  return { compared: compared ? { right: compared.right === 1 } : null, row: row ?? null }
}

/** Takes one of the tries for a comparison that somebody else makes. */
export async function takeTry(ctx: Ctx, key: CodeKey) {
  const now = ctx.now()
  const [taken, [row]] = await ctx.db.batch([
    ctx.db.all<{ taken: number }>(sql`
      UPDATE codes SET tries = tries + 1
      WHERE purpose = ${key.purpose} AND address = ${key.address} AND ${open(now)} RETURNING 1 AS taken`),
    selectCode(ctx, key),
  ])
  return { taken: taken.length > 0, row: row ?? null }
}

/** @returns true for exactly one caller */
export async function markUsed(ctx: Ctx, key: CodeKey): Promise<boolean> {
  const used = await ctx.db.all(sql`
    UPDATE codes SET used_at = ${ctx.now()}
    WHERE purpose = ${key.purpose} AND address = ${key.address} AND used_at IS NULL AND expires_at > ${ctx.now()}
    RETURNING 1 AS used`)
  return used.length > 0
}

export async function deleteCode(ctx: Ctx, key: CodeKey): Promise<void> {
  await ctx.db.delete(codes).where(and(eq(codes.purpose, key.purpose), eq(codes.address, key.address)))
}

/** Deletes up to `limit` codes that nobody can use any more. Safe to repeat. */
export async function deleteExpiredCodes(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM codes WHERE rowid IN (SELECT rowid FROM codes WHERE expires_at <= ${ctx.now()} LIMIT ${limit})`)
}
