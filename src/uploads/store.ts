import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import type { Received } from './receive'
import { sendWithinMs } from './rules'
import type { NewUpload } from './schemas'
import { type Claim, fileTrash, isClaimable, storageUse, type UploadRow, type UsedKind, uploads } from './tables'

/**
 * Announces a file, if the person has room for it. The room is reserved from now on, so files that are announced at the
 * same time cannot pass the quota together.
 */
export async function insertUpload(ctx: UserCtx, input: NewUpload, fileKey: string) {
  const id = ctx.newId('upload')
  const now = ctx.now()
  const { userId } = ctx.actor
  const { filename, contentType, size, purpose, alt = null } = input
  const { UPLOAD_BYTES_PER_USER: quota, UPLOADS_OPEN_PER_USER: maxOpen } = ctx.config
  const open = sql`(SELECT count(*) FROM (
    SELECT 1 FROM uploads WHERE user_id = ${userId} AND state = 'pending' LIMIT ${maxOpen}))`
  const [written, [now_]] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      INSERT INTO ${uploads} (id, user_id, purpose, filename, content_type, size, alt, file_key, created_at, expires_at)
      SELECT ${id}, ${userId}, ${purpose}, ${filename}, ${contentType}, ${size}, ${alt}, ${fileKey}, ${now},
             ${now + sendWithinMs}
      WHERE coalesce((SELECT bytes FROM ${storageUse} WHERE user_id = ${userId}), 0) + ${size} <= ${quota}
        AND ${open} < ${maxOpen}
      RETURNING id`),
    ctx.db.all<{ bytes: number; open: number }>(sql`
      SELECT coalesce((SELECT bytes FROM ${storageUse} WHERE user_id = ${userId}), 0) AS bytes, ${open} AS open`),
  ])
  return {
    id,
    written: written.length > 0,
    expiresAt: now + sendWithinMs,
    bytes: now_?.bytes ?? 0,
    open: now_?.open ?? 0,
  }
}

export async function findUpload(ctx: Ctx, id: string): Promise<UploadRow | null> {
  const [row] = await ctx.db.select().from(uploads).where(eq(uploads.id, id))
  return row ?? null
}

/** Uses up the address to send a file to. Null when that has happened, or its time or its owner is gone. */
export async function startUpload(ctx: Ctx, id: string): Promise<UploadRow | null> {
  const now = ctx.now()
  const [row] = await ctx.db
    .update(uploads)
    .set({ startedAt: now })
    .where(
      sql`id = ${id} AND state = 'pending' AND started_at IS NULL AND expires_at > ${now}
        AND EXISTS (SELECT 1 FROM users WHERE users.id = user_id AND users.status = 'active')`,
    )
    .returning()
  return row ?? null
}

/** Null when the row has gone while the bytes came in. */
export async function finishUpload(
  ctx: Ctx,
  id: string,
  received: Received,
  state: 'uploaded' | 'clean',
): Promise<UploadRow | null> {
  const [row] = await ctx.db
    .update(uploads)
    .set({ ...received, state, uploadedAt: ctx.now(), askedAt: state === 'uploaded' ? ctx.now() : null })
    .where(and(eq(uploads.id, id), eq(uploads.state, 'pending')))
    .returning()
  return row ?? null
}

export async function refuseUpload(ctx: Ctx, id: string, refusal: string): Promise<void> {
  await ctx.db
    .update(uploads)
    .set({ state: 'refused', refusal })
    .where(sql`id = ${id} AND state <> 'refused' AND state <> 'clean'`)
}

/** Holds while `bindUpload` would bind. */
export const isBindable = isClaimable

/** Holds while it would bind all of them. */
export const areBindable = (claims: Claim[]): SQL => sql.join([sql`1`, ...claims.map(isClaimable)], sql` AND `)

export async function isClaimableNow(ctx: Ctx, claim: Claim): Promise<boolean> {
  const [row] = await ctx.db.all<{ is: number }>(sql`SELECT ${isClaimable(claim)} AS "is"`)
  return row?.is === 1
}

/** The statement that binds an upload to what uses it, once. @param proof holds only if that was written */
export const bindUpload = (
  ctx: Ctx,
  claim: Claim,
  by: { kind: UsedKind; id: string; key?: string },
  proof: SQL = sql`1`,
) =>
  ctx.db.all<UploadRow>(sql`
    UPDATE ${uploads} SET used_kind = ${by.kind}, used_id = ${by.id}, used_key = ${by.key ?? null}, used_at = ${ctx.now()}
    WHERE id = ${claim.uploadId} AND ${isClaimable(claim)} AND ${proof} RETURNING id`)

/** The statement that deletes what something has used, and with the row in the end its bytes. */
export const unbindUploads = (ctx: Ctx, by: { kind: UsedKind; id: string }, proof: SQL = sql`1`) =>
  ctx.db.run(sql`DELETE FROM ${uploads} WHERE used_kind = ${by.kind} AND used_id = ${by.id} AND ${proof}`)

/** Deletes files that were never sent or that nothing has used for a day. */
export async function deleteOrphans(ctx: Ctx, unusedSince: number, limit: number): Promise<void> {
  await ctx.db.batch([
    ctx.db.run(sql`
      DELETE FROM ${uploads} WHERE id IN (
        SELECT id FROM uploads WHERE state = 'pending' AND expires_at <= ${ctx.now()} - iif(started_at IS NULL, 0, 3600000)
        LIMIT ${limit})`),
    ctx.db.run(sql`
      DELETE FROM ${uploads} WHERE id IN (
        SELECT id FROM uploads WHERE used_kind IS NULL AND created_at <= ${unusedSince} ORDER BY created_at LIMIT ${limit})`),
  ])
}

export function listTrash(ctx: Ctx, limit: number) {
  return ctx.db.all<{ fileKey: string }>(sql`
    SELECT file_key AS fileKey FROM ${fileTrash} WHERE due_at <= ${ctx.now()} ORDER BY due_at LIMIT ${limit}`)
}

export async function emptyTrash(ctx: Ctx, fileKeys: string[]): Promise<void> {
  await ctx.db.run(
    sql`DELETE FROM ${fileTrash} WHERE file_key IN (SELECT value FROM json_each(${JSON.stringify(fileKeys)}))`,
  )
}
