import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ReportedMessage } from '../channels/live/contract'
import { channels } from '../channels/tables'
import { users } from '../users/tables'
import type { reportReasons } from './rules'

/** What was reported, as it was at that moment. */
export type ReportContent =
  | ({ type: 'message' } & Omit<ReportedMessage, 'userId'>)
  | { type: 'user'; username: string; name: string; bio: string }
  | { type: 'room' | 'group'; name: string; description: string }

/** Nobody deletes a report: neither the end of what it is about nor that of a person does. */
export const reports = sqliteTable(
  'reports',
  {
    id: text().primaryKey(),
    targetType: text({ enum: ['message', 'user', 'room', 'group'] }).notNull(),
    targetId: text().notNull(),
    /** Where a message was said: who looks after that channel handles the report, too. Null for admins alone. */
    channelId: text().references(() => channels.id),
    /** Whom it is about: the author, the person, or who owns the place. Null once that person is erased. */
    targetUserId: text().references(() => users.id),
    /** Null once that person is erased. */
    reporterId: text().references(() => users.id),
    reason: text().$type<(typeof reportReasons)[number]>().notNull(),
    note: text(),
    /** Null a year after the report was closed. */
    content: text({ mode: 'json' }).$type<ReportContent>(),
    state: text({ enum: ['open', 'resolved', 'dismissed'] }).notNull(),
    resolution: text(),
    closedBy: text(),
    closedAt: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('reports_one_open').on(table.reporterId, table.targetId).where(sql`state = 'open'`),
    index('reports_by_reporter').on(table.reporterId, table.createdAt, table.id),
    index('reports_by_person').on(table.targetUserId),
    index('reports_by_channel').on(table.channelId, table.state, table.createdAt, table.id),
    index('reports_by_state').on(table.state, table.createdAt, table.id),
    index('reports_kept').on(table.closedAt).where(sql`content IS NOT NULL AND closed_at IS NOT NULL`),
  ],
)
