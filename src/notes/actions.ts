import type { Ctx, UserCtx } from '../app/context'
import { requireNoTimeout, requireWriter } from '../channels/standing/actions'
import { allowsVersion } from '../shared/etag'
import { searchTerms } from '../shared/search-terms'
import { untilWritten as retry } from '../shared/until-written'
import { utcDayOf } from '../shared/zones'
import { proveActivity } from '../study/actions/activity'
import { asMissingSubject } from '../subjects/actions'
import { linkToSeenFile } from '../uploads/actions'
import { filesToUse, requireClaimable } from '../uploads/claim-actions'
import { contentDisposition } from '../uploads/rules'
import { avatarUrl } from '../users/rules'
import { noteErrors } from './errors'
import {
  audienceOf,
  beginsRevision,
  canDeleteNote,
  canShareNote,
  canTakeOut,
  canWriteNote,
  filenameOf,
  sizeOf,
} from './rules'
import type { NewNote, Note, NoteEdit } from './schemas'
import {
  accessNote,
  accessNoteAndRoom,
  accessNoteCounted,
  deleteReadsBefore,
  type NoteInHand,
  type NoteView,
} from './store'
import { deleteNoteRow, findBytes, findDesk, insertNote, type NoteFields, updateNote } from './write-store'

const iso = (at: number) => new Date(at).toISOString()

/** @param seesRoom whether the viewer may know where it is */
export function toShown(view: NoteView, seesRoom: boolean) {
  const { id, title, visibility, authorId, authorName, roomId, subjectId, subjectName } = view
  return {
    ...{ id, title, visibility },
    author: { id: authorId, name: authorName, avatarUrl: avatarUrl(view.authorAvatarKey) },
    roomId: seesRoom ? roomId : null,
    subject: subjectId === null ? null : { id: subjectId, name: subjectName ?? '' },
    ...{ viewCount: view.viewCount, downloadCount: view.downloadCount, version: view.version },
    ...{ createdAt: iso(view.createdAt), updatedAt: iso(view.updatedAt) },
  }
}

export function toNote(ctx: UserCtx, note: NoteInHand): Note {
  const attachments = note.files.map((file) => ({ ...file, url: `/api/v1/uploads/${file.id}/content` }))
  return { ...toShown(note, note.role !== null || note.authorId === ctx.actor.userId), body: note.body, attachments }
}

export const standingOf = (ctx: UserCtx, note: NoteInHand) => ({ ...note, viewerId: ctx.actor.userId })

const termsOf = ({ title, body }: Pick<NoteFields, 'title' | 'body'>) => searchTerms(`${title}\n${body}`).join(' ')

/** @throws note.busy after ten misses, subject.not_found: author and room are there */
export const untilWritten = <T>(attempt: () => Promise<T | null>) =>
  retry(attempt, noteErrors.busy).catch(asMissingSubject)

/**
 * @throws room.not_found, channel.membership_required, channel.timed_out, note.too_many, note.quota_exceeded,
 *   subject.not_found
 */
export async function createNote(ctx: UserCtx, input: NewNote): Promise<Note> {
  const { title, body, roomId = null, subjectId = null, attachments = [] } = input
  const visibility = input.visibility ?? (roomId === null ? 'private' : 'room')
  const note = await untilWritten(async () => {
    const desk = await findDesk(ctx, roomId)
    if (roomId !== null) requireWriter(desk.standing, ctx.now())
    if (desk.isFull) throw noteErrors.tooMany()
    requireRoomFor(ctx, desk.bytes, sizeOf({ title, body }))
    const fields = { title, body, visibility, roomId, subjectId }
    const written = await insertNote(ctx, fields, termsOf(fields), filesToAttach(ctx, attachments))
    if (!written) await requireFreeFiles(ctx, attachments)
    return written
  })
  proveActivity(ctx)
  return toNote(ctx, note)
}

/** @throws note.quota_exceeded */
function requireRoomFor(ctx: UserCtx, bytes: number, more: number): void {
  const left = Math.max(0, ctx.config.NOTE_BYTES_PER_USER - bytes)
  if (more > left) throw noteErrors.quotaExceeded(`There is room for ${left} bytes; this would take ${more} more.`)
}

/** Counts the caller as today's reader. @throws note.not_found */
export async function readNote(ctx: UserCtx, noteId: string): Promise<Note> {
  return toNote(ctx, await accessNoteCounted(ctx, noteId, 'view'))
}

/** The note as a file in markdown. @throws note.not_found */
export async function downloadNote(ctx: UserCtx, noteId: string) {
  const { title, body } = await accessNoteCounted(ctx, noteId, 'download')
  return { text: `# ${title}\n\n${body}\n`, disposition: contentDisposition('attachment', filenameOf(title)) }
}

/** A link to a file that is attached to a note. @throws note.not_found, note.file_not_found, upload.not_ready */
export async function downloadNoteFile(ctx: UserCtx, noteId: string, fileId: string, base: string) {
  const { files } = await accessNoteCounted(ctx, noteId, 'download')
  if (!files.some(({ id }) => id === fileId)) throw noteErrors.fileNotFound()
  return linkToSeenFile(ctx, fileId, { download: true, base })
}

/** For who reads its files at /uploads. */
export async function mayReadNoteFile(ctx: UserCtx, { usedId }: { usedId: string }): Promise<boolean> {
  return accessNote(ctx, usedId).then(
    () => true,
    () => false,
  )
}

/**
 * Exactly one of those who edit the same version at once wins; the others are told both versions.
 * @throws note.not_found, note.not_allowed, note.version_required, note.version_conflict, note.room_required,
 *   note.quota_exceeded, channel.timed_out, room.not_found, channel.membership_required, subject.not_found
 */
export async function editNote(
  ctx: UserCtx,
  noteId: string,
  edit: NoteEdit,
  ifMatch: string | undefined,
): Promise<Note> {
  const note = await untilWritten(async () => {
    const { note: seen, standing } = await accessNoteAndRoom(ctx, noteId, edit.roomId)
    const writes = edit.title !== undefined || edit.body !== undefined || edit.attachments !== undefined
    const shares = edit.visibility !== undefined || edit.roomId !== undefined || edit.subjectId !== undefined
    if (writes && !canWriteNote(standingOf(ctx, seen))) throw noteErrors.notAllowed()
    if (shares && !canShareNote(standingOf(ctx, seen))) throw noteErrors.notAllowed()
    requireNamedVersion(ctx, seen, edit, ifMatch)
    if (!writes && !shares) return seen
    const { attachments, ...rest } = edit
    const fields = { ...fieldsOf(seen), ...withoutUndefined(rest) }
    if (fields.visibility === 'room' && fields.roomId === null) throw noteErrors.roomRequired()
    if (fields.roomId !== null && fields.roomId !== seen.roomId) {
      requireWriter(standing, ctx.now())
      return write(ctx, seen, fields, { inRoom: fields.roomId, attachments })
    }
    const inRoom = fields.visibility === 'room' ? fields.roomId : null
    if (inRoom !== null) requireStillWriting(ctx, seen)
    return write(ctx, seen, fields, { inRoom, attachments })
  })
  proveActivity(ctx)
  return toNote(ctx, note)
}

const fieldsOf = ({ title, body, visibility, roomId, subjectId }: NoteInHand): NoteFields => ({
  ...{ title, body, visibility, roomId, subjectId },
})

const withoutUndefined = (edit: Omit<NoteEdit, 'attachments'>): Partial<NoteFields> =>
  Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined))

/** What a room reads is changed by who may write there: not by an author who has left. */
function requireStillWriting(ctx: UserCtx, { role, mutedUntil }: NoteInHand): void {
  if (role === null) throw noteErrors.notAllowed()
  requireNoTimeout(mutedUntil, ctx.now())
}

const purpose = 'note'

const filesToAttach = (ctx: UserCtx, ids: string[]) => filesToUse(ctx, purpose, ids)

/** @throws what stands against one of the uploads; nothing when it is not they that refused */
async function requireFreeFiles(ctx: UserCtx, ids: string[]): Promise<void> {
  for (const uploadId of ids) await requireClaimable(ctx, { uploadId, purpose })
}

interface Writing {
  /** The room in which the caller must be able to write for this. */
  inRoom: string | null
  /** Begins a new revision in any case. */
  anew?: boolean
  /** All files that the note is to have; without them it keeps those that it has. */
  attachments?: string[] | undefined
}

/** Writes, keeping what stood there before as a revision where a new one begins. */
export async function write(
  ctx: UserCtx,
  seen: NoteInHand,
  fields: NoteFields,
  { inRoom, anew = false, attachments = seen.files.map(({ id }) => id) }: Writing,
) {
  const has = new Set(seen.files.map(({ id }) => id))
  const added = attachments.filter((id) => !has.has(id))
  const audienceChanges = audienceOf(fields) !== audienceOf(seen)
  const textChanges = fields.title !== seen.title || fields.body !== seen.body
  const writing = { ...seen, editorId: ctx.actor.userId, now: ctx.now(), audienceChanges }
  const begins = anew || audienceChanges || (textChanges && beginsRevision(writing))
  const written = await updateNote(ctx, seen, {
    fields,
    terms: termsOf(fields),
    beginsRevision: begins,
    files: filesToAttach(ctx, added),
    dropped: [...has].filter((id) => !attachments.includes(id)),
    inRoom,
  })
  if (written) return written
  await requireFreeFiles(ctx, added)
  if (textChanges)
    requireRoomFor(ctx, await findBytes(ctx, seen.authorId), sizeOf(fields) - (begins ? 0 : sizeOf(seen)))
  return null
}

/** @throws note.version_required, note.version_conflict with both versions */
function requireNamedVersion(ctx: UserCtx, note: NoteInHand, edit: NoteEdit, ifMatch: string | undefined): void {
  // `*` names no version: with it words would be lost all the same.
  if (ifMatch === undefined || ifMatch.trim() === '*') throw noteErrors.versionRequired()
  if (!allowsVersion(ifMatch, note.version)) throw conflict(ctx, note, edit)
}

export const conflict = (ctx: UserCtx, note: NoteInHand, yours: object) =>
  noteErrors.versionConflict({ extra: { version: note.version, current: toNote(ctx, note), yours } })

/** @throws note.not_found, note.not_allowed, note.version_conflict */
export async function deleteNote(ctx: UserCtx, noteId: string, ifMatch: string | undefined): Promise<void> {
  const note = await accessNote(ctx, noteId)
  if (!canDeleteNote(standingOf(ctx, note), ctx.actor.role === 'admin')) throw noteErrors.notAllowed()
  if (!allowsVersion(ifMatch, note.version)) throw conflict(ctx, note, {})
  const isNamed = ifMatch !== undefined && ifMatch.trim() !== '*'
  if (await deleteNoteRow(ctx, note, isNamed ? note.version : null)) return
  // Changed in between: the next look says how, or that it is gone.
  throw conflict(ctx, await accessNote(ctx, noteId), {})
}

/** Takes a note out of a room, which leaves it to its author. @throws note.not_found, note.not_allowed, channel.timed_out */
export async function takeNoteOut(ctx: UserCtx, roomId: string, noteId: string): Promise<void> {
  await untilWritten(async () => {
    const seen = await accessNote(ctx, noteId)
    if (seen.roomId !== roomId) throw noteErrors.notFound()
    if (!canTakeOut(standingOf(ctx, seen))) throw noteErrors.notAllowed()
    const visibility = seen.visibility === 'room' ? 'private' : seen.visibility
    const inRoom = seen.authorId === ctx.actor.userId ? null : roomId
    return write(ctx, seen, { ...fieldsOf(seen), roomId: null, visibility }, { inRoom })
  })
}

/** Forgets who read what: after a day it counts nothing any more. */
export async function forgetReads(ctx: Ctx, limit: number): Promise<void> {
  await deleteReadsBefore(ctx, utcDayOf(ctx.now()) - 1, limit)
}
