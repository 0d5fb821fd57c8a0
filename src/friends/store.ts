import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { areBlocked, hasBlocked } from '../blocks/tables'
import { recordEvent, withdrawEvents } from '../outbox/actions'
import { deletions } from '../privacy/tables'
import type { Audience } from '../profiles/rules'
import { userSettings } from '../profiles/tables'
import { whole } from '../shared/db'
import { users } from '../users/tables'
import { newAccountMs } from './rules'
import { areFriends, friendRequests, friendships, pairOf, shareRoomOrGroup } from './tables'

export interface PersonRow {
  userId: string
  username: string
  name: string
  avatarKey: string | null
}

export interface FriendRow extends PersonRow {
  createdAt: number
}

export interface RequestRow extends PersonRow {
  id: string
  fromId: string
  createdAt: number
}

/** Whom a request is for, by the id or by the name that one has been told. */
export type Wanted = { userId: string } | { username: string }

const isWanted = (wanted: Wanted) =>
  'userId' in wanted ? sql`u.id = ${wanted.userId}` : sql`u.username = ${wanted.username}`

/** People who can be met: neither erased or suspended nor about to go. `u` is the person. */
const canBeMet = sql`u.status = 'active' AND NOT EXISTS (SELECT 1 FROM ${deletions} d WHERE d.user_id = u.id)`

interface StandingRow extends PersonRow {
  isFriend: number
  share: number
  blockedByMe: number
  blocksMe: number
  mayMessage: Audience | null
  mayInvite: Audience | null
  maySeePresence: Audience | null
  maySeeStudyStats: Audience | null
  maySeeProfile: Audience | null
}

/** How the caller stands to somebody who can be met, in one query. */
export async function findStanding(ctx: UserCtx, userId: string): Promise<StandingRow | null> {
  const me = ctx.actor.userId
  const them = sql`u.id`
  const [row] = await ctx.db.all<StandingRow>(sql`
    SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, ${areFriends(me, them)} AS isFriend, ${shareRoomOrGroup(me, them)} AS share,
      ${hasBlocked(me, them)} AS blockedByMe, ${hasBlocked(them, me)} AS blocksMe, s.may_message AS mayMessage,
      s.may_invite AS mayInvite, s.may_see_presence AS maySeePresence, s.may_see_study_stats AS maySeeStudyStats,
      s.may_see_profile AS maySeeProfile
    FROM ${users} u LEFT JOIN ${userSettings} s ON s.user_id = u.id WHERE u.id = ${userId} AND ${canBeMet}`)
  return row ?? null
}

/** Those of the others between whom and the person there is a block, either way. */
export async function listBlockedBetween(ctx: Ctx, userId: string, others: string[]): Promise<string[]> {
  const rows = await ctx.db.all<{ id: string }>(sql`
    SELECT value AS id FROM json_each(${JSON.stringify(others)}) WHERE ${areBlocked(userId, sql`value`)}`)
  return rows.map(({ id }) => id)
}

/** What a request is decided on: the other one, what there is between the two, and how much the caller has already. */
export async function findPair(ctx: UserCtx, wanted: Wanted) {
  const me = ctx.actor.userId
  const [[person], [request], [own]] = await ctx.db.batch([
    ctx.db.all<PersonRow & { isFriend: number; blockedByMe: number; blocksMe: number }>(sql`
      SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, ${areFriends(me, sql`u.id`)} AS isFriend,
        ${hasBlocked(me, sql`u.id`)} AS blockedByMe, ${hasBlocked(sql`u.id`, me)} AS blocksMe
      FROM ${users} u WHERE ${isWanted(wanted)} AND ${canBeMet}`),
    ctx.db.all<RequestRow>(sql`
      SELECT r.id, r.from_id AS fromId, r.created_at AS createdAt, u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey
      FROM ${users} u JOIN ${friendRequests} r ON r.pair = ${pairOf(me, sql`u.id`)}
      WHERE ${isWanted(wanted)}`),
    ctx.db.all<{ mayAsk: number; mayHaveMore: number }>(sql`
      SELECT ${mayAskMore(ctx)} AS mayAsk, ${hasFewerFriends(ctx, me)} AS mayHaveMore`),
  ])
  return {
    person: person ?? null,
    request: request ?? null,
    mayAsk: own?.mayAsk === 1,
    mayHaveMore: own?.mayHaveMore === 1,
  }
}

/** True while the caller has fewer open requests than the age of the account allows; looks at no more rows than that. */
function mayAskMore(ctx: UserCtx): SQL {
  const { FRIEND_REQUESTS_OPEN: max, FRIEND_REQUESTS_OPEN_WHEN_NEW: maxWhenNew } = ctx.config
  const me = ctx.actor.userId
  return sql`(SELECT count(*) FROM (SELECT 1 FROM friend_requests AS asked WHERE asked.from_id = ${me} LIMIT ${max}))
    < (SELECT iif(self.created_at > ${ctx.now() - newAccountMs}, ${Math.min(max, maxWhenNew)}, ${max})
       FROM users AS self WHERE self.id = ${me})`
}

function hasFewerFriends(ctx: Ctx, userId: string | SQL): SQL {
  const max = ctx.config.FRIENDS_PER_USER
  return sql`(SELECT count(*) FROM
    (SELECT 1 FROM friendships AS own WHERE own.user_id = ${userId} LIMIT ${max})) < ${max}`
}

/** Writes a request; null when what it was decided on no longer holds. */
export async function insertRequest(ctx: UserCtx, toId: string): Promise<{ id: string; createdAt: number } | null> {
  const me = ctx.actor.userId
  const createdAt = ctx.now()
  const id = ctx.newId('friendRequest')
  const [[row]] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
    INSERT INTO friend_requests (id, from_id, to_id, pair, created_at)
    SELECT ${id}, ${me}, u.id, ${pairOf(me, toId)}, ${createdAt} FROM users u
    WHERE u.id = ${toId} AND u.id <> ${me} AND ${canBeMet} AND NOT ${areBlocked(me, toId)} AND NOT ${areFriends(me, toId)}
      AND NOT EXISTS (SELECT 1 FROM friend_requests AS r WHERE r.pair = ${pairOf(me, toId)})
      AND ${mayAskMore(ctx)} AND ${hasFewerFriends(ctx, me)}
    RETURNING id`),
    recordEvent(
      ctx,
      { type: 'friend.requested', to: [toId], subjectId: id, facts: {} },
      sql`EXISTS (SELECT 1 FROM friend_requests WHERE id = ${id})`,
    ),
  ])
  return row ? { id: row.id, createdAt } : null
}

/**
 * Makes friends of the two, if the request is there for the caller to accept and both may have one more friend.
 * Without a friend in the reply, `isOpen` tells whether it was the number of friends that refused.
 */
export async function updateAccepted(ctx: UserCtx, requestId: string) {
  const me = ctx.actor.userId
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const [, , [friend], [open]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO friendships (user_id, friend_id, change_id, created_at)
      SELECT iif(side.value, r.from_id, r.to_id), iif(side.value, r.to_id, r.from_id), ${changeId}, ${now}
      FROM friend_requests AS r, json_each('[0,1]') AS side
      WHERE r.id = ${requestId} AND r.to_id = ${me}
        AND ${hasFewerFriends(ctx, me)} AND ${hasFewerFriends(ctx, sql`r.from_id`)}`),
    ctx.db.run(sql`
      DELETE FROM friend_requests WHERE id = ${requestId}
        AND EXISTS (SELECT 1 FROM friendships AS f
          WHERE f.user_id = ${me} AND f.friend_id = friend_requests.from_id AND f.change_id = ${changeId})`),
    ctx.db.all<FriendRow>(sql`
      SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, f.created_at AS createdAt
      FROM ${friendships} f JOIN ${users} u ON u.id = f.friend_id
      WHERE f.user_id = ${me} AND f.created_at = ${now} AND f.change_id = ${changeId}`),
    ctx.db.all(sql`SELECT 1 FROM ${friendRequests} WHERE id = ${requestId} AND to_id = ${me}`),
    touchConversation(
      ctx,
      sql`(SELECT friend_id FROM friendships WHERE user_id = ${me} AND created_at = ${now} AND change_id = ${changeId})`,
      sql`1`,
    ),
    recordEvent(ctx, {
      type: 'friend.accepted',
      to: sql`(SELECT json_group_array(f.friend_id) FROM ${friendships} f
        WHERE f.user_id = ${me} AND f.created_at = ${now} AND f.change_id = ${changeId})`,
      facts: {},
    }),
    withdrawEvents(ctx, requestId, isAnswered(requestId)),
  ])
  return { friend: friend ?? null, isOpen: open !== undefined }
}

/** An answer deletes the request. */
const isAnswered = (requestId: string) => sql`NOT EXISTS (SELECT 1 FROM friend_requests WHERE id = ${requestId})`

/** Takes a request away; false when there was none for the caller to take. */
export async function deleteRequest(ctx: UserCtx, requestId: string, as: 'sender' | 'receiver'): Promise<boolean> {
  const mine = as === 'sender' ? sql`from_id` : sql`to_id`
  const [gone] = await ctx.db.batch([
    ctx.db.all(sql`
      DELETE FROM friend_requests WHERE id = ${requestId} AND ${mine} = ${ctx.actor.userId} RETURNING id`),
    withdrawEvents(ctx, requestId, isAnswered(requestId)),
  ])
  return gone.length > 0
}

/**
 * The statement after which the object of the conversation of the two hears anew what they let each other see, as far as
 * that depends on their being friends. The sweep brings it there.
 */
const touchConversation = (ctx: UserCtx, other: SQL | string, proof: SQL) =>
  ctx.db.run(sql`
    UPDATE memberships SET rev = rev + 1, unsynced = 1
    WHERE channel_id = (SELECT channel_id FROM conversations WHERE user_id = ${ctx.actor.userId} AND other_id = ${other})
      AND user_id IN (SELECT user_id FROM ${userSettings} WHERE user_id IN (${ctx.actor.userId}, ${other})
        AND may_see_presence = 'friends') AND ${proof}`)

/** Both rows go together; where there is no friendship nothing happens. */
export async function deleteFriendship(ctx: UserCtx, userId: string): Promise<void> {
  const me = ctx.actor.userId
  await ctx.db.batch([
    touchConversation(ctx, userId, sql`${areFriends(me, userId)}`),
    ctx.db.run(sql`
      DELETE FROM friendships WHERE (user_id = ${me} AND friend_id = ${userId}) OR (user_id = ${userId} AND friend_id = ${me})`),
  ])
}

interface After {
  createdAt: number
  id: string
}

/** The newest friends first. */
export function listFriendsOf(ctx: UserCtx, after: After | null, limit: number): Promise<FriendRow[]> {
  const start = after ? sql`AND (f.created_at, f.friend_id) < (${whole(after.createdAt)}, ${after.id})` : sql``
  return ctx.db.all<FriendRow>(sql`
    SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, f.created_at AS createdAt
    FROM ${friendships} f CROSS JOIN ${users} u ON u.id = f.friend_id
    WHERE f.user_id = ${ctx.actor.userId} ${start}
    ORDER BY f.created_at DESC, f.friend_id DESC LIMIT ${limit}`)
}

/** The newest requests first. */
export function listRequestsOf(
  ctx: UserCtx,
  direction: 'incoming' | 'outgoing',
  after: After | null,
  limit: number,
): Promise<RequestRow[]> {
  const [mine, theirs] = direction === 'incoming' ? [sql`r.to_id`, sql`r.from_id`] : [sql`r.from_id`, sql`r.to_id`]
  const start = after ? sql`AND (r.created_at, r.id) < (${whole(after.createdAt)}, ${after.id})` : sql``
  return ctx.db.all<RequestRow>(sql`
    SELECT r.id, r.from_id AS fromId, r.created_at AS createdAt, u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey
    FROM ${friendRequests} r CROSS JOIN ${users} u ON u.id = ${theirs}
    WHERE ${mine} = ${ctx.actor.userId} ${start}
    ORDER BY r.created_at DESC, r.id DESC LIMIT ${limit}`)
}
