import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Audience, EventFacts, EventType } from './contract'

/**
 * What may interest somebody, written in the batch of its cause. Ids sort by time, so the oldest are found by the key.
 * No references: rows of events that rooms have made come from other storage.
 */
export const outbox = sqliteTable(
  'outbox',
  {
    id: text().primaryKey(),
    type: text().$type<EventType>().notNull(),
    actorId: text(),
    channelId: text(),
    subjectId: text(),
    audience: text().$type<Audience>().notNull(),
    recipients: text({ mode: 'json' }).$type<string[]>().notNull(),
    facts: text({ mode: 'json' }).$type<EventFacts[EventType]>().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer(),
    /** What it was about is no more: who has not been told will not be. */
    withdrawnAt: integer(),
    /** The last recipient who was told, in order of ids. */
    cursor: text().notNull().default(''),
    /** When the sweep sends it to the queue again; null once everybody has been told. */
    nextAt: integer(),
    tries: integer().notNull().default(0),
  },
  (table) => [
    index('outbox_open').on(table.nextAt).where(sql`next_at IS NOT NULL`),
    index('outbox_by_subject').on(table.subjectId).where(sql`subject_id IS NOT NULL`),
    index('outbox_by_actor').on(table.actorId).where(sql`actor_id IS NOT NULL`),
  ],
)

/** Events that are to happen at a time, unless the act that makes them moot deletes them first. */
export const reminders = sqliteTable(
  'reminders',
  {
    subjectId: text().notNull(),
    userId: text().notNull(),
    /** Tells several for one person and subject apart, such as `due` or `60`. */
    kind: text().notNull(),
    type: text().$type<EventType>().notNull(),
    channelId: text(),
    facts: text({ mode: 'json' }).$type<EventFacts[EventType]>().notNull(),
    dueAt: integer().notNull(),
    expiresAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.subjectId, table.userId, table.kind] }),
    index('reminders_due').on(table.dueAt),
    index('reminders_by_user').on(table.userId),
  ],
)

/** What the queue has given up on, for an admin to look at and to send again. */
export const deadLetters = sqliteTable(
  'dead_letters',
  {
    /** The queue's own id of the message, so that storing it twice is storing it once. */
    id: text().primaryKey(),
    body: text().notNull(),
    attempts: integer().notNull(),
    failedAt: integer().notNull(),
    replayedAt: integer(),
    replayedBy: text(),
  },
  (table) => [index('dead_letters_newest').on(table.failedAt, table.id)],
)
