import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const users = sqliteTable('users', {
  /** Full-text rows point here; SQLite's own rowid may change. */
  num: integer().primaryKey({ autoIncrement: true }),
  id: text().notNull().unique('users_id'),
  /** Lower-cased. */
  email: text().notNull().unique('users_email'),
  emailVerifiedAt: integer(),
  username: text().notNull().unique('users_username'),
  /** argon2id as a PHC string; null for people who sign in otherwise. */
  passwordHash: text(),
  name: text().notNull(),
  bio: text().notNull().default(''),
  avatarKey: text(),
  role: text({ enum: ['student', 'instructor', 'admin'] })
    .notNull()
    .default('student'),
  status: text({ enum: ['active', 'suspended', 'deleted'] })
    .notNull()
    .default('active'),
  timezone: text().notNull().default('UTC'),
  /** The hour at which the person's day starts, 0..23. */
  dayStartHour: integer().notNull().default(0),
  locale: text().notNull().default('en'),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  lastActiveAt: integer().notNull(),
})

export type UserRow = Omit<typeof users.$inferSelect, 'num'>

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
  educationLevel: text({ enum: ['secondary', 'vocational', 'undergraduate', 'graduate', 'doctoral', 'other'] }),
  institution: text(),
  major: text(),
  year: integer(),
  learningStyle: text({ enum: ['visual', 'auditory', 'reading_writing', 'kinesthetic', 'mixed'] }),
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
export const userSettings = sqliteTable('user_settings', {
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
})

export type SettingsRow = typeof userSettings.$inferSelect
