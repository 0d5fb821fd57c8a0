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
