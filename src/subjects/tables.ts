import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** The catalogue. Migrations fill it; nobody writes to it at run time. */
export const subjects = sqliteTable(
  'subjects',
  {
    /** Full-text rows point here; SQLite's own rowid may change. */
    num: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique('subjects_id'),
    /** For addresses and icons: `linear-algebra`. */
    slug: text().notNull().unique('subjects_slug'),
    name: text().notNull(),
    category: text().notNull(),
    description: text().notNull(),
    /** A path on our own origin. */
    iconPath: text(),
  },
  (table) => [
    index('subjects_by_name').on(table.name, table.num),
    index('subjects_by_category').on(table.category, table.name, table.num),
  ],
)

export type SubjectRow = typeof subjects.$inferSelect

/** Who studies what. */
export const userSubjects = sqliteTable(
  'user_subjects',
  {
    userId: text()
      .notNull()
      .references(() => users.id),
    subjectId: text()
      .notNull()
      .references(() => subjects.id),
    addedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.subjectId] })],
)

/** The name of a subject, as a column. */
export const subjectName = (subjectId: string | null) => sql`(SELECT name FROM ${subjects} WHERE id = ${subjectId})`
