import { sql } from 'drizzle-orm'
import { type AnySQLiteColumn, check, index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { channels } from '../channels/tables'
import { users } from '../users/tables'
import type { Repeat } from './rules'

/** What is to be done, in somebody's own list or in that of a room. */
export const todos = sqliteTable(
  'todos',
  {
    id: text().primaryKey(),
    authorId: text()
      .notNull()
      .references(() => users.id),
    /** Null for personal ones. */
    roomId: text().references(() => channels.id),
    /** Whose list it stands in: the room's or the author's. */
    listId: text().notNull(),
    text: text().notNull(),
    /** Only in rooms, and always an active member: triggers on memberships clear it. */
    assigneeId: text().references(() => users.id),
    dueOn: text(),
    dueAt: integer(),
    repeat: text({ mode: 'json' }).$type<Repeat>(),
    /** Where repeats are counted from: `YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM` on the clocks of the author. */
    repeatFrom: text(),
    /** The date on which the ten years of repeating began. */
    repeatBegan: text(),
    /** A fractional key: open todos of a list are sorted by it, byte by byte. */
    position: text().notNull(),
    completedAt: integer(),
    completedBy: text(),
    /** The completed todo whose repetition this is; nothing repeats twice. */
    previousId: text().references((): AnySQLiteColumn => todos.id, { onDelete: 'set null' }),
    version: integer().notNull().default(1),
    /** The change that wrote the row last: later statements of a batch prove by it that the write took place. */
    changeId: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    check('todos_one_due', sql`${table.dueOn} IS NULL OR ${table.dueAt} IS NULL`),
    check('todos_assigned_in_rooms', sql`${table.assigneeId} IS NULL OR ${table.roomId} IS NOT NULL`),
    check('todos_list', sql`${table.listId} = coalesce(${table.roomId}, ${table.authorId})`),
    uniqueIndex('todos_open').on(table.listId, table.position).where(sql`completed_at IS NULL`),
    index('todos_completed').on(table.listId, table.completedAt, table.id).where(sql`completed_at IS NOT NULL`),
    index('todos_done').on(table.completedAt).where(sql`completed_at IS NOT NULL`),
    index('todos_assigned').on(table.assigneeId, table.roomId).where(sql`assignee_id IS NOT NULL`),
    index('todos_assigned_open')
      .on(table.assigneeId, table.id)
      .where(sql`assignee_id IS NOT NULL AND completed_at IS NULL`),
    index('todos_by_author').on(table.authorId),
    uniqueIndex('todos_one_successor').on(table.previousId).where(sql`previous_id IS NOT NULL`),
  ],
)

export type TodoRow = typeof todos.$inferSelect
