import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { subjects } from '../subjects/tables'
import { users } from '../users/tables'
import type { Purge } from './live/contract'

/** How a channel behaves, read with the channel. */
export interface ChannelSettings {
  allowScreenSharing: boolean
  whoMayInvite: 'members' | 'moderators' | 'owner'
  /** Missing in channels that are older than slow mode: no wait. The object has it, too. */
  slowModeSeconds?: number
  /** Missing in channels that are older than the timer: members. The object has it, too. */
  whoMayStartTimer?: 'members' | 'moderators'
  /** Missing in channels that are older than meetups: members. */
  whoMayPlanMeetups?: 'members' | 'moderators'
}

/** What anybody may find. */
const listed = sql`visibility = 'public' AND deleted_at IS NULL AND is_active = 1`

/** What rooms, groups and direct conversations have in common. */
export const channels = sqliteTable(
  'channels',
  {
    /** Full-text rows point here; SQLite's own rowid may change. */
    num: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique('channels_id'),
    kind: text({ enum: ['room', 'personal', 'group', 'conversation'] }).notNull(),
    name: text().notNull(),
    description: text().notNull().default(''),
    visibility: text({ enum: ['public', 'private'] }).notNull(),
    settings: text({ mode: 'json' }).$type<ChannelSettings>().notNull(),
    /** Null only for conversations. */
    ownerId: text().references(() => users.id),
    /** Follows owner and name by triggers: lists of channels would else read one more row for each. */
    ownerName: text(),
    ownerAvatarKey: text(),
    subjectId: text().references(() => subjects.id),
    /** What people of whom nobody has approved or invited may do; rooms are always open. */
    joinPolicy: text({ enum: ['open', 'request', 'invite'] })
      .notNull()
      .default('open'),
    /** The level that somebody needs to become a member. */
    minLevel: integer().notNull().default(1),
    /** False only for groups that rest: their members stay, nobody finds or joins them. */
    isActive: integer({ mode: 'boolean' }).notNull().default(true),
    /** When and where a group meets, in its own words. */
    schedule: text(),
    location: text(),
    /** The address of the picture, below logos/; its bytes are under what stands before a dot. */
    logoKey: text(),
    maxMembers: integer().notNull(),
    /** Kept exact by triggers on memberships; the check below is what makes capacity exact. */
    memberCount: integer().notNull().default(0),
    /** What clients see as an ETag. */
    version: integer().notNull().default(1),
    /** Grows with every change that the object must hear of. */
    rev: integer().notNull().default(1),
    unsynced: integer().notNull().default(1),
    /** The change that wrote the row last: later statements of a batch prove by it that the write took place. */
    changeId: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    deletedAt: integer(),
    /** 1 while nobody may write: a conversation between people of whom one has blocked the other or is gone. */
    frozen: integer().notNull().default(0),
    /** The head of the conversation, reported by the object (live-room.md L29). */
    lastOrd: integer().notNull().default(0),
    lastMessageAt: integer(),
    /** How many of the messages have called everybody by `@room`: unread mentions are counted by it. */
    lastCalls: integer().notNull().default(0),
    lastSenderId: text(),
    /** The beginning of the last message; empty once that is deleted. */
    lastText: text().notNull().default(''),
    /** How many people are there, told by the object with its head; `liveAt` tells how fresh that is. */
    liveCount: integer().notNull().default(0),
    liveAt: integer().notNull().default(0),
  },
  (table) => [
    check('channels_capacity', sql`${table.memberCount} <= ${table.maxMembers}`),
    index('channels_newest').on(table.kind, table.num).where(listed),
    index('channels_by_name').on(table.kind, sql`name COLLATE NOCASE`, table.id).where(listed),
    index('channels_by_members').on(table.kind, table.memberCount, table.id).where(listed),
    index('channels_by_subject').on(table.kind, table.subjectId, table.num).where(listed),
    index('channels_by_owner').on(table.ownerId, table.kind).where(sql`deleted_at IS NULL`),
    index('channels_unsynced').on(table.num).where(sql`unsynced = 1`),
    index('channels_live').on(table.liveAt).where(sql`live_count > 0`),
  ],
)

/**
 * 0 for the id of a conversation (dm_), 1 for that of a group (grp_), 2 for that of a room: each list of one's own reads
 * only what it shows. Without a comma, at which drizzle-kit would cut the expression in two.
 */
const kindOfId = sql`(channel_id >= 'g') + (channel_id >= 'r')`

/** Rows are never deleted: the state tells. */
export const memberships = sqliteTable(
  'memberships',
  {
    channelId: text()
      .notNull()
      .references(() => channels.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    role: text({ enum: ['owner', 'moderator', 'member'] }).notNull(),
    state: text({ enum: ['active', 'left', 'removed', 'banned'] }).notNull(),
    joinedAt: integer().notNull(),
    updatedAt: integer().notNull(),
    rev: integer().notNull().default(1),
    unsynced: integer().notNull().default(1),
    /** The change that wrote the row last: later statements of a batch prove by it that the write took place. */
    changeId: text().notNull(),
    /** What the last ban wanted deleted; the object does it when it hears of the row, and harmlessly once more later. */
    purge: text({ mode: 'json' }).$type<Purge>(),
  },
  (table) => [
    primaryKey({ columns: [table.channelId, table.userId] }),
    index('memberships_by_kind').on(table.userId, table.state, kindOfId, table.joinedAt, table.channelId),
    index('memberships_listed').on(table.channelId, table.joinedAt, table.userId).where(sql`state = 'active'`),
    uniqueIndex('memberships_one_owner').on(table.channelId).where(sql`role = 'owner' AND state = 'active'`),
    index('memberships_unsynced').on(table.channelId).where(sql`unsynced = 1`),
    /** What somebody looks after: few rows, however many channels they are in. */
    index('memberships_looking_after')
      .on(table.userId, table.channelId)
      .where(sql`state = 'active' AND role <> 'member'`),
  ],
)

export const bans = sqliteTable(
  'bans',
  {
    channelId: text()
      .notNull()
      .references(() => channels.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    reason: text(),
    /** Null: for good. */
    until: integer(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channelId, table.userId] }),
    index('bans_by_user').on(table.userId),
    index('bans_listed').on(table.channelId, table.createdAt, table.userId),
  ],
)

export const timeouts = sqliteTable(
  'timeouts',
  {
    channelId: text()
      .notNull()
      .references(() => channels.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    reason: text(),
    until: integer().notNull(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.channelId, table.userId] }), index('timeouts_by_user').on(table.userId)],
)

export const invitations = sqliteTable(
  'invitations',
  {
    id: text().primaryKey(),
    channelId: text()
      .notNull()
      .references(() => channels.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    createdBy: text().notNull(),
    state: text({ enum: ['open', 'accepted', 'declined', 'withdrawn'] }).notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('invitations_one_open').on(table.channelId, table.userId).where(sql`state = 'open'`),
    index('invitations_by_user').on(table.userId),
    index('invitations_mine').on(table.userId, table.createdAt, table.id).where(sql`state = 'open'`),
  ],
)

export const inviteLinks = sqliteTable(
  'invite_links',
  {
    /** 160 random bits. */
    code: text().primaryKey(),
    channelId: text()
      .notNull()
      .references(() => channels.id),
    createdBy: text()
      .notNull()
      .references(() => users.id),
    maxUses: integer(),
    uses: integer().notNull().default(0),
    expiresAt: integer(),
    revokedAt: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [
    check('invite_links_uses', sql`${table.maxUses} IS NULL OR ${table.uses} <= ${table.maxUses}`),
    index('invite_links_by_creator').on(table.createdBy),
    index('invite_links_by_channel').on(table.channelId, table.createdAt, table.code).where(sql`revoked_at IS NULL`),
  ],
)

export const joinRequests = sqliteTable(
  'join_requests',
  {
    channelId: text()
      .notNull()
      .references(() => channels.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    state: text({ enum: ['open', 'approved', 'denied', 'withdrawn'] }).notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channelId, table.userId] }),
    index('join_requests_by_user').on(table.userId),
    index('join_requests_open').on(table.channelId, table.createdAt, table.userId).where(sql`state = 'open'`),
  ],
)

export const waitlist = sqliteTable(
  'waitlist',
  {
    channelId: text()
      .notNull()
      .references(() => channels.id),
    userId: text()
      .notNull()
      .references(() => users.id),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channelId, table.userId] }),
    index('waitlist_by_user').on(table.userId),
    index('waitlist_in_order').on(table.channelId, table.createdAt, table.userId),
  ],
)
