import { type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Ctx, UserCtx } from '../app/context'
import { channels } from '../channels/tables'
import { users } from '../users/tables'
import { bindUpload, findUpload } from './store'
import { type Claim, fileTrash, isClaimable, type UploadRow, uploads } from './tables'

const keptBackMs = 60 * 60_000

/** Reads an upload, and notes the square that will be made of it as trash until something uses it. */
export async function beginSquare(ctx: Ctx, uploadId: string, fileKey: string): Promise<UploadRow | null> {
  await ctx.db.run(sql`INSERT INTO ${fileTrash} (file_key, due_at) VALUES (${fileKey}, ${ctx.now() + keptBackMs})`)
  return findUpload(ctx, uploadId)
}

/** The statements that use up the square's note and bind the upload, once what they belong to has the key. */
const use = (ctx: Ctx, claim: Claim, fileKey: string, by: { kind: 'avatar' | 'logo'; id: string }, proof: SQL) =>
  [
    bindUpload(ctx, claim, by, proof),
    ctx.db.run(sql`
      DELETE FROM ${uploads}
      WHERE used_kind = ${by.kind} AND used_id = ${by.id} AND id <> ${claim.uploadId} AND ${proof}`),
    ctx.db.run(sql`DELETE FROM ${fileTrash} WHERE file_key = ${fileKey} AND ${proof}`),
  ] as const

/** The statements that give the caller a picture, for a batch. */
export function avatarStatements(ctx: UserCtx, claim: Claim, key: string) {
  const { userId } = ctx.actor
  const proof = sql`EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND avatar_key = ${key})`
  return [
    ctx.db.all<{ id: string }>(sql`
      UPDATE ${users} SET avatar_key = ${key}, updated_at = ${ctx.now()}
      WHERE id = ${userId} AND ${isClaimable(claim)} RETURNING id`),
    ...use(ctx, claim, `avatars/${key}`, { kind: 'avatar', id: userId }, proof),
  ] as const
}

/** The statements that take the caller's picture down. */
export const noAvatarStatements = (ctx: UserCtx) =>
  [
    ctx.db.run(sql`UPDATE ${users} SET avatar_key = NULL, updated_at = ${ctx.now()} WHERE id = ${ctx.actor.userId}`),
    ctx.db.run(sql`DELETE FROM ${uploads} WHERE used_kind = 'avatar' AND used_id = ${ctx.actor.userId}`),
  ] as const

/** The statements that give a channel a picture. @param written holds only if the change it belongs to was written */
export function logoStatements(
  ctx: UserCtx,
  channelId: string,
  claim: Claim,
  key: string,
  written: SQL,
): BatchItem<'sqlite'>[] {
  const proof = sql`EXISTS (SELECT 1 FROM channels WHERE id = ${channelId} AND logo_key = ${key})`
  return [
    ctx.db.run(sql`
      UPDATE ${channels} SET logo_key = ${key} WHERE id = ${channelId} AND ${written} AND ${isClaimable(claim)}`),
    ...use(ctx, claim, `logos/${key}`, { kind: 'logo', id: channelId }, proof),
  ]
}

export const noLogoStatements = (ctx: UserCtx, channelId: string, written: SQL): BatchItem<'sqlite'>[] => [
  ctx.db.run(sql`UPDATE ${channels} SET logo_key = NULL WHERE id = ${channelId} AND ${written}`),
  ctx.db.run(sql`
    DELETE FROM ${uploads} WHERE used_kind = 'logo' AND used_id = ${channelId} AND ${written}`),
]

/** Whether somebody or some channel shows the picture of this key now. */
export async function isPictureUsed(ctx: Ctx, kind: 'avatars' | 'logos', key: string): Promise<boolean> {
  const rows = await ctx.db.all(
    kind === 'avatars'
      ? sql`SELECT 1 FROM ${users} WHERE avatar_key = ${key} AND avatar_key IS NOT NULL`
      : sql`SELECT 1 FROM ${channels} WHERE logo_key = ${key} AND logo_key IS NOT NULL`,
  )
  return rows.length > 0
}

/** Whether the upload is the person's picture already. */
export async function isAvatarOf(ctx: Ctx, userId: string, uploadId: string): Promise<boolean> {
  const row = await findUpload(ctx, uploadId)
  return row?.usedKind === 'avatar' && row.usedId === userId && row.userId === userId
}
