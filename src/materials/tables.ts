import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { channels } from '../channels/tables'
import { subjects } from '../subjects/tables'
import { users } from '../users/tables'

const isInRoom = sql`room_id IS NOT NULL`

/** Files and links that people study with. */
export const materials = sqliteTable(
  'materials',
  {
    num: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique('materials_id'),
    ownerId: text()
      .notNull()
      .references(() => users.id),
    roomId: text().references(() => channels.id),
    subjectId: text().references(() => subjects.id),
    /** The catalogue never changes at run time, so that lists need not read it. */
    subjectName: text(),
    name: text().notNull(),
    description: text().notNull().default(''),
    fileType: text({ enum: ['pdf', 'word', 'slides', 'image', 'figma', 'link', 'other'] }).notNull(),
    /** Either a file or a link. */
    uploadId: text().unique('materials_upload'),
    url: text(),
    /** Of the file, which never changes either. */
    filename: text(),
    contentType: text(),
    size: integer(),
    /** Kept by a trigger on `material_downloads`. */
    downloadCount: integer().notNull().default(0),
    /** What clients see as an ETag. */
    version: integer().notNull().default(1),
    /** The change that wrote the row last: later statements of a batch prove by it that the write took place. */
    changeId: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    check('materials_file_or_link', sql`(${table.uploadId} IS NULL) <> (${table.url} IS NULL)`),
    index('materials_owner').on(table.ownerId),
    index('materials_room').on(table.roomId, table.num).where(isInRoom),
    index('materials_room_subject').on(table.roomId, table.subjectId, table.num).where(isInRoom),
  ],
)

export type MaterialRow = typeof materials.$inferSelect

/** Who has a material in their list: its owner, and whom it is shared with. One index, so one order for both. */
export const materialShares = sqliteTable(
  'material_shares',
  {
    materialId: text()
      .notNull()
      .references(() => materials.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    permission: text({ enum: ['owner', 'edit', 'view'] }).notNull(),
    /** The material's, so that a list by subject reads only what it shows. Kept by a trigger on `materials`. */
    subjectId: text(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.materialId, table.userId] }),
    index('material_shares_newest').on(table.userId, table.createdAt, table.materialId, table.permission),
    index('material_shares_subject').on(
      table.userId,
      table.subjectId,
      table.createdAt,
      table.materialId,
      table.permission,
    ),
  ],
)

/** Who has downloaded a material today: one count a person and day. Gone after two days. */
export const materialDownloads = sqliteTable(
  'material_downloads',
  {
    materialId: text()
      .notNull()
      .references(() => materials.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    /** Days since 1970, in UTC. */
    day: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.materialId, table.userId, table.day] }),
    index('material_downloads_user').on(table.userId),
    index('material_downloads_day').on(table.day),
  ],
)
