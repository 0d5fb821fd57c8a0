import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'

type Id = string | SQLWrapper

/** Holds while the person is an active member of the channel and the channel lives. For joins in other stores. */
export const isMemberOf = (userId: Id, channelId: Id): SQL<number> => sql`EXISTS (
  SELECT 1 FROM memberships AS held JOIN channels AS place ON place.id = held.channel_id
  WHERE held.channel_id = ${channelId} AND held.user_id = ${userId} AND held.state = 'active'
    AND place.deleted_at IS NULL)`

/** The same for who may write there, too: nobody in a timeout. */
export const mayWriteIn = (userId: Id, channelId: Id, now: number): SQL<number> => sql`(${isMemberOf(userId, channelId)}
  AND NOT EXISTS (SELECT 1 FROM timeouts AS held WHERE held.channel_id = ${channelId} AND held.user_id = ${userId}
    AND held.until > ${now}))`

/** The same where a room is only named sometimes: outside of rooms everybody writes. */
export const mayWriteWhere = (userId: Id, roomId: string | null, now: number): SQL =>
  roomId === null ? sql`1` : mayWriteIn(userId, roomId, now)

/** The person's role there, as a column; null for who is not an active member of a channel that lives. */
export const roleIn = (userId: Id, channelId: Id): SQL => sql`(
  SELECT held.role FROM memberships AS held JOIN channels AS place ON place.id = held.channel_id
  WHERE held.channel_id = ${channelId} AND held.user_id = ${userId} AND held.state = 'active'
    AND place.deleted_at IS NULL)`

/** Until when the person may only read there, as a column; null for most. */
export const mutedUntilIn = (userId: Id, channelId: Id): SQL => sql`(
  SELECT held.until FROM timeouts AS held WHERE held.channel_id = ${channelId} AND held.user_id = ${userId})`

/** Reads how a person stands to a room; for `requireMember`. No row where the room is absent or deleted. */
export const selectStanding = (userId: string, roomId: string): SQL => sql`
  SELECT c.visibility, ${roleIn(userId, sql`c.id`)} AS role, ${mutedUntilIn(userId, sql`c.id`)} AS mutedUntil
  FROM channels c WHERE c.id = ${roomId} AND c.kind IN ('room', 'personal') AND c.deleted_at IS NULL`
