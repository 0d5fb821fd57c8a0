import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { type UploadRow, uploads } from './tables'

/** How long an asked scanner has before it is asked again. */
const askedMs = 5 * 60_000

/** Takes a file on for scanning; null when it is not waiting, or somebody else is at it. */
export async function startScan(ctx: Ctx, id: string): Promise<UploadRow | null> {
  const now = ctx.now()
  const [row] = await ctx.db
    .update(uploads)
    .set({ state: 'scanning', askedAt: now, scanTries: sql`scan_tries + 1` })
    .where(sql`id = ${id} AND (state = 'uploaded' OR (state = 'scanning' AND asked_at <= ${now - askedMs}))`)
    .returning()
  return row ?? null
}

/** @param refusal null when nothing was found */
export async function finishScan(ctx: Ctx, id: string, refusal: string | null): Promise<void> {
  await ctx.db
    .update(uploads)
    .set({ state: refusal === null ? 'clean' : 'refused', refusal, scannedAt: ctx.now() })
    .where(sql`id = ${id} AND state = 'scanning'`)
}

/** Files that wait for a scanner: new ones of which nobody has heard, and those of which it has not told in time. */
export function listToScan(ctx: Ctx, limit: number) {
  return ctx.db.all<{ id: string }>(sql`
    SELECT id FROM ${uploads} WHERE state IN ('uploaded', 'scanning') AND asked_at <= ${ctx.now() - askedMs}
    ORDER BY asked_at LIMIT ${limit}`)
}

/** Has files scanned that came while scanning was off. Until then nobody gets them. */
export async function queueUnscanned(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    UPDATE ${uploads} SET state = 'uploaded', asked_at = 0 WHERE id IN (
      SELECT id FROM uploads WHERE state = 'clean' AND scanned_at IS NULL ORDER BY created_at LIMIT ${limit})`)
}

/** Lets go what waits for a scanner that is there no more. */
export async function releaseUnscanned(ctx: Ctx): Promise<void> {
  await ctx.db.run(sql`UPDATE ${uploads} SET state = 'clean' WHERE state IN ('uploaded', 'scanning')`)
}
