import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import type { StandingRow } from '../channels/standing/rules'
import { mayWriteWhere, selectStanding } from '../channels/standing/tables'
import { recordEvent } from '../outbox/actions'
import { subjectName } from '../subjects/tables'
import { uploads } from '../uploads/tables'
import type { FileType } from './rules'
import { type MaterialInHand, selectInHand, toInHand } from './store'

export interface MaterialFields {
  name: string
  description: string
  roomId: string | null
  subjectId: string | null
  url: string | null
  fileType: FileType
}

const hasFewerMaterials = (ctx: UserCtx) => {
  const max = ctx.config.MATERIALS_PER_USER
  return sql`(SELECT count(*) FROM (SELECT 1 FROM materials AS own WHERE own.owner_id = ${ctx.actor.userId} LIMIT ${max})) < ${max}`
}

const mayStillWrite = (ctx: UserCtx, roomId: string | null) => mayWriteWhere(ctx.actor.userId, roomId, ctx.now())

/** All that a new material is decided on. `contentType` is that of the caller's upload; null without one. */
export async function findDesk(ctx: UserCtx, roomId: string | null, uploadId: string | null) {
  const me = ctx.actor.userId
  const [[standing], [own]] = await ctx.db.batch([
    ctx.db.all<StandingRow>(selectStanding(me, roomId ?? '')),
    ctx.db.all<{ isFull: number; contentType: string | null }>(sql`
      SELECT NOT ${hasFewerMaterials(ctx)} AS isFull,
        (SELECT content_type FROM ${uploads} WHERE id = ${uploadId} AND user_id = ${me}) AS contentType`),
  ])
  return { standing, isFull: own?.isFull === 1, contentType: own?.contentType ?? null }
}

type Statements = Parameters<UserCtx['db']['batch']>[0]

interface File {
  uploadId: string
  /** Holds while the upload can be used. */
  proof: SQL
  /** Binds it; to run once the material is written. */
  bind: (id: string, proof: SQL) => Statements[number]
}

/** Writes a material; null when what it was decided on no longer holds. */
export async function insertMaterial(ctx: UserCtx, fields: MaterialFields, file: File | null) {
  const [id, me, now] = [ctx.newId('material'), ctx.actor.userId, ctx.now()]
  const { name, description, roomId, subjectId, url, fileType } = fields
  const isWritten = sql`EXISTS (SELECT 1 FROM materials WHERE id = ${id})`
  const results = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO materials (id, owner_id, room_id, subject_id, subject_name, name, description, file_type, upload_id, url,
        filename, content_type, size, change_id, created_at, updated_at)
      SELECT ${id}, ${me}, ${roomId}, ${subjectId}, ${subjectName(subjectId)}, ${name}, ${description}, ${fileType},
        ${file?.uploadId ?? null}, ${url}, up.filename, up.content_type, up.size, ${ctx.newId('change')}, ${now}, ${now}
      FROM (SELECT 1) LEFT JOIN ${uploads} up ON up.id = ${file?.uploadId ?? null}
      WHERE ${hasFewerMaterials(ctx)} AND ${mayStillWrite(ctx, roomId)} AND ${file?.proof ?? sql`1`}`),
    ...(file ? [file.bind(id, isWritten)] : []),
    ctx.db.run(sql`
      INSERT INTO material_shares (material_id, user_id, permission, subject_id, created_at)
      SELECT ${id}, ${me}, 'owner', ${subjectId}, ${now} WHERE ${isWritten}`),
    selectInHand(ctx, sql`m.id = ${id}`),
  ])
  const [row] = results.at(-1) as Awaited<ReturnType<typeof selectInHand>>
  return row ? toInHand(row) : null
}

/**
 * Changes a material; null when it was changed since, or the caller may not write in its room any more.
 * @param inRoom where the caller must be able to write for this
 */
export async function updateMaterial(
  ctx: UserCtx,
  seen: MaterialInHand,
  fields: MaterialFields,
  inRoom: string | null,
): Promise<MaterialInHand | null> {
  const changeId = ctx.newId('change')
  const { name, description, roomId, subjectId, url, fileType } = fields
  const changed = sql`EXISTS (SELECT 1 FROM materials WHERE id = ${seen.id} AND change_id = ${changeId})`
  const isTakenOut = seen.ownerId !== ctx.actor.userId && seen.roomId !== null && roomId === null
  const results = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE materials SET name = ${name}, description = ${description}, room_id = ${roomId}, subject_id = ${subjectId},
        subject_name = ${subjectName(subjectId)}, url = ${url}, file_type = ${fileType}, version = version + 1, change_id = ${changeId}, updated_at = ${ctx.now()}
      WHERE id = ${seen.id} AND version = ${seen.version} AND ${mayStillWrite(ctx, inRoom)}`),
    auditEvent(
      ctx,
      {
        event: 'material.taken_out',
        subjectId: seen.ownerId,
        details: { materialId: seen.id, roomId: seen.roomId },
      },
      sql`${isTakenOut} AND ${changed}`,
    ),
    recordEvent(
      ctx,
      {
        ...{ type: 'material.taken_out', to: [seen.ownerId], actorId: null, channelId: seen.roomId },
        ...{ subjectId: seen.id, facts: {} },
      },
      sql`${isTakenOut} AND ${changed}`,
    ),
    selectInHand(ctx, sql`m.id = ${seen.id} AND m.change_id = ${changeId}`),
  ])
  const [row] = results.at(-1) as Awaited<ReturnType<typeof selectInHand>>
  return row ? toInHand(row) : null
}

/** Deletes a material of the caller; false when it is gone. Triggers take along its shares and its file. */
export async function deleteMaterialRow(ctx: UserCtx, materialId: string): Promise<boolean> {
  const gone = await ctx.db.all<{ id: string }>(sql`
    DELETE FROM materials WHERE id = ${materialId} AND owner_id = ${ctx.actor.userId} RETURNING id`)
  return gone.length > 0
}
