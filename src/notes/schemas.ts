import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, line, paragraph } from '../shared/text'
import { maxAttachments, maxBody, maxTitle, visibilities } from './rules'

export const notePath = z.lazy(() => z.strictObject({ id: idSchema('note') }))
export const roomNotePath = z.lazy(() => z.strictObject({ id: idSchema('room'), noteId: idSchema('note') }))
export const revisionPath = z.lazy(() =>
  z.strictObject({ id: idSchema('note'), n: z.coerce.number().int().min(1).max(1_000_000) }),
)

const fields = {
  title: line(maxTitle),
  body: paragraph(maxBody).describe('Markdown.'),
  visibility: z
    .enum(visibilities)
    .describe('Private ones are yours alone; a room writes its notes together; public ones stand in the library.'),
  roomId: idSchema('room').nullable(),
  subjectId: idSchema('subject').nullable(),
  attachments: z
    .array(idSchema('upload'))
    .max(maxAttachments)
    .refine((ids) => new Set(ids).size === ids.length, 'must be different files')
    .describe('Files that were sent for the purpose `note`; what is not named any more is deleted.'),
}

export const newNote = z.lazy(() =>
  z
    .strictObject({
      ...fields,
      visibility: fields.visibility.optional().describe('Without it: room where roomId is given, else private.'),
      roomId: fields.roomId.optional(),
      subjectId: fields.subjectId.optional(),
      attachments: fields.attachments.optional(),
    })
    .refine(({ visibility, roomId }) => visibility !== 'room' || roomId, {
      path: ['roomId'],
      message: 'is needed where the visibility is room',
    }),
)

export const noteEdit = z.lazy(() => z.strictObject(fields).partial())

const flag = z
  .enum(['true', 'false', '1', '0'])
  .transform((text) => text === 'true' || text === '1')
  .optional()

const searchesNewest = ({ sort, query }: { sort: string; query?: string | undefined }) =>
  sort === 'newest' || query === undefined
const searchesNewestRule = { path: ['sort'], message: 'must be newest where query is given' }

export const notesQuery = z.lazy(() =>
  z
    .strictObject({
      mine: flag.describe('Your own notes, instead of the library.'),
      roomId: idSchema('room').optional().describe('Those of a room, instead of the library.'),
      subjectId: idSchema('subject').optional(),
      query: line(64).optional().describe('Words of title or body; of the last one its beginning is enough.'),
      sort: z.enum(['newest', 'most-read']).default('newest').describe('What a query finds comes newest first.'),
      ...pageQuery,
    })
    .refine(searchesNewest, searchesNewestRule)
    .refine(
      ({ sort, mine, roomId, subjectId, query }) =>
        sort === 'newest' ||
        query !== undefined ||
        [mine, roomId, mine || roomId ? subjectId : undefined].filter(Boolean).length < 2,
      { path: ['sort'], message: 'must be newest where mine, roomId and subjectId narrow each other down' },
    ),
)

export const roomNotesQuery = z.lazy(() =>
  z
    .strictObject({
      subjectId: idSchema('subject').optional(),
      query: line(64).optional(),
      sort: z.enum(['newest', 'most-read']).default('newest'),
      ...pageQuery,
    })
    .refine(searchesNewest, searchesNewestRule)
    .refine(({ sort, subjectId }) => sort === 'newest' || subjectId === undefined, {
      path: ['sort'],
      message: 'must be newest for one subject of a room',
    }),
)

export const listQuery = z.lazy(() => z.strictObject(pageQuery))

const person = z.lazy(() => z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() }))

const shown = {
  id: z.string(),
  title: z.string(),
  visibility: z.enum(visibilities),
  author: person,
  roomId: z.string().nullable().describe('Told to those who may see the room.'),
  subject: z.object({ id: z.string(), name: z.string() }).nullable(),
  viewCount: z.int().describe('Each reader once a day; the author is not counted.'),
  downloadCount: z.int(),
  version: z.int(),
  createdAt: isoTime,
  updatedAt: isoTime,
}

export const noteReply = z.lazy(() =>
  z
    .object({
      ...shown,
      body: z.string().describe('Markdown.'),
      attachments: z.array(
        z.object({
          id: z.string(),
          filename: z.string(),
          contentType: z.string(),
          size: z.int(),
          width: z.int().nullable(),
          height: z.int().nullable(),
          alt: z.string().nullable().describe('What a picture shows.'),
          url: z.string().describe('Leads to a link that lives five minutes, for whoever may see the note.'),
        }),
      ),
    })
    .meta({ id: 'Note' }),
)

export const downloadQuery = z.lazy(() =>
  z.strictObject({
    file: idSchema('upload').optional().describe('One of the attached files, instead of the text.'),
  }),
)

export const fileLinkReply = z.lazy(() =>
  z.object({ url: z.string(), expiresAt: isoTime }).meta({ id: 'NoteFileLink' }),
)

const pieces = z.lazy(() =>
  z
    .array(z.object({ text: z.string(), match: z.boolean() }))
    .describe('Put together they are the text; what was found stands in pieces of its own.'),
)

export const noteSummary = z.lazy(() =>
  z
    .object({
      ...shown,
      excerpt: z.string().describe('How the body begins.'),
      found: z
        .object({ title: pieces, text: pieces })
        .optional()
        .describe('Where a query found it: the title, and a piece of the body.'),
    })
    .meta({ id: 'NoteSummary' }),
)

export const notesReply = z.lazy(() => pageOf(noteSummary))

const revision = {
  n: z.int(),
  author: person,
  title: z.string(),
  startedAt: isoTime,
  endedAt: isoTime,
  isCurrent: z.boolean().describe('It is what the note says now.'),
}

export const revisionsReply = z.lazy(() => pageOf(z.object(revision).meta({ id: 'NoteRevision' })))
export const revisionReply = z.lazy(() => z.object({ ...revision, body: z.string() }).meta({ id: 'NoteRevisionText' }))

export type NewNote = z.output<typeof newNote>
export type NoteEdit = z.output<typeof noteEdit>
export type NotesQuery = z.output<typeof notesQuery>
export type RoomNotesQuery = z.output<typeof roomNotesQuery>
export type ListQuery = z.output<typeof listQuery>
export type Note = z.output<typeof noteReply>
export type NoteSummary = z.output<typeof noteSummary>
export type Revision = z.output<typeof revisionReply>
