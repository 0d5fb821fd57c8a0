import type { UserCtx } from '../app/context'
import { requireNoTimeout } from '../channels/standing/actions'
import { allowsVersion } from '../shared/etag'
import { cutPage } from '../shared/page'
import { proveActivity } from '../study/actions/activity'
import { avatarUrl } from '../users/rules'
import { conflict, standingOf, toNote, untilWritten, write } from './actions'
import { noteErrors } from './errors'
import { findRevision, findWriter, listRevisions as listRows, type RevisionRow } from './revision-store'
import { canSeeRevisions, canWriteNote } from './rules'
import type { ListQuery, Note, Revision } from './schemas'
import type { NoteInHand } from './store'

const iso = (at: number) => new Date(at).toISOString()

const toRevision = (row: RevisionRow, isCurrent: boolean) => ({
  n: row.n,
  author: { id: row.authorId, name: row.authorName, avatarUrl: avatarUrl(row.authorAvatarKey) },
  title: row.title,
  startedAt: iso(row.startedAt),
  endedAt: iso(row.endedAt),
  isCurrent,
})

/** What is being written now, as the newest revision. */
async function currentOf(ctx: UserCtx, note: NoteInHand): Promise<RevisionRow> {
  const { revision: n, revisedBy: authorId, title, revisedAt: startedAt, updatedAt: endedAt } = note
  return { ...{ n, authorId, title, startedAt, endedAt }, ...(await findWriter(ctx, note)) }
}

/** @throws note.not_allowed */
function requireWriterOf(ctx: UserCtx, note: NoteInHand): void {
  if (!canSeeRevisions(standingOf(ctx, note))) throw noteErrors.notAllowed()
}

/** What a note says and said, the newest first. @throws note.not_found, note.not_allowed, page.bad_cursor */
export async function listRevisions(ctx: UserCtx, noteId: string, { limit, cursor }: ListQuery) {
  const binding = `note revisions ${ctx.actor.userId} ${noteId}`
  const [before] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const { note, rows: found } = await listRows(ctx, noteId, before === undefined ? null : Number(before), limit + 1)
  requireWriterOf(ctx, note)
  const all = before === undefined ? [await currentOf(ctx, note), ...found] : found
  const { rows, last } = cutPage(all, limit)
  return {
    data: rows.map((row) => toRevision(row, row.n === note.revision)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.n])),
  }
}

/** @throws note.not_found, note.not_allowed, note.revision_not_found */
export async function readRevision(ctx: UserCtx, noteId: string, n: number): Promise<Revision> {
  const { note, revision } = await findRevision(ctx, noteId, n)
  requireWriterOf(ctx, note)
  if (n === note.revision) return { ...toRevision(await currentOf(ctx, note), true), body: note.body }
  if (!revision) throw noteErrors.revisionNotFound()
  return { ...toRevision(revision, false), body: revision.body }
}

/**
 * Brings back what a note said, as a new revision: nothing is lost by it.
 * @throws note.not_found, note.not_allowed, note.revision_not_found, note.version_conflict, note.quota_exceeded,
 *   channel.timed_out
 */
export async function restoreRevision(
  ctx: UserCtx,
  noteId: string,
  n: number,
  ifMatch: string | undefined,
): Promise<Note> {
  const note = await untilWritten(async () => {
    const { note: seen, revision } = await findRevision(ctx, noteId, n)
    if (!canWriteNote(standingOf(ctx, seen))) throw noteErrors.notAllowed()
    if (!allowsVersion(ifMatch, seen.version)) throw conflict(ctx, seen, { restore: n })
    if (n === seen.revision) return seen
    if (!revision) throw noteErrors.revisionNotFound()
    const inRoom = seen.visibility === 'private' ? null : seen.roomId
    if (inRoom !== null) requireNoTimeout(seen.mutedUntil, ctx.now())
    const { title, body } = revision
    const { visibility, roomId, subjectId } = seen
    return write(ctx, seen, { title, body, visibility, roomId, subjectId }, { inRoom, anew: true })
  })
  proveActivity(ctx)
  return toNote(ctx, note)
}
