import { and, desc, eq, lte, type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { exportEveryMs, exportKeptMs, exportTryMs, maxExportTries } from './rules'
import { type DataExportRow, dataExports } from './tables'

/**
 * Notes that the caller wants a copy, unless one was asked for within a day that has not failed.
 * @returns the newest that has not failed, and whether it is new
 */
export async function insertExport(ctx: UserCtx, fileKey: string) {
  const id = ctx.newId('dataExport')
  const now = ctx.now()
  const { userId } = ctx.actor
  const [, , [newest]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO ${dataExports} (id, user_id, state, file_key, requested_at, expires_at)
      SELECT ${id}, ${userId}, 'requested', ${fileKey}, ${now}, ${now + exportKeptMs}
      WHERE NOT EXISTS (SELECT 1 FROM ${dataExports}
        WHERE user_id = ${userId} AND requested_at > ${now - exportEveryMs} AND state <> 'failed')`),
    auditEvent(
      ctx,
      { event: 'user.export_requested', subjectId: userId },
      sql`EXISTS (SELECT 1 FROM ${dataExports} WHERE id = ${id})`,
    ),
    selectNewest(ctx, userId, sql`state <> 'failed'`),
  ])
  return { newest: newest ?? null, isNew: newest?.id === id }
}

const selectNewest = (ctx: Ctx, userId: string, which?: SQL) =>
  ctx.db
    .select()
    .from(dataExports)
    .where(and(eq(dataExports.userId, userId), which))
    .orderBy(desc(dataExports.requestedAt), desc(dataExports.id))
    .limit(1)

export async function findNewestExport(ctx: Ctx, userId: string): Promise<DataExportRow | null> {
  const [row] = await selectNewest(ctx, userId)
  return row ?? null
}

export async function findExport(ctx: Ctx, id: string): Promise<DataExportRow | null> {
  const [row] = await ctx.db.select().from(dataExports).where(eq(dataExports.id, id))
  return row ?? null
}

/** Takes on the making of an export, if nobody is at it; null otherwise, or after too many tries, which fail it. */
export async function claimExport(ctx: Ctx, id: string): Promise<DataExportRow | null> {
  const now = ctx.now()
  const [row] = await ctx.db
    .update(dataExports)
    .set({
      startedAt: now,
      tries: sql`tries + 1`,
      state: sql`iif(tries < ${maxExportTries}, 'requested', 'failed')`,
    })
    .where(sql`id = ${id} AND state = 'requested' AND (started_at IS NULL OR started_at <= ${now - exportTryMs})`)
    .returning()
  return row?.state === 'requested' ? row : null
}

export async function finishExport(ctx: Ctx, id: string, bytes: number): Promise<void> {
  await ctx.db
    .update(dataExports)
    .set({ state: 'ready', bytes, readyAt: ctx.now() })
    .where(and(eq(dataExports.id, id), eq(dataExports.state, 'requested')))
}

export function listOpenExports(ctx: Ctx, limit: number) {
  return ctx.db.all<{ id: string }>(sql`
    SELECT id FROM ${dataExports} WHERE state = 'requested'
      AND (started_at IS NULL OR started_at <= ${ctx.now() - exportTryMs})
    ORDER BY requested_at LIMIT ${limit}`)
}

export function listExpiredExports(ctx: Ctx, limit: number) {
  return ctx.db.select().from(dataExports).where(lte(dataExports.expiresAt, ctx.now())).limit(limit)
}

export function listExportsOf(ctx: Ctx, userId: string) {
  return ctx.db.select().from(dataExports).where(eq(dataExports.userId, userId))
}

export async function deleteExport(ctx: Ctx, id: string): Promise<void> {
  await ctx.db.delete(dataExports).where(eq(dataExports.id, id))
}
