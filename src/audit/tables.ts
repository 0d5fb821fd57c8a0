import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Append-only: triggers refuse UPDATE and DELETE. */
export const auditLog = sqliteTable(
  'audit_log',
  {
    id: text().primaryKey(),
    at: integer().notNull(),
    /** What happened, past tense: `session.started`, `member.removed`. */
    event: text().notNull(),
    actorId: text(),
    /** Whom or what it happened to. */
    subjectId: text(),
    address: text(),
    requestId: text(),
    reason: text(),
    /** JSON with a few plain facts; never a secret. */
    details: text(),
  },
  (table) => [
    index('audit_log_by_subject').on(table.subjectId, table.at),
    index('audit_log_by_actor').on(table.actorId, table.at),
  ],
)
