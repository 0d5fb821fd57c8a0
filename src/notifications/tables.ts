import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

export const logChannels = ['app', 'mail', 'push'] as const
export const logStates = ['held', 'sent', 'failed', 'dropped'] as const

/**
 * What became of each event for each person on each channel: the list of notifications, what waits to be delivered, and
 * the audit, all in one. No references: it is written a thousand rows at a time.
 */
export const notificationLog = sqliteTable(
  'notification_log',
  {
    userId: text().notNull(),
    channel: text({ enum: logChannels }).notNull(),
    eventId: text().notNull(),
    state: text({ enum: logStates }).notNull(),
    /** Why it is in that state, in one word; null for what was simply sent. */
    reason: text(),
    category: text().notNull(),
    createdAt: integer().notNull(),
    /** When it may be delivered, while it is held. */
    dueAt: integer(),
    /** The mail or push that it goes into: that it keeps, however often that is sent. */
    deliveryId: text(),
    settledAt: integer(),
    /** Only of the channel `app`. */
    readAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.channel, table.eventId] }),
    index('notification_log_by_event').on(table.eventId),
    index('notification_log_unread')
      .on(table.userId, table.eventId)
      .where(sql`channel = 'app' AND state <> 'dropped' AND read_at IS NULL`),
    index('notification_log_held').on(table.userId, table.channel, table.eventId).where(sql`state = 'held'`),
  ],
)

/** One row while something waits for a person on a channel: one delivery at a time, in order. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    userId: text().notNull(),
    channel: text({ enum: logChannels }).notNull(),
    /** When the earliest of what waits is due, or the next try. */
    dueAt: integer().notNull(),
    /** Until then somebody is at it. */
    leasedUntil: integer().notNull().default(0),
    /** Until then it is in the queue. */
    queuedUntil: integer().notNull().default(0),
    /** Names the mail or push that is being tried. */
    deliveryId: text(),
    tries: integer().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.userId, table.channel] }), index('deliveries_due').on(table.dueAt)],
)

export type Frequency = 'immediately' | 'daily' | 'weekly' | 'never'

/** Hours in which somebody wants quiet; an end before the start is on the next day. */
export interface QuietRange {
  /** 1 is Monday: the day on which it starts. */
  weekday: number
  startMinute: number
  endMinute: number
}

/** How somebody wants to be told. A person without a row has the defaults. */
export const notificationSettings = sqliteTable('notification_settings', {
  userId: text()
    .primaryKey()
    .references(() => users.id),
  /** What differs from the defaults, by category and channel. */
  preferences: text({ mode: 'json' })
    .$type<Record<string, Partial<Record<'app' | 'mail' | 'push', Frequency>>>>()
    .notNull(),
  quietHours: text({ mode: 'json' }).$type<QuietRange[]>().notNull(),
  /** Null: the one of the account. */
  quietTimezone: text(),
  quietWhileStudying: integer({ mode: 'boolean' }).notNull().default(true),
  /** The local hour of digests; weekly ones come on this day, 1 is Monday. */
  digestHour: integer().notNull().default(8),
  digestWeekday: integer().notNull().default(1),
  /** The address that mail was sent back from; another address is tried again. */
  bouncedAddress: text(),
  bouncedAt: integer(),
  updatedAt: integer().notNull(),
})

/** A browser that takes push messages for somebody. */
export const pushSubscriptions = sqliteTable(
  'push_subscriptions',
  {
    id: text().primaryKey(),
    userId: text()
      .notNull()
      .references(() => users.id),
    endpoint: text().notNull().unique('push_subscriptions_endpoint'),
    p256dh: text().notNull(),
    auth: text().notNull(),
    device: text(),
    createdAt: integer().notNull(),
    lastSentAt: integer(),
  },
  (table) => [index('push_subscriptions_by_user').on(table.userId, table.createdAt)],
)

export type PushSubscriptionRow = typeof pushSubscriptions.$inferSelect
