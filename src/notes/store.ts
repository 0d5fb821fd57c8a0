import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { areBlocked } from '../blocks/tables'
import type { MemberRole } from '../channels/live/contract'
import type { StandingRow } from '../channels/standing/rules'
import { isMemberOf, mutedUntilIn, roleIn, selectStanding } from '../channels/standing/tables'
import { utcDayOf } from '../shared/zones'
import { users } from '../users/tables'
import { noteErrors } from './errors'
import { canSeeNote, type Visibility } from './rules'
import { notes } from './tables'

/** A note as lists show it. */
export interface NoteView {
  num: number
  id: string
  authorId: string
  authorName: string
  authorAvatarKey: string | null
  roomId: string | null
  subjectId: string | null
  subjectName: string | null
  visibility: Visibility
  title: string
  excerpt: string
  version: number
  viewCount: number
  downloadCount: number
  createdAt: number
  updatedAt: number
}

export const viewColumns = sql`
  n.num, n.id, n.author_id AS authorId, author.name AS authorName, author.avatar_key AS authorAvatarKey,
  n.room_id AS roomId, n.subject_id AS subjectId, n.subject_name AS subjectName, n.visibility, n.title, n.excerpt, n.version,
  n.view_count AS viewCount, n.download_count AS downloadCount, n.created_at AS createdAt, n.updated_at AS updatedAt`

export const joinAuthor = sql`CROSS JOIN ${users} author ON author.id = n.author_id`

/** A file that is attached to a note. */
export interface NoteFile {
  id: string
  filename: string
  contentType: string
  size: number
  /** Null for what is no picture. */
  width: number | null
  height: number | null
  /** What a picture shows, in the words of whoever sent it. */
  alt: string | null
}

/** A whole note with all that a change of it is decided on. */
export interface NoteInHand extends NoteView {
  body: string
  /** In the order in which they were attached. */
  files: NoteFile[]
  revision: number
  revisedBy: string
  revisedAt: number
  role: MemberRole | null
  mutedUntil: number | null
  blocked: boolean
}

type InHandRow = Omit<NoteInHand, 'blocked' | 'files'> & { blocked: number; files: string }

const filesOf = sql`(
  SELECT json_group_array(json_object('id', f.id, 'filename', f.filename, 'contentType', f.content_type, 'size', f.size,
    'width', f.width, 'height', f.height, 'alt', f.alt))
  FROM (SELECT * FROM uploads AS up WHERE up.used_kind = 'note' AND up.used_id = n.id ORDER BY up.used_at, up.id) AS f)`

/** The statement that reads a note, whether or not the caller may see it; for `requireSeen`. */
export const selectInHand = (ctx: UserCtx, where: SQL) =>
  ctx.db.all<InHandRow>(sql`
    SELECT ${viewColumns}, n.body, n.revision, n.revised_by AS revisedBy, n.revised_at AS revisedAt,
      ${roleIn(ctx.actor.userId, sql`n.room_id`)} AS role, ${mutedUntilIn(ctx.actor.userId, sql`n.room_id`)} AS mutedUntil,
      ${areBlocked(ctx.actor.userId, sql`n.author_id`)} AS blocked, ${filesOf} AS files
    FROM ${notes} n ${joinAuthor} WHERE ${where}`)

export const toInHand = (row: InHandRow): NoteInHand => ({
  ...row,
  blocked: row.blocked === 1,
  files: JSON.parse(row.files),
})

/** @throws note.not_found, the same for what is absent and what the caller may not see */
export function requireSeen(ctx: UserCtx, row: InHandRow | undefined): NoteInHand {
  const note = row && toInHand(row)
  if (!note || !canSeeNote({ ...note, viewerId: ctx.actor.userId })) throw noteErrors.notFound()
  return note
}

/** @throws note.not_found */
export async function accessNote(ctx: UserCtx, noteId: string): Promise<NoteInHand> {
  const [row] = await selectInHand(ctx, sql`n.id = ${noteId}`)
  return requireSeen(ctx, row)
}

/** The same with the caller's standing in the room that the note is to be put into. */
export async function accessNoteAndRoom(ctx: UserCtx, noteId: string, roomId: string | null | undefined) {
  const [[row], [standing]] = await ctx.db.batch([
    selectInHand(ctx, sql`n.id = ${noteId}`),
    ctx.db.all<StandingRow>(selectStanding(ctx.actor.userId, roomId ?? '')),
  ])
  return { note: requireSeen(ctx, row), standing }
}

/** Holds where somebody else's note `n` is shared with the caller: what `canSeeNote` says, in SQL. */
const isShared = (me: string) => sql`n.author_id <> ${me} AND n.visibility <> 'private' AND (
  ${isMemberOf(me, sql`n.room_id`)} OR (n.visibility = 'public' AND NOT ${areBlocked(me, sql`n.author_id`)}))`

/** Counts the caller as a reader of today, once, and reads the note. @throws note.not_found */
export async function accessNoteCounted(ctx: UserCtx, noteId: string, kind: 'view' | 'download'): Promise<NoteInHand> {
  const me = ctx.actor.userId
  const [, [row]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT OR IGNORE INTO note_reads (note_id, user_id, kind, day)
      SELECT n.id, ${me}, ${kind}, ${utcDayOf(ctx.now())} FROM notes n WHERE n.id = ${noteId} AND ${isShared(me)}`),
    selectInHand(ctx, sql`n.id = ${noteId}`),
  ])
  return requireSeen(ctx, row)
}

/** Forgets who read what before a day. @returns how many rows went */
export async function deleteReadsBefore(ctx: Pick<UserCtx, 'db'>, day: number, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM note_reads WHERE rowid IN (SELECT rowid FROM note_reads WHERE day < ${day} LIMIT ${limit})`)
}
