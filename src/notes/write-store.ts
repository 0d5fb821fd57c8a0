import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import type { StandingRow } from '../channels/standing/rules'
import { mayWriteWhere, selectStanding } from '../channels/standing/tables'
import { recordEvent, withdrawEvents } from '../outbox/actions'
import { subjectName } from '../subjects/tables'
import { excerptOf, scopeOf, sizeOf, type Visibility } from './rules'
import { type NoteInHand, selectInHand, toInHand } from './store'
import { noteUse } from './tables'

/** What a note says, and who may see it. */
export interface NoteFields {
  title: string
  body: string
  visibility: Visibility
  roomId: string | null
  subjectId: string | null
}

const hasFewerNotes = (ctx: UserCtx) => {
  const max = ctx.config.NOTES_PER_USER
  return sql`(SELECT count(*) FROM (SELECT 1 FROM notes AS own WHERE own.author_id = ${ctx.actor.userId} LIMIT ${max})) < ${max}`
}

const bytesOf = (authorId: string) => sql`coalesce((SELECT bytes FROM ${noteUse} WHERE user_id = ${authorId}), 0)`

/** Holds while the notes of somebody, with all that they said before, may have so many bytes more. */
const hasRoomFor = (ctx: UserCtx, authorId: string, bytes: number): SQL =>
  bytes <= 0 ? sql`1` : sql`${bytesOf(authorId)} + ${bytes} <= ${ctx.config.NOTE_BYTES_PER_USER}`

/** All that a new note is decided on. */
export async function findDesk(ctx: UserCtx, roomId: string | null) {
  const me = ctx.actor.userId
  const [[standing], [own]] = await ctx.db.batch([
    ctx.db.all<StandingRow>(selectStanding(me, roomId ?? '')),
    ctx.db.all<{ isFull: number; bytes: number }>(
      sql`SELECT NOT ${hasFewerNotes(ctx)} AS isFull, ${bytesOf(me)} AS bytes`,
    ),
  ])
  return { standing, isFull: own?.isFull === 1, bytes: own?.bytes ?? 0 }
}

/** How many bytes the notes of somebody have, with all that they said before. */
export async function findBytes(ctx: UserCtx, authorId: string): Promise<number> {
  const [row] = await ctx.db.all<{ bytes: number }>(sql`SELECT ${bytesOf(authorId)} AS bytes`)
  return row?.bytes ?? 0
}

/** Holds while the caller may still write there. */
const mayStillWrite = (ctx: UserCtx, roomId: string | null) => mayWriteWhere(ctx.actor.userId, roomId, ctx.now())

/**
 * The statements that put what a note says now into the index: only what was written by this change, and only under the
 * scopes of who may be shown it.
 */
const indexAnew = (ctx: UserCtx, noteId: string, changeId: string, terms: string, scope: string) => [
  ctx.db.run(sql`
    DELETE FROM note_search WHERE rowid = (SELECT num FROM notes WHERE id = ${noteId} AND change_id = ${changeId})`),
  ctx.db.run(sql`
    INSERT INTO note_search (rowid, terms, scope)
    SELECT num, ${terms}, ${scope} FROM notes WHERE id = ${noteId} AND change_id = ${changeId}`),
]

type Statement = Parameters<UserCtx['db']['batch']>[0][number]

/** Files that a change attaches. */
export interface NewFiles {
  /** Holds while all of them can be used. */
  proof: SQL
  /** Binds them, each by a statement; to run once the note is written. */
  bind: (noteId: string, proof: SQL) => Statement[]
}

/**
 * Writes a note; null when what it was decided on no longer holds.
 * @param terms what a search finds it by
 */
export async function insertNote(
  ctx: UserCtx,
  fields: NoteFields,
  terms: string,
  files: NewFiles,
): Promise<NoteInHand | null> {
  const [id, changeId, me, now] = [ctx.newId('note'), ctx.newId('change'), ctx.actor.userId, ctx.now()]
  const { title, body, visibility, roomId, subjectId } = fields
  const results = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO notes (id, author_id, room_id, subject_id, subject_name, visibility, title, excerpt, body, revised_by, revised_at,
        change_id, created_at, updated_at)
      SELECT ${id}, ${me}, ${roomId}, ${subjectId}, ${subjectName(subjectId)}, ${visibility}, ${title}, ${excerptOf(body)}, ${body}, ${me}, ${now},
        ${changeId}, ${now}, ${now}
      WHERE ${hasFewerNotes(ctx)} AND ${hasRoomFor(ctx, me, sizeOf(fields))} AND ${mayStillWrite(ctx, roomId)}
        AND ${files.proof}`),
    ...indexAnew(ctx, id, changeId, terms, scopeOf({ ...fields, authorId: me })),
    ...files.bind(id, sql`EXISTS (SELECT 1 FROM notes WHERE id = ${id})`),
    ...sharedEvent(ctx, id, null, fields, sql`EXISTS (SELECT 1 FROM notes WHERE id = ${id})`),
    selectInHand(ctx, sql`n.id = ${id}`),
  ])
  const [row] = results.at(-1) as Awaited<ReturnType<typeof selectInHand>>
  return row ? toInHand(row) : null
}

interface Edit {
  fields: NoteFields
  terms: string
  /** Whether what the note says now is kept as a revision, and a new one begins. */
  beginsRevision: boolean
  files: NewFiles
  /** Ids of files that go. */
  dropped: string[]
  /** The room in which the caller must be able to write for this; null where the note is the caller's alone. */
  inRoom: string | null
}

/**
 * Holds where a change leaves no words behind and does not pass the author's room. Where the words before are kept, keeping
 * them has asked for the room. What changes only who may see a note always may.
 */
function hasRoomForEdit(ctx: UserCtx, seen: NoteInHand, { fields, beginsRevision }: Edit): SQL {
  if (fields.title === seen.title && fields.body === seen.body) return sql`1`
  if (!beginsRevision) return hasRoomFor(ctx, seen.authorId, sizeOf(fields) - sizeOf(seen))
  return sql`EXISTS (SELECT 1 FROM note_revisions AS kept WHERE kept.note_id = notes.id AND kept.n = notes.revision)`
}

/** Changes a note; null when it was changed since, or the caller may not write in its room any more. */
export async function updateNote(ctx: UserCtx, seen: NoteInHand, edit: Edit): Promise<NoteInHand | null> {
  const [changeId, me, now] = [ctx.newId('change'), ctx.actor.userId, ctx.now()]
  const { title, body, visibility, roomId, subjectId } = edit.fields
  const isStill = sql`id = ${seen.id} AND version = ${seen.version} AND ${mayStillWrite(ctx, edit.inRoom)}
    AND ${edit.files.proof}`
  const revised = edit.beginsRevision ? sql`revision = revision + 1, revised_by = ${me}, revised_at = ${now},` : sql``
  const changed = sql`EXISTS (SELECT 1 FROM notes WHERE id = ${seen.id} AND change_id = ${changeId})`
  const results = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO note_revisions (note_id, n, author_id, audience, started_at, ended_at, title, body)
      SELECT id, revision, revised_by, iif(visibility = 'room', room_id, visibility), revised_at, updated_at, title, body
      FROM notes WHERE ${isStill} AND ${edit.beginsRevision} AND ${hasRoomFor(ctx, seen.authorId, sizeOf(edit.fields))}`),
    ctx.db.run(sql`
      UPDATE notes SET title = ${title}, excerpt = ${excerptOf(body)}, body = ${body}, visibility = ${visibility},
        room_id = ${roomId}, subject_id = ${subjectId}, subject_name = ${subjectName(subjectId)}, ${revised} version = version + 1, change_id = ${changeId},
        updated_at = ${now}
      WHERE ${isStill} AND ${hasRoomForEdit(ctx, seen, edit)}`),
    ctx.db.run(sql`
      DELETE FROM note_revisions WHERE note_id = ${seen.id} AND ${changed}
        AND n <= (SELECT revision FROM notes WHERE id = ${seen.id}) - ${ctx.config.NOTE_REVISIONS}`),
    ...indexAnew(ctx, seen.id, changeId, edit.terms, scopeOf({ ...edit.fields, authorId: seen.authorId })),
    ...edit.files.bind(seen.id, changed),
    ctx.db.run(sql`
      DELETE FROM uploads WHERE used_kind = 'note' AND used_id = ${seen.id} AND ${changed}
        AND id IN (SELECT value FROM json_each(${JSON.stringify(edit.dropped)}))`),
    ...sharedEvent(ctx, seen.id, roomThatReads(seen), edit.fields, changed),
    ...removalEvent(ctx, seen, edit, changed),
    ...editedEvent(ctx, seen, edit, changed),
    selectInHand(ctx, sql`n.id = ${seen.id} AND n.change_id = ${changeId}`),
  ])
  const [row] = results.at(-1) as Awaited<ReturnType<typeof selectInHand>>
  return row ? toInHand(row) : null
}

/** The room whose members read a note; null for none. */
const roomThatReads = ({ visibility, roomId }: Pick<NoteFields, 'visibility' | 'roomId'>) =>
  visibility === 'private' ? null : roomId

/** Tells a room of a note that it did not have before, and no longer of one that it has no more. */
function sharedEvent(ctx: UserCtx, noteId: string, before: string | null, fields: NoteFields, changed: SQL) {
  const roomId = roomThatReads(fields)
  if (roomId === before) return []
  const withdrawn = withdrawEvents(ctx, noteId, sql`type IN ('note.shared', 'note.edited') AND ${changed}`)
  if (roomId === null) return [withdrawn]
  const event = { type: 'note.shared', to: 'members', channelId: roomId, subjectId: noteId, facts: {} } as const
  return [withdrawn, recordEvent(ctx, event, changed)]
}

/** Tells an author that somebody else has begun to write. */
function editedEvent(ctx: UserCtx, seen: NoteInHand, { fields, beginsRevision }: Edit, changed: SQL) {
  const { id, authorId, roomId } = seen
  if (authorId === ctx.actor.userId || !beginsRevision || fields.roomId !== roomId) return []
  const about = { channelId: roomId, subjectId: id, facts: {} }
  return [recordEvent(ctx, { type: 'note.edited', to: [authorId], ...about }, changed)]
}

/** Taking somebody else's note out of a room is moderation, and leaves an audit row. */
function removalEvent(ctx: UserCtx, seen: NoteInHand, { fields }: Edit, changed: SQL) {
  if (seen.authorId === ctx.actor.userId || seen.roomId === null || fields.roomId !== null) return []
  const details = { noteId: seen.id, roomId: seen.roomId }
  return [
    auditEvent(ctx, { event: 'note.taken_out', subjectId: seen.authorId, details }, changed),
    recordEvent(
      ctx,
      {
        ...{ type: 'note.taken_out', to: [seen.authorId], actorId: null, channelId: seen.roomId },
        ...{ subjectId: seen.id, facts: {} },
      },
      changed,
    ),
  ]
}

/** Deletes a note; false when it is gone. Triggers take along what belongs to it. An admin's deletion leaves an audit row. */
export async function deleteNoteRow(ctx: UserCtx, seen: NoteInHand, ifVersion: number | null): Promise<boolean> {
  const me = ctx.actor.userId
  const isAdmins = seen.authorId !== me
  const version = ifVersion === null ? sql`` : sql`AND version = ${ifVersion}`
  const [gone] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      DELETE FROM notes WHERE id = ${seen.id} ${version} AND ${isAdmins ? sql`visibility = 'public'` : sql`author_id = ${me}`}
      RETURNING id`),
    auditEvent(
      ctx,
      { event: 'note.removed', subjectId: seen.authorId, details: { noteId: seen.id } },
      sql`${isAdmins} AND NOT EXISTS (SELECT 1 FROM notes WHERE id = ${seen.id})`,
    ),
    withdrawEvents(ctx, seen.id, sql`NOT EXISTS (SELECT 1 FROM notes WHERE id = ${seen.id})`),
  ])
  return gone.length > 0
}
