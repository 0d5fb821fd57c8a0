import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { baseOf } from '../app/site'
import { channelErrors, roomErrors } from '../channels/errors'
import { liveErrors } from '../channels/live/errors'
import { roomPaths } from '../channels/place-schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { etagOf, ifMatchHeader } from '../shared/etag'
import { validate } from '../shared/validate'
import { subjectErrors } from '../subjects/errors'
import { claimErrors, uploadErrors } from '../uploads/errors'
import { createNote, deleteNote, downloadNote, downloadNoteFile, editNote, readNote, takeNoteOut } from './actions'
import { noteErrors } from './errors'
import { listNotes, listNotesOfRoom } from './list-actions'
import { listRevisions, readRevision, restoreRevision } from './revision-actions'
import {
  downloadQuery,
  fileLinkReply,
  listQuery,
  newNote,
  noteEdit,
  notePath,
  noteReply,
  notesQuery,
  notesReply,
  revisionPath,
  revisionReply,
  revisionsReply,
  roomNotePath,
  roomNotesQuery,
} from './schemas'

const tag = 'Notes'
const { invalid } = requestErrors
const { notFound, notAllowed, versionConflict, versionRequired, revisionNotFound, busy } = noteErrors
const { tooMany, quotaExceeded } = noteErrors
const { timedOut } = liveErrors
const inRoom = [roomErrors.notFound, channelErrors.membershipRequired]

export const noteRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/',
      describe({
        summary: 'Write a note',
        tag,
        replies: { 201: noteReply },
        errors: [...inRoom, timedOut, subjectErrors.notFound, tooMany, quotaExceeded, ...claimErrors, busy, invalid],
      }),
      signedIn,
      validate('json', newNote),
      async (c) => {
        const note = await createNote(c.var.ctx, c.req.valid('json'))
        return c.json(note, 201, { Location: `/api/v1/notes/${note.id}`, ETag: etagOf(note.version) })
      },
    )
    .get(
      '/',
      describe({
        summary: 'Find notes',
        description:
          'The library of public notes, your own with `mine=true`, or those of a room with roomId; of a subject, or by the words of title and body.',
        tag,
        replies: { 200: notesReply },
        errors: [...inRoom, pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', notesQuery),
      async (c) => c.json(await listNotes(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/:id',
      describe({
        summary: 'Read a note',
        description: 'Counts you as a reader once a day.',
        tag,
        replies: { 200: noteReply },
        errors: [notFound, invalid],
      }),
      signedIn,
      validate('param', notePath),
      async (c) => {
        const note = await readNote(c.var.ctx, c.req.valid('param').id)
        return c.json(note, 200, { ETag: etagOf(note.version) })
      },
    )
    .patch(
      '/:id',
      describe({
        summary: 'Edit a note',
        description:
          'If-Match must name the version that you have read. If somebody was quicker, the answer has both versions and nothing is changed. Members of a room write its notes together; who may see a note, its room and its subject are for its author.',
        tag,
        replies: { 200: noteReply },
        errors: [
          ...[notFound, notAllowed, versionRequired, versionConflict, noteErrors.roomRequired, timedOut, ...inRoom],
          ...[subjectErrors.notFound, quotaExceeded, ...claimErrors, busy, invalid],
        ],
      }),
      signedIn,
      validate('param', notePath),
      validate('header', ifMatchHeader),
      validate('json', noteEdit),
      async (c) => {
        const ifMatch = c.req.valid('header')['if-match']
        const note = await editNote(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch)
        return c.json(note, 200, { ETag: etagOf(note.version) })
      },
    )
    .delete(
      '/:id',
      describe({
        summary: 'Delete a note',
        description: 'For its author, with all its revisions. Admins may delete public ones.',
        tag,
        replies: { 204: null },
        errors: [notFound, notAllowed, versionConflict, invalid],
      }),
      signedIn,
      validate('param', notePath),
      validate('header', ifMatchHeader),
      async (c) => {
        await deleteNote(c.var.ctx, c.req.valid('param').id, c.req.valid('header')['if-match'])
        return c.body(null, 204)
      },
    )
    .get(
      '/:id/download',
      describe({
        summary: 'Download a note as markdown, or a file of it',
        description:
          'Counts you once a day. With `file` it redirects to a link to that attached file, which lives five minutes and needs no session.',
        tag,
        replies: { 200: null, 302: fileLinkReply },
        errors: [notFound, noteErrors.fileNotFound, uploadErrors.notFound, uploadErrors.notReady, invalid],
      }),
      signedIn,
      validate('param', notePath),
      validate('query', downloadQuery),
      async (c) => {
        const { ctx } = c.var
        const { id } = c.req.valid('param')
        const { file } = c.req.valid('query')
        if (file !== undefined) {
          const link = await downloadNoteFile(ctx, id, file, baseOf(ctx.config, c.req.raw))
          return c.json(link, 302, { Location: link.url, 'Cache-Control': 'no-store' })
        }
        const { text, disposition } = await downloadNote(ctx, id)
        return c.body(text, 200, {
          'Content-Type': 'text/markdown; charset=utf-8',
          'Content-Disposition': disposition,
          'Cache-Control': 'no-store',
        })
      },
    )
    .get(
      '/:id/revisions',
      describe({
        summary: 'List what a note says and said',
        description:
          'The newest first, one for each ten minutes of writing by one person; the newest 50 are kept. For those who may write the note. Members of a room are shown what was written since the note is shared with it.',
        tag,
        replies: { 200: revisionsReply },
        errors: [notFound, notAllowed, pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('param', notePath),
      validate('query', listQuery),
      async (c) => c.json(await listRevisions(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
    )
    .get(
      '/:id/revisions/:n',
      describe({
        summary: 'Read a revision of a note',
        tag,
        replies: { 200: revisionReply },
        errors: [notFound, notAllowed, revisionNotFound, invalid],
      }),
      signedIn,
      validate('param', revisionPath),
      async (c) => {
        const { id, n } = c.req.valid('param')
        return c.json(await readRevision(c.var.ctx, id, n))
      },
    )
    .post(
      '/:id/revisions/:n/restore',
      describe({
        summary: 'Bring back a revision of a note',
        description: 'As a new revision: what the note says now stays among the others.',
        tag,
        replies: { 200: noteReply },
        errors: [notFound, notAllowed, revisionNotFound, versionConflict, quotaExceeded, timedOut, busy, invalid],
      }),
      signedIn,
      validate('param', revisionPath),
      validate('header', ifMatchHeader),
      async (c) => {
        const { id, n } = c.req.valid('param')
        const note = await restoreRevision(c.var.ctx, id, n, c.req.valid('header')['if-match'])
        return c.json(note, 200, { ETag: etagOf(note.version) })
      },
    )

/** Below /rooms. */
export const roomNoteRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/:id/notes',
      describe({
        summary: 'List the notes of a room',
        description: 'For its members; the same as GET /notes with roomId.',
        tag,
        replies: { 200: notesReply },
        errors: [...inRoom, pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('param', roomPaths.path),
      validate('query', roomNotesQuery),
      async (c) => c.json(await listNotesOfRoom(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
    )
    .delete(
      '/:id/notes/:noteId',
      describe({
        summary: 'Take a note out of a room',
        description: 'For its author and for those who look after the room. The note stays its author’s.',
        tag,
        replies: { 204: null },
        errors: [notFound, notAllowed, busy, invalid],
      }),
      signedIn,
      validate('param', roomNotePath),
      async (c) => {
        const { id, noteId } = c.req.valid('param')
        await takeNoteOut(c.var.ctx, id, noteId)
        return c.body(null, 204)
      },
    )
