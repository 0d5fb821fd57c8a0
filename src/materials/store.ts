import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { areBlocked } from '../blocks/tables'
import type { MemberRole } from '../channels/live/contract'
import type { StandingRow } from '../channels/standing/rules'
import { isMemberOf, mutedUntilIn, roleIn, selectStanding } from '../channels/standing/tables'
import { whole } from '../shared/db'
import { utcDayOf } from '../shared/zones'
import { users } from '../users/tables'
import { materialErrors } from './errors'
import { canSeeMaterial, type FileType, type Permission } from './rules'
import { materials } from './tables'

/** A material as one person sees it. */
export interface MaterialView {
  num: number
  id: string
  ownerId: string
  ownerName: string
  ownerAvatarKey: string | null
  roomId: string | null
  subjectId: string | null
  subjectName: string | null
  name: string
  description: string
  fileType: FileType
  url: string | null
  uploadId: string | null
  filename: string | null
  contentType: string | null
  size: number | null
  /** What the viewer may do by a share of their own. */
  permission: 'owner' | Permission | null
  downloadCount: number
  version: number
  createdAt: number
  updatedAt: number
}

/** `m` is the material, `s` the viewer's share. */
const viewColumns = sql`
  m.num, m.id, m.owner_id AS ownerId, owner.name AS ownerName, owner.avatar_key AS ownerAvatarKey, m.room_id AS roomId,
  m.subject_id AS subjectId, m.subject_name AS subjectName, m.name, m.description, m.file_type AS fileType, m.url,
  m.upload_id AS uploadId, m.filename, m.content_type AS contentType, m.size, s.permission,
  m.download_count AS downloadCount, m.version, m.created_at AS createdAt, m.updated_at AS updatedAt`

const joinOwner = sql`CROSS JOIN ${users} owner ON owner.id = m.owner_id`

const joinShare = (viewerId: string) =>
  sql`LEFT JOIN material_shares s ON s.material_id = m.id AND s.user_id = ${viewerId}`

/** A material with all that a change of it is decided on. */
export interface MaterialInHand extends MaterialView {
  role: MemberRole | null
  mutedUntil: number | null
  blocked: boolean
}

type InHandRow = Omit<MaterialInHand, 'blocked'> & { blocked: number }

export const selectInHand = (ctx: UserCtx, where: SQL) =>
  ctx.db.all<InHandRow>(sql`
    SELECT ${viewColumns}, ${roleIn(ctx.actor.userId, sql`m.room_id`)} AS role,
      ${mutedUntilIn(ctx.actor.userId, sql`m.room_id`)} AS mutedUntil,
      ${areBlocked(ctx.actor.userId, sql`m.owner_id`)} AS blocked
    FROM ${materials} m ${joinShare(ctx.actor.userId)} ${joinOwner} WHERE ${where}`)

export const toInHand = (row: InHandRow): MaterialInHand => ({ ...row, blocked: row.blocked === 1 })

export const standingOf = (viewerId: string, material: MaterialInHand) => ({
  ...material,
  ...{ viewerId, share: material.permission === 'owner' ? null : material.permission },
})

/** @throws material.not_found, the same for what is absent and what the caller may not see */
export function requireSeen(ctx: UserCtx, row: InHandRow | undefined): MaterialInHand {
  const material = row && toInHand(row)
  if (!material || !canSeeMaterial(standingOf(ctx.actor.userId, material))) throw materialErrors.notFound()
  return material
}

/** @throws material.not_found */
export async function accessMaterial(ctx: UserCtx, materialId: string): Promise<MaterialInHand> {
  const [row] = await selectInHand(ctx, sql`m.id = ${materialId}`)
  return requireSeen(ctx, row)
}

/** The same with the caller's standing in the room that the material is to be put into. */
export async function accessMaterialAndRoom(ctx: UserCtx, materialId: string, roomId: string | null | undefined) {
  const [[row], [standing]] = await ctx.db.batch([
    selectInHand(ctx, sql`m.id = ${materialId}`),
    ctx.db.all<StandingRow>(selectStanding(ctx.actor.userId, roomId ?? '')),
  ])
  return { material: requireSeen(ctx, row), standing }
}

/** Holds while a share of the viewer works: nobody blocks, and in a room one is in it. */
const shareHolds = (me: string) => sql`(NOT ${areBlocked(me, sql`m.owner_id`)}
  AND (m.room_id IS NULL OR ${isMemberOf(me, sql`m.room_id`)}))`

/** Holds where somebody else's material `m` is shared with the caller: what `canSeeMaterial` says, in SQL. */
const isShared = (me: string) => sql`m.owner_id <> ${me} AND (${isMemberOf(me, sql`m.room_id`)} OR (
  EXISTS (SELECT 1 FROM material_shares AS own WHERE own.material_id = m.id AND own.user_id = ${me}) AND ${shareHolds(me)}))`

/** Counts the caller's download of today, once, and reads the material. @throws material.not_found */
export async function accessMaterialCounted(ctx: UserCtx, materialId: string): Promise<MaterialInHand> {
  const me = ctx.actor.userId
  const [, [row]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT OR IGNORE INTO material_downloads (material_id, user_id, day)
      SELECT m.id, ${me}, ${utcDayOf(ctx.now())} FROM materials m WHERE m.id = ${materialId} AND ${isShared(me)}`),
    selectInHand(ctx, sql`m.id = ${materialId}`),
  ])
  return requireSeen(ctx, row)
}

/** Forgets who downloaded what before a day. */
export async function deleteDownloadsBefore(ctx: Pick<UserCtx, 'db'>, day: number, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM material_downloads WHERE rowid IN (SELECT rowid FROM material_downloads WHERE day < ${day} LIMIT ${limit})`)
}

interface Page {
  after: readonly (string | number)[] | null
  limit: number
}

export interface ListedRow extends MaterialView {
  sharedAt: number
}

/** The caller's own and what is shared with the caller, what came last first. */
export function listMaterialsOf(ctx: UserCtx, subjectId: string | null, { after, limit }: Page): Promise<ListedRow[]> {
  const me = ctx.actor.userId
  const start = after ? sql`AND (s.created_at, s.material_id) < (${whole(after[0])}, ${after[1]})` : sql``
  return ctx.db.all<ListedRow>(sql`
    SELECT ${viewColumns}, s.created_at AS sharedAt
    FROM material_shares s CROSS JOIN ${materials} m ON m.id = s.material_id ${joinOwner}
    WHERE s.user_id = ${me} ${subjectId === null ? sql`` : sql`AND s.subject_id = ${subjectId}`} ${start}
      AND (s.permission = 'owner' OR ${shareHolds(me)})
    ORDER BY s.created_at DESC, s.material_id DESC LIMIT ${limit}`)
}

/** Those of a room, the newest first, with the caller's standing in it. */
export async function listMaterialsIn(ctx: UserCtx, roomId: string, subjectId: string | null, { after, limit }: Page) {
  const about = subjectId === null ? sql`` : sql`AND m.subject_id = ${subjectId}`
  const [[standing], rows] = await ctx.db.batch([
    ctx.db.all<StandingRow>(selectStanding(ctx.actor.userId, roomId)),
    ctx.db.all<MaterialView & { blocked: number }>(sql`
      SELECT ${viewColumns}, ${areBlocked(ctx.actor.userId, sql`m.owner_id`)} AS blocked
      FROM ${materials} m ${joinShare(ctx.actor.userId)} ${joinOwner}
      WHERE m.room_id = ${roomId} AND m.room_id IS NOT NULL ${about} ${after ? sql`AND m.num < ${whole(after[0])}` : sql``}
      ORDER BY m.num DESC LIMIT ${limit}`),
  ])
  return { standing, rows }
}
