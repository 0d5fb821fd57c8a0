import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { areBlocked } from '../blocks/tables'
import { isMemberOf } from '../channels/standing/tables'
import { recordEvent } from '../outbox/actions'
import { users } from '../users/tables'
import type { Permission } from './rules'

export interface ShareRow {
  userId: string
  name: string
  avatarKey: string | null
  permission: Permission
  createdAt: number
}

const selectShares = (ctx: UserCtx, where: SQL) =>
  ctx.db.all<ShareRow>(sql`
    SELECT u.id AS userId, u.name, u.avatar_key AS avatarKey, s.permission, s.created_at AS createdAt
    FROM material_shares s CROSS JOIN ${users} u ON u.id = s.user_id WHERE ${where}`)

/** Shares a material with somebody, or changes what they may do; null when something stands against it by now. */
export async function upsertShare(ctx: UserCtx, materialId: string, userId: string, permission: Permission) {
  const me = ctx.actor.userId
  // One moment for all statements: by it they know the share that this has made.
  const now = ctx.now()
  const max = ctx.config.MATERIAL_SHARES
  const [written, [row], [known]] = await ctx.db.batch([
    ctx.db.all<{ isNew: number }>(sql`
      INSERT INTO material_shares (material_id, user_id, permission, subject_id, created_at)
      SELECT m.id, ${userId}, ${permission}, m.subject_id, ${now} FROM materials m
      WHERE m.id = ${materialId} AND m.owner_id = ${me} AND m.owner_id <> ${userId} AND NOT ${areBlocked(me, userId)}
        AND (m.room_id IS NULL OR ${isMemberOf(userId, sql`m.room_id`)})
        AND (${isShareOf(materialId, userId)} OR (SELECT count(*) FROM (
          SELECT 1 FROM material_shares AS other WHERE other.material_id = m.id LIMIT ${max + 1})) <= ${max})
      ON CONFLICT (material_id, user_id) DO UPDATE SET permission = excluded.permission
      RETURNING created_at = ${now} AS isNew`),
    selectShares(ctx, sql`s.material_id = ${materialId} AND s.user_id = ${userId} AND s.permission <> 'owner'`),
    ctx.db.all<{ isFull: number; isMember: number }>(sql`
      SELECT (SELECT count(*) FROM (SELECT 1 FROM material_shares AS other WHERE other.material_id = m.id
          LIMIT ${max + 1})) > ${max} AS isFull,
        m.room_id IS NULL OR ${isMemberOf(userId, sql`m.room_id`)} AS isMember
      FROM materials m WHERE m.id = ${materialId}`),
    recordEvent(
      ctx,
      { type: 'material.shared', to: [userId], subjectId: materialId, facts: { materialId, permission } },
      sql`EXISTS (SELECT 1 FROM material_shares AS new JOIN materials AS m ON m.id = new.material_id
        WHERE new.material_id = ${materialId} AND new.user_id = ${userId} AND new.created_at = ${now} AND m.owner_id = ${me})`,
    ),
  ])
  const share = written.length > 0 ? (row ?? null) : null
  return { share, isFull: known?.isFull === 1, isMember: known?.isMember === 1 }
}

const isShareOf = (materialId: string, userId: string) =>
  sql`EXISTS (SELECT 1 FROM material_shares AS known WHERE known.material_id = ${materialId} AND known.user_id = ${userId})`

export async function deleteShare(ctx: UserCtx, materialId: string, userId: string): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM material_shares WHERE material_id = ${materialId} AND user_id = ${userId} AND permission <> 'owner'`)
}

/** With whom a material is shared, by person. */
export function listSharesOf(ctx: UserCtx, materialId: string, after: string | null, limit: number) {
  return selectShares(
    ctx,
    sql`s.material_id = ${materialId} ${after === null ? sql`` : sql`AND s.user_id > ${after}`} AND s.permission <> 'owner'
      ORDER BY s.user_id LIMIT ${limit}`,
  )
}
