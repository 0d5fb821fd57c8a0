import type { Ctx, UserCtx } from '../app/context'
import { requireMember, requireNoTimeout, requireWriter } from '../channels/standing/actions'
import { allowsVersion } from '../shared/etag'
import { cutPage } from '../shared/page'
import { untilWritten as retry } from '../shared/until-written'
import { utcDayOf } from '../shared/zones'
import { asMissingSubject } from '../subjects/actions'
import { linkToSeenFile } from '../uploads/actions'
import { canClaimUpload, claimUpload, explainMissedClaim } from '../uploads/claim-actions'
import { avatarUrl } from '../users/rules'
import { materialErrors } from './errors'
import { canEditMaterial, canManageMaterial, canTakeOut, readLink, typeOfFile, typeOfLink } from './rules'
import type { Material, MaterialEdit, MaterialsQuery, NewMaterial } from './schemas'
import {
  accessMaterial,
  accessMaterialAndRoom,
  accessMaterialCounted,
  deleteDownloadsBefore,
  listMaterialsIn,
  listMaterialsOf,
  type MaterialInHand,
  type MaterialView,
  standingOf,
} from './store'
import { deleteMaterialRow, findDesk, insertMaterial, type MaterialFields, updateMaterial } from './write-store'

const iso = (at: number) => new Date(at).toISOString()

/** @param permission what the viewer may do with it */
function toMaterial(view: MaterialView, permission: Material['permission']): Material {
  const { id, name, description, fileType, url, uploadId, ownerId, ownerName, roomId, subjectId, subjectName } = view
  return {
    ...{ id, name, description, fileType, url },
    file:
      uploadId === null
        ? null
        : { uploadId, filename: view.filename ?? '', contentType: view.contentType ?? '', size: view.size ?? 0 },
    owner: { id: ownerId, name: ownerName, avatarUrl: avatarUrl(view.ownerAvatarKey) },
    roomId,
    subject: subjectId === null ? null : { id: subjectId, name: subjectName ?? '' },
    ...{ permission, downloadCount: view.downloadCount, version: view.version },
    ...{ createdAt: iso(view.createdAt), updatedAt: iso(view.updatedAt) },
  }
}

export const standing = (ctx: UserCtx, material: MaterialInHand) => standingOf(ctx.actor.userId, material)

function shown(ctx: UserCtx, material: MaterialInHand): Material {
  const isOwner = material.ownerId === ctx.actor.userId
  return toMaterial(material, isOwner ? 'owner' : canEditMaterial(standing(ctx, material)) ? 'edit' : 'view')
}

/** @throws material.busy after ten misses, subject.not_found: owner, room and file are there */
export const untilWritten = <T>(attempt: () => Promise<T | null>) =>
  retry(attempt, materialErrors.busy).catch(asMissingSubject)

const purpose = 'material'

/**
 * @throws room.not_found, channel.membership_required, channel.timed_out, material.too_many, subject.not_found, and what
 *   stands against the upload
 */
export async function createMaterial(ctx: UserCtx, input: NewMaterial): Promise<Material> {
  const { name, description = '', roomId = null, subjectId = null, uploadId = null } = input
  const link = input.url === undefined ? null : readLink(input.url)
  const material = await untilWritten(async () => {
    const desk = await findDesk(ctx, roomId, uploadId)
    if (roomId !== null) requireWriter(desk.standing, ctx.now())
    if (desk.isFull) throw materialErrors.tooMany()
    const fileType = link ? typeOfLink(link.hostname) : typeOfFile(desk.contentType ?? '')
    const fields = { name, description, roomId, subjectId, url: link?.url ?? null, fileType }
    const written = await insertMaterial(ctx, fields, uploadId === null ? null : fileOf(ctx, uploadId))
    if (!written && uploadId !== null) await requireFreeUpload(ctx, uploadId)
    return written
  })
  return shown(ctx, material)
}

const fileOf = (ctx: UserCtx, uploadId: string) => ({
  uploadId,
  proof: canClaimUpload(ctx, { uploadId, purpose }),
  bind: (id: string, proof: Parameters<typeof claimUpload>[2]) =>
    claimUpload(ctx, { uploadId, purpose, by: { kind: purpose, id } }, proof),
})

/** @throws what stands against the upload; nothing when it is not the upload that refused */
async function requireFreeUpload(ctx: UserCtx, uploadId: string): Promise<void> {
  const { isFull, contentType } = await findDesk(ctx, null, uploadId)
  if (!isFull || contentType === null) await explainMissedClaim(ctx, { uploadId, purpose })
}

/** @throws material.not_found */
export async function readMaterial(ctx: UserCtx, materialId: string): Promise<Material> {
  return shown(ctx, await accessMaterial(ctx, materialId))
}

/** One's own and what is shared with one. @throws page.bad_cursor */
export async function listMaterials(ctx: UserCtx, { subjectId, limit, cursor }: MaterialsQuery) {
  const binding = `materials ${ctx.actor.userId} ${subjectId ?? ''}`
  const after = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const { rows, last } = cutPage(await listMaterialsOf(ctx, subjectId ?? null, { after, limit: limit + 1 }), limit)
  return {
    data: rows.map((row) => toMaterial(row, row.permission ?? 'view')),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.sharedAt, last.id])),
  }
}

/** @throws room.not_found, channel.membership_required, page.bad_cursor */
export async function listMaterialsOfRoom(ctx: UserCtx, roomId: string, { subjectId, limit, cursor }: MaterialsQuery) {
  const binding = `materials ${ctx.actor.userId} ${roomId} ${subjectId ?? ''}`
  const after = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const found = await listMaterialsIn(ctx, roomId, subjectId ?? null, { after, limit: limit + 1 })
  requireMember(found.standing)
  const { rows, last } = cutPage(found.rows, limit)
  return {
    data: rows.map((row) =>
      toMaterial(row, row.permission === 'edit' && row.blocked === 1 ? 'view' : (row.permission ?? 'view')),
    ),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.num])),
  }
}

/**
 * @throws material.not_found, material.not_allowed, material.version_conflict, room.not_found,
 *   channel.membership_required, channel.timed_out, subject.not_found, request.invalid
 */
export async function editMaterial(
  ctx: UserCtx,
  materialId: string,
  edit: MaterialEdit,
  ifMatch?: string,
): Promise<Material> {
  const material = await untilWritten(async () => {
    const { material: seen, standing: inRoom } = await accessMaterialAndRoom(ctx, materialId, edit.roomId)
    const may = standing(ctx, seen)
    if (!canEditMaterial(may) || (edit.roomId !== undefined && !canManageMaterial(may)))
      throw materialErrors.notAllowed()
    requireVersion(ctx, seen, ifMatch)
    if (edit.url !== undefined && seen.url === null) throw materialErrors.notAllowed('A file has no link to change.')
    if (Object.keys(edit).length === 0) return seen
    const fields = editedFields(seen, edit)
    const enters = fields.roomId !== null && fields.roomId !== seen.roomId
    if (enters) requireWriter(inRoom, ctx.now())
    else if (fields.roomId !== null && seen.role !== null) requireNoTimeout(seen.mutedUntil, ctx.now())
    // Its owner keeps what is theirs in order, also after leaving the room.
    const mustWriteIn = enters || (fields.roomId !== null && seen.role !== null) ? fields.roomId : null
    return updateMaterial(ctx, seen, fields, mustWriteIn)
  })
  return shown(ctx, material)
}

function editedFields(seen: MaterialInHand, edit: MaterialEdit): MaterialFields {
  const link = edit.url === undefined ? null : readLink(edit.url)
  return {
    name: edit.name ?? seen.name,
    description: edit.description ?? seen.description,
    roomId: edit.roomId === undefined ? seen.roomId : edit.roomId,
    subjectId: edit.subjectId === undefined ? seen.subjectId : edit.subjectId,
    url: link?.url ?? seen.url,
    fileType: link ? typeOfLink(link.hostname) : seen.fileType,
  }
}

/** @throws material.version_conflict with the material as it is now */
function requireVersion(ctx: UserCtx, material: MaterialInHand, ifMatch: string | undefined): void {
  if (!allowsVersion(ifMatch, material.version))
    throw materialErrors.versionConflict({ extra: { version: material.version, current: shown(ctx, material) } })
}

/** With its file. @throws material.not_found, material.not_allowed, material.version_conflict */
export async function deleteMaterial(ctx: UserCtx, materialId: string, ifMatch?: string): Promise<void> {
  const material = await accessMaterial(ctx, materialId)
  if (!canManageMaterial(standing(ctx, material))) throw materialErrors.notAllowed()
  requireVersion(ctx, material, ifMatch)
  if (!(await deleteMaterialRow(ctx, materialId))) throw materialErrors.notFound()
}

/** Takes a material out of a room, which leaves it to its owner. @throws material.not_found, material.not_allowed */
export async function takeMaterialOut(ctx: UserCtx, roomId: string, materialId: string): Promise<void> {
  await untilWritten(async () => {
    const seen = await accessMaterial(ctx, materialId)
    if (seen.roomId !== roomId) throw materialErrors.notFound()
    if (!canTakeOut(standing(ctx, seen))) throw materialErrors.notAllowed()
    const inRoom = seen.ownerId === ctx.actor.userId ? null : roomId
    return updateMaterial(ctx, seen, { ...editedFields(seen, {}), roomId: null }, inRoom)
  })
}

/**
 * Where a material is to be had: a link of ours to a file, good for five minutes, or the link that it is.
 * @throws material.not_found, upload.not_found, upload.not_ready
 */
export async function downloadMaterial(ctx: UserCtx, materialId: string, base: string) {
  const { url, uploadId } = await accessMaterialCounted(ctx, materialId)
  if (uploadId === null) return { isFile: false, link: { url: url ?? '', expiresAt: null } }
  return { isFile: true, link: await linkToSeenFile(ctx, uploadId, { download: true, base }) }
}

/** For who reads its file at /uploads. */
export async function mayReadMaterialFile(ctx: UserCtx, { usedId }: { usedId: string }): Promise<boolean> {
  return accessMaterial(ctx, usedId).then(
    () => true,
    () => false,
  )
}

/** Forgets who downloaded what: after a day it counts nothing any more. */
export async function forgetDownloads(ctx: Ctx, limit: number): Promise<void> {
  await deleteDownloadsBefore(ctx, utcDayOf(ctx.now()) - 1, limit)
}
