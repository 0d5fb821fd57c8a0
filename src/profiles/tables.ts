import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'
import type { educationLevels, learningStyles } from './rules'

/** Times of a week at which somebody can study, in their own zone; weekday 1 is Monday, minutes count from midnight. */
export interface AvailableRange {
  weekday: number
  startMinute: number
  endMinute: number
}

/** What a person tells about how they study, one row a person, apart from `users` so that rows read often stay small. */
export const profiles = sqliteTable('profiles', {
  userId: text()
    .primaryKey()
    .references(() => users.id),
  educationLevel: text().$type<(typeof educationLevels)[number]>(),
  institution: text(),
  major: text(),
  year: integer(),
  learningStyle: text().$type<(typeof learningStyles)[number]>(),
  studyEnvironments: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
  studyMethods: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
  performanceLevel: integer(),
  availability: text({ mode: 'json' }).$type<AvailableRange[]>().notNull().default([]),
  groupSize: integer(),
  /** Minutes. */
  sessionDuration: integer(),
  studyGoals: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
})

export type ProfileRow = typeof profiles.$inferSelect

const audience = { enum: ['everyone', 'shared', 'friends', 'nobody'] } as const

/** Who may do and see what. A person without a row has the defaults. */
export const userSettings = sqliteTable(
  'user_settings',
  {
    userId: text()
      .primaryKey()
      .references(() => users.id),
    mayMessage: text(audience).notNull().default('shared'),
    mayInvite: text(audience).notNull().default('everyone'),
    maySeePresence: text(audience).notNull().default('shared'),
    maySeeStudyStats: text(audience).notNull().default('friends'),
    maySeeProfile: text(audience).notNull().default('shared'),
    /** Whether people search finds the person. */
    discoverable: integer({ mode: 'boolean' }).notNull().default(true),
    /** Off hides the person's read marks from others, and theirs from the person. */
    readReceipts: integer({ mode: 'boolean' }).notNull().default(true),
    /** After how many minutes a study session ends by itself. */
    autoEndMinutes: integer().notNull().default(120),
    /** Off hides the person from every board. */
    onBoards: integer({ mode: 'boolean' }).notNull().default(true),
  },
  (table) => [
    index('user_settings_on_boards').on(table.userId).where(sql`may_see_study_stats = 'everyone' AND on_boards = 1`),
  ],
)

export type SettingsRow = typeof userSettings.$inferSelect

/** Which version of the privacy page somebody has agreed to, and when. */
export const consents = sqliteTable(
  'consents',
  {
    userId: text()
      .notNull()
      .references(() => users.id),
    version: text().notNull(),
    agreedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.version] })],
)
