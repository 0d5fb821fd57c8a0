import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** Two rows a friendship, one for each of the two, so that a list reads only its own. */
export const friendships = sqliteTable(
  'friendships',
  {
    userId: text()
      .notNull()
      .references(() => users.id),
    friendId: text()
      .notNull()
      .references(() => users.id),
    /** The change that made it: later statements of a batch prove by it that the write took place. */
    changeId: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.friendId] }),
    index('friendships_newest').on(table.userId, table.createdAt, table.friendId),
    index('friendships_by_friend').on(table.friendId),
  ],
)

/** Open requests only: an answer deletes the row. */
export const friendRequests = sqliteTable(
  'friend_requests',
  {
    id: text().primaryKey(),
    fromId: text()
      .notNull()
      .references(() => users.id),
    toId: text()
      .notNull()
      .references(() => users.id),
    /** Both ids, the smaller first: one request between two people, whoever asks. */
    pair: text().notNull().unique('friend_requests_pair'),
    createdAt: integer().notNull(),
  },
  (table) => [
    index('friend_requests_outgoing').on(table.fromId, table.createdAt, table.id),
    index('friend_requests_incoming').on(table.toId, table.createdAt, table.id),
  ],
)

type Id = string | SQLWrapper

/** What `friend_requests.pair` holds for the two. */
export const pairOf = (one: Id, other: Id): SQL => sql`min(${one}, ${other}) || ' ' || max(${one}, ${other})`

/** Holds when the two are friends. For joins in other stores. */
export const areFriends = (one: Id, other: Id): SQL<number> =>
  sql`EXISTS (SELECT 1 FROM friendships AS f WHERE f.user_id = ${one} AND f.friend_id = ${other})`

/** Holds when both are members of one room or group. A conversation of the two is no such thing. */
export const shareRoomOrGroup = (one: Id, other: Id): SQL<number> => sql`EXISTS (
  SELECT 1 FROM memberships AS mine JOIN memberships AS theirs ON theirs.channel_id = mine.channel_id
  WHERE mine.user_id = ${one} AND mine.state = 'active' AND (mine.channel_id >= 'g') + (mine.channel_id >= 'r') IN (1, 2)
    AND theirs.user_id = ${other} AND theirs.state = 'active')`
