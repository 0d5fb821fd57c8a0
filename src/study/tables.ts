import { type SQLWrapper, sql } from 'drizzle-orm'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'
import type { DayCount, EndReason, Segment } from './contract'

// The migration makes the tables of this file WITHOUT ROWID: a row is one write, where it would be two with the index of
// its key. docs/decisions/study-time-is-counted-once.md has the numbers.

const owner = () =>
  text()
    .notNull()
    .references(() => users.id)

/** Sessions that are over. One that runs lives in its person's object. */
export const studySessions = sqliteTable(
  'study_sessions',
  {
    userId: owner(),
    /** Begins with the moment of `startedAt`, so the key is in the order of time. */
    id: text().notNull(),
    startedAt: integer().notNull(),
    endedAt: integer().notNull(),
    endReason: text().$type<EndReason>().notNull(),
    /** Counted; the sum of `days`. */
    seconds: integer().notNull(),
    xp: integer().notNull(),
    roomId: text(),
    subjectId: text(),
    todoId: text(),
    task: text(),
    /** How the person's days ran when it started. */
    timezone: text().notNull(),
    dayStartHour: integer().notNull(),
    segments: text({ mode: 'json' }).$type<Segment[]>().notNull(),
    days: text({ mode: 'json' }).$type<DayCount[]>().notNull(),
    /** Why it was entered by hand; null for what the clock counted. */
    reason: text(),
    createdAt: integer().notNull(),
    /** The change that wrote the row last: later statements of a batch prove by it that the write took place. */
    changeId: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.id] })],
)

/** Totals by day, for boards and goals. Each person's lie together: whoever is asked for, their days are one range. */
export const studyDays = sqliteTable(
  'study_days',
  {
    userId: owner(),
    studiedOn: text().notNull(),
    /** By the clock. */
    seconds: integer().notNull(),
    /** By hand: counts for groups, not for rank. */
    manualSeconds: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.studiedOn] })],
)

/** Where somebody stands: the sum of the ledger, and the streak up to the last day that counts. */
export const studyStandings = sqliteTable('study_standings', {
  userId: owner().primaryKey(),
  xp: integer().notNull(),
  streakDays: integer().notNull(),
  streakLongest: integer().notNull(),
  streakLastOn: text(),
  freezes: integer().notNull(),
  towardsFreeze: integer().notNull(),
})

/** Experience, entry by entry. Rows are only ever added; the key lets each source give only once by each rule. */
export const xpLedger = sqliteTable(
  'xp_ledger',
  {
    userId: owner(),
    sourceType: text({ enum: ['session'] }).notNull(),
    sourceId: text().notNull(),
    rule: text({ enum: ['study.minutes', 'study.offline_end'] }).notNull(),
    amount: integer().notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.sourceType, table.sourceId, table.rule] })],
)

export const studyGoals = sqliteTable('study_goals', {
  userId: owner().primaryKey(),
  /** Null: none. */
  dayMinutes: integer(),
  weekMinutes: integer(),
})

/** How somebody's days have run since when. People who never changed that have no row: what stands in `users` holds. */
export const studyZones = sqliteTable(
  'study_zones',
  {
    userId: owner(),
    fromAt: integer().notNull(),
    timezone: text().notNull(),
    dayStartHour: integer().notNull(),
    /** The first day of it, and how many days of the calendar it jumped over. */
    startsOn: text().notNull(),
    skippedDays: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.fromAt] })],
)

/** Boards of everyone, kept for a while so that reading one does not count everybody anew. */
export const studyBoards = sqliteTable('study_boards', {
  key: text().primaryKey(),
  madeAt: integer().notNull(),
  entries: text({ mode: 'json' }).$type<{ userId: string; seconds: number }[]>().notNull(),
})

/** The changes of zone of a person, the oldest first, as JSON. For joins in other stores. */
export const zoneChangesJson = (userId: SQLWrapper) => sql<string>`(
  SELECT json_group_array(json_object('from', z.from_at, 'timezone', z.timezone, 'dayStartHour', z.day_start_hour,
    'startsOn', z.starts_on, 'skippedDays', z.skipped_days) ORDER BY z.from_at)
  FROM study_zones AS z WHERE z.user_id = ${userId})`

/** Holds for a person who has reached a level. For joins in other stores. */
export const hasReached = (userId: string | SQLWrapper, level: SQLWrapper) => sql`(${level} <= 1 OR coalesce(
  (SELECT standing.xp FROM study_standings AS standing WHERE standing.user_id = ${userId}), 0)
  >= 150 * ${level} * (${level} - 1))`

export type StudySessionRow = typeof studySessions.$inferSelect
