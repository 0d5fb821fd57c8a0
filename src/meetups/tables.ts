import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { channels } from '../channels/tables'
import { users } from '../users/tables'
import type { Repeat } from './rules'

/** What a meetup and the series that it comes from say alike. */
const details = {
  channelId: text()
    .notNull()
    .references(() => channels.id),
  /** Null once that person is erased. */
  hostId: text().references(() => users.id),
  title: text().notNull(),
  description: text().notNull(),
  /** Null: in the channel. */
  location: text(),
  /** What the clocks of the zone show: `YYYY-MM-DD`, `HH:MM`. */
  startsOn: text().notNull(),
  startsTime: text().notNull(),
  timezone: text().notNull(),
  durationMinutes: integer().notNull(),
  capacity: integer(),
  /** Grows with every change that calendars must hear of (RFC 5545 SEQUENCE). */
  sequence: integer().notNull().default(0),
  /** The change that wrote the row last: later statements of a batch prove by it that the write took place. */
  changeId: text().notNull(),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
}

/** What repeats. Its meetups are planned some weeks ahead. */
export const meetupSeries = sqliteTable(
  'meetup_series',
  {
    id: text().primaryKey(),
    ...details,
    /** Counted from `startsOn`; the first meetup is that of `firstOn`. */
    repeat: text({ mode: 'json' }).$type<Repeat>().notNull(),
    firstOn: text().notNull(),
    /** The last date that is planned, and the first that is not; null at the end. */
    plannedThrough: text().notNull(),
    nextOn: text(),
    cancelledAt: integer(),
  },
  (table) => [
    index('meetup_series_to_plan').on(table.plannedThrough).where(sql`next_on IS NOT NULL`),
    index('meetup_series_in_channel').on(table.channelId, table.createdAt),
    index('meetup_series_by_host').on(table.hostId),
  ],
)

const open = sql`state IN ('scheduled', 'active')`

export const meetups = sqliteTable(
  'meetups',
  {
    id: text().primaryKey(),
    ...details,
    seriesId: text().references(() => meetupSeries.id),
    /** The date that its series gave it, whenever it takes place now. */
    occursOn: text().notNull(),
    /** Whether it differs from its series. */
    isChanged: integer({ mode: 'boolean' }).notNull().default(false),
    /** The same in milliseconds since 1970. */
    startsAt: integer().notNull(),
    endsAt: integer().notNull(),
    state: text({ enum: ['scheduled', 'active', 'completed', 'cancelled'] })
      .notNull()
      .default('scheduled'),
    /** How many said going, those who wait included. Kept by triggers. */
    goingCount: integer().notNull().default(0),
    /** Whether the channel's object looks who is there. */
    isWatched: integer({ mode: 'boolean' }).notNull().default(false),
    /** What clients see as an ETag. */
    version: integer().notNull().default(1),
  },
  (table) => [
    index('meetups_open').on(table.channelId, table.startsAt, table.id).where(open),
    index('meetups_over').on(table.channelId, table.startsAt, table.id).where(sql`state IN ('completed', 'cancelled')`),
    index('meetups_to_start').on(table.startsAt).where(sql`state = 'scheduled'`),
    index('meetups_to_end').on(table.endsAt).where(open),
    index('meetups_to_watch').on(table.id).where(sql`state = 'active' AND is_watched = 0 AND location IS NULL`),
    uniqueIndex('meetups_once').on(table.seriesId, table.occursOn).where(sql`series_id IS NOT NULL`),
    index('meetups_by_host').on(table.hostId),
  ],
)

export const meetupRsvps = sqliteTable(
  'meetup_rsvps',
  {
    meetupId: text()
      .notNull()
      .references(() => meetups.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    status: text({ enum: ['going', 'maybe', 'not_going'] }).notNull(),
    /** The order in which people said going; null for all others. */
    place: integer(),
    /** Whether there is a seat. Seats go by place, and triggers give on those that come free. */
    seated: integer({ mode: 'boolean' }).notNull().default(false),
    /** Given a seat without having been told. */
    untold: integer({ mode: 'boolean' }).notNull().default(false),
    remindMinutes: integer(),
    attendedAt: integer(),
    /** Both null until the meetup is over. */
    outcome: text({ enum: ['attended', 'missed', 'void'] }),
    endedAt: integer(),
    answeredAt: integer().notNull(),
    changeId: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.meetupId, table.userId] }),
    index('meetup_rsvps_listed').on(table.meetupId, table.status, table.seated, table.place, table.userId),
    // What is ahead has not ended.
    index('meetup_rsvps_by_user').on(table.userId, table.endedAt),
    index('meetup_rsvps_counted').on(table.userId, table.endedAt).where(sql`outcome IN ('attended', 'missed')`),
    index('meetup_rsvps_untold').on(table.meetupId).where(sql`untold = 1`),
  ],
)
