import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const users = sqliteTable(
  'users',
  {
    /** Full-text rows point here; SQLite's own rowid may change. */
    num: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique('users_id'),
    /** Lower-cased; null for people who came by phone, or whose address its owner has claimed. */
    email: text().unique('users_email'),
    emailVerifiedAt: integer(),
    /** In E.164, proven by a code; null for most. */
    phone: text().unique('users_phone'),
    username: text().notNull().unique('users_username'),
    /** argon2id as a PHC string; null for people who sign in otherwise. */
    passwordHash: text(),
    name: text().notNull(),
    bio: text().notNull().default(''),
    /** Where the picture is, below avatars/. */
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
  },
  (table) => [
    index('users_admins').on(table.status).where(sql`role = 'admin'`),
    uniqueIndex('users_avatar').on(table.avatarKey).where(sql`avatar_key IS NOT NULL`),
  ],
)

export type UserRow = Omit<typeof users.$inferSelect, 'num'>
