import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { channels } from '../channels/tables'
import { subjects } from '../subjects/tables'
import { users } from '../users/tables'

const isPublic = sql`visibility = 'public'`
const isInRoom = sql`room_id IS NOT NULL AND visibility <> 'private'`

/** Texts in markdown. A row holds the newest revision; what was before is in `note_revisions`. */
export const notes = sqliteTable(
  'notes',
  {
    /** Full-text rows point here; SQLite's own rowid may change. */
    num: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique('notes_id'),
    authorId: text()
      .notNull()
      .references(() => users.id),
    roomId: text().references(() => channels.id),
    subjectId: text().references(() => subjects.id),
    /** The catalogue never changes at run time, so that lists need not read it. */
    subjectName: text(),
    visibility: text({ enum: ['private', 'room', 'public'] }).notNull(),
    title: text().notNull(),
    /** How the body begins: what lists show. */
    excerpt: text().notNull(),
    /** What clients see as an ETag. */
    version: integer().notNull().default(1),
    /** The number of the revision that is being written, by whom, and since when. */
    revision: integer().notNull().default(1),
    revisedBy: text()
      .notNull()
      .references(() => users.id),
    revisedAt: integer().notNull(),
    /** Kept by triggers on `note_reads`. */
    viewCount: integer().notNull().default(0),
    downloadCount: integer().notNull().default(0),
    /** The change that wrote the row last: later statements of a batch prove by it that the write took place. */
    changeId: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    /** Last, because whatever stands behind it in a row is read only by way of it. */
    body: text().notNull(),
  },
  (table) => [
    check('notes_room', sql`${table.visibility} <> 'room' OR ${table.roomId} IS NOT NULL`),
    index('notes_public').on(table.num).where(isPublic),
    // By id, which is sorted by time as well: SQLite goes on in the middle of equal counts only by columns that are no rowid.
    index('notes_public_most_read').on(table.viewCount, table.id).where(isPublic),
    index('notes_subject').on(table.subjectId, table.num).where(isPublic),
    index('notes_subject_most_read').on(table.subjectId, table.viewCount, table.id).where(isPublic),
    index('notes_room').on(table.roomId, table.num).where(isInRoom),
    index('notes_room_most_read').on(table.roomId, table.viewCount, table.id).where(isInRoom),
    index('notes_author').on(table.authorId, table.num),
    index('notes_author_most_read').on(table.authorId, table.viewCount, table.id),
  ],
)

export type NoteRow = typeof notes.$inferSelect

/** What a note said before, whole: one row for each ten minutes of writing by one person. */
export const noteRevisions = sqliteTable(
  'note_revisions',
  {
    noteId: text()
      .notNull()
      .references(() => notes.id),
    n: integer().notNull(),
    authorId: text()
      .notNull()
      .references(() => users.id),
    /** Who could read it: `private`, `public`, or the id of the room. */
    audience: text().notNull(),
    /** The first and the last time that it was written. */
    startedAt: integer().notNull(),
    endedAt: integer().notNull(),
    title: text().notNull(),
    body: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.noteId, table.n] }), index('note_revisions_author').on(table.authorId)],
)

/** Who has read or downloaded a note today: one count a person and day. Gone after two days. */
export const noteReads = sqliteTable(
  'note_reads',
  {
    noteId: text()
      .notNull()
      .references(() => notes.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    kind: text({ enum: ['view', 'download'] }).notNull(),
    /** Days since 1970, in UTC. */
    day: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.noteId, table.userId, table.kind, table.day] }),
    index('note_reads_user').on(table.userId),
    index('note_reads_day').on(table.day),
  ],
)

/** How many bytes the notes of each person have, with their revisions: kept by triggers on both. */
export const noteUse = sqliteTable('note_use', {
  userId: text()
    .primaryKey()
    .references(() => users.id),
  bytes: integer().notNull(),
})
