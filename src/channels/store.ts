import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { sessionChannels, sessions } from '../auth/tables'
import { blocks } from '../blocks/tables'
import { users } from '../users/tables'
import { channelErrors } from './errors'
import type { ChannelReplica, MemberReplica } from './live/contract'
import { joinShown, type Shown, shownColumns, toShown } from './members/shown-store'
import { channels, memberships, timeouts } from './tables'

/** What a channel's object is told after a commit. */
export interface Change {
  channel: ChannelReplica
  members: MemberReplica[]
}

interface ReplicaRow extends Record<keyof Shown, number> {
  id: string
  kind: ChannelReplica['kind']
  channelName: string
  channelRev: number
  deletedAt: number | null
  channelUnsynced: number
  visibility: 'public' | 'private'
  slowModeSeconds: number | null
  whoMayStartTimer: ChannelReplica['whoMayStartTimer'] | null
  frozen: number
  userId: string | null
  username: string
  name: string
  avatarKey: string | null
  role: MemberReplica['role']
  state: MemberReplica['state']
  joinedAt: number
  mutedUntil: number | null
  purge: string | null
  rev: number
  unsynced: number
}

const replicaColumns = sql`
  c.id, c.kind, c.name AS channelName, c.rev AS channelRev, c.deleted_at AS deletedAt, c.unsynced AS channelUnsynced,
  c.visibility, c.settings ->> 'slowModeSeconds' AS slowModeSeconds,
  c.settings ->> 'whoMayStartTimer' AS whoMayStartTimer, c.frozen, m.user_id AS userId, u.username, u.name,
  u.avatar_key AS avatarKey, m.role, m.state, m.joined_at AS joinedAt, t.until AS mutedUntil, m.purge, m.rev, m.unsynced, ${shownColumns}`

/** The timeout of the member `m`. */
const joinTimeout = sql`LEFT JOIN ${timeouts} t ON t.channel_id = m.channel_id AND t.user_id = m.user_id`

const selectReplica = (memberJoin: SQL, where: SQL, more = sql``) => sql`
  SELECT ${replicaColumns}${more} FROM ${channels} c
  LEFT JOIN ${memberships} m ON m.channel_id = c.id AND ${memberJoin}
  LEFT JOIN ${users} u ON u.id = m.user_id
  ${joinTimeout}
  ${joinShown}
  WHERE ${where}`

function toMember(row: ReplicaRow): MemberReplica | null {
  if (row.userId === null) return null
  const { userId, username, name, avatarKey, role, state, joinedAt, mutedUntil, rev } = row
  const purge = row.purge === null ? null : JSON.parse(row.purge)
  return { userId, username, name, avatarKey, role, state, joinedAt, mutedUntil, purge, ...toShown(row), rev }
}

function toChannel(row: ReplicaRow): ChannelReplica {
  const { id, kind, channelName: name, channelRev: rev, deletedAt } = row
  const { slowModeSeconds, whoMayStartTimer } = row
  return {
    ...{ id, kind, name, rev, deletedAt, frozen: row.frozen === 1 },
    ...{ slowModeSeconds: slowModeSeconds ?? 0, whoMayStartTimer: whoMayStartTimer ?? 'members' },
  }
}

/** The channel with the members among `rows`; null when the channel is absent. */
export function toChange(rows: ReplicaRow[]): Change | null {
  const [first] = rows
  if (!first) return null
  return { channel: toChannel(first), members: rows.map(toMember).filter((member) => member !== null) }
}

/** The statement that reads a channel and these people's memberships as the object should know them; for `toChange`. */
export function selectChange(ctx: Ctx, channelId: string | SQL, userIds: string[]) {
  return ctx.db.all<ReplicaRow>(
    selectReplica(
      sql`m.user_id IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`,
      sql`c.id = ${channelId}`,
    ),
  )
}

/** The statement that reads a channel and those members whom this change has written, at most `pushSize`. */
export function selectChangeOf(ctx: Ctx, channelId: string | SQL, changeId: string) {
  return ctx.db.all<ReplicaRow>(
    sql`${selectReplica(sql`m.unsynced = 1 AND m.change_id = ${changeId}`, sql`c.id = ${channelId}`)} LIMIT ${pushSize}`,
  )
}

/** How many members one push carries at most. */
export const pushSize = 200

/** The channel and the first `pushSize` members that its object has not confirmed. */
export async function findUnsyncedChange(ctx: Ctx, channelId: string): Promise<Change | null> {
  return toChange(
    await ctx.db.all<ReplicaRow>(
      sql`${selectReplica(sql`m.unsynced = 1`, sql`c.id = ${channelId}`)} LIMIT ${pushSize}`,
    ),
  )
}

/** Up to `limit` changes, one a channel, each with this one person's unconfirmed membership. */
export async function listUnsyncedChangesOf(ctx: Ctx, userId: string, limit: number): Promise<Change[]> {
  const rows = await ctx.db.all<ReplicaRow>(sql`
    SELECT ${replicaColumns} FROM ${memberships} m
    JOIN ${channels} c ON c.id = m.channel_id
    JOIN ${users} u ON u.id = m.user_id
    ${joinTimeout}
    ${joinShown}
    WHERE m.user_id = ${userId} AND m.unsynced = 1 LIMIT ${limit}`)
  return rows.map((row) => ({ channel: toChannel(row), members: [toMember(row)].filter((member) => member !== null) }))
}

/** Notes that the object has confirmed these rows; what has changed since stays unconfirmed. Safe to repeat. */
export async function clearUnsynced(ctx: Ctx, { channel, members }: Change): Promise<void> {
  const pushed = JSON.stringify(members.map((member) => [member.userId, member.rev]))
  await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE channels SET unsynced = 0 WHERE id = ${channel.id} AND rev = ${channel.rev} AND unsynced = 1`),
    ctx.db.run(sql`
      UPDATE memberships SET unsynced = 0 WHERE rowid IN (
        SELECT m.rowid FROM json_each(${pushed}) AS pushed CROSS JOIN memberships m
        WHERE m.channel_id = ${channel.id} AND m.user_id = pushed.value ->> 0 AND m.rev = pushed.value ->> 1)`),
  ])
}

/** Ids of channels that have something their object has not confirmed, at most `limit` by each of the two indexes. */
export async function listUnsyncedChannels(ctx: Ctx, limit: number): Promise<string[]> {
  const rows = await ctx.db.all<{ id: string }>(sql`
    SELECT id FROM (SELECT id FROM channels WHERE unsynced = 1 ORDER BY num LIMIT ${limit})
    UNION
    SELECT channel_id FROM
      (SELECT DISTINCT channel_id FROM memberships WHERE unsynced = 1 ORDER BY channel_id LIMIT ${limit})`)
  return rows.map((row) => row.id)
}

const countsHoldMs = 30 * 60_000

/** Sets to none what no object has told anew, at most `limit` counts. */
export async function deleteStaleCounts(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    UPDATE ${channels} SET live_count = 0 WHERE num IN
      (SELECT num FROM channels WHERE live_count > 0 AND live_at < ${ctx.now() - countsHoldMs} ORDER BY live_at LIMIT ${limit})`)
}

/** The statement that makes every object that knows this person hear of a changed name or picture. */
export function updateMembershipsOf(ctx: Ctx, userId: string) {
  return ctx.db.run(sql`UPDATE memberships SET rev = rev + 1, unsynced = 1 WHERE user_id = ${userId}`)
}

/** Whom of a channel's members the caller has blocked, at most 1,000. */
export async function listBlockedMembers(ctx: UserCtx, channelId: string): Promise<string[]> {
  const rows = await ctx.db.all<{ id: string }>(selectBlockedMembers(ctx.actor.userId, channelId))
  return rows.map(({ id }) => id)
}

const selectBlockedMembers = (userId: string, channelId: string | SQL) => sql`
  SELECT b.blocked_id AS id FROM ${blocks} b CROSS JOIN ${memberships} o ON o.user_id = b.blocked_id
  WHERE b.blocker_id = ${userId} AND o.channel_id = ${channelId} AND o.state = 'active' LIMIT 1000`

/** Channels that somebody has opened lately and shares with another one, each with the members they have blocked. */
export async function listBlocksInOpenChannels(
  ctx: UserCtx,
  otherId: string,
  limit: number,
): Promise<{ channelId: string; blockedIds: string[] }[]> {
  const { userId } = ctx.actor
  const rows = await ctx.db.all<{ channelId: string; blockedIds: string }>(sql`
    SELECT opened.channel_id AS channelId,
      (SELECT json_group_array(id) FROM (${selectBlockedMembers(userId, sql`opened.channel_id`)})) AS blockedIds
    FROM (SELECT DISTINCT sc.channel_id FROM ${sessions} s JOIN ${sessionChannels} sc ON sc.session_id = s.id
          WHERE s.user_id = ${userId} AND s.ended_at IS NULL) opened
    JOIN ${memberships} m ON m.channel_id = opened.channel_id AND m.user_id = ${otherId} AND m.state = 'active'
    LIMIT ${limit}`)
  return rows.map((row) => ({ channelId: row.channelId, blockedIds: JSON.parse(row.blockedIds) }))
}

export interface Access extends Change {
  member: MemberReplica
  /** The members whom the caller has blocked, at most 1,000. */
  blockedIds: string[]
  /** False when the object has not confirmed the channel or this membership yet. */
  synced: boolean
}

/**
 * The channel as an active member sees it, in one query.
 * @throws channel.not_found for what is absent, deleted, or private and not the caller's; channel.membership_required
 */
export async function accessMemberChannel(ctx: UserCtx, channelId: string): Promise<Access> {
  const [row] = await ctx.db.all<ReplicaRow & { blockedIds: string }>(
    selectReplica(
      sql`m.user_id = ${ctx.actor.userId}`,
      sql`c.id = ${channelId} AND c.deleted_at IS NULL`,
      sql`, (SELECT json_group_array(id) FROM (${selectBlockedMembers(ctx.actor.userId, channelId)})) AS blockedIds`,
    ),
  )
  if (!row) throw channelErrors.notFound()
  const member = toMember(row)
  if (member?.state !== 'active')
    throw row.visibility === 'public' ? channelErrors.membershipRequired() : channelErrors.notFound()
  return {
    channel: toChannel(row),
    members: [member],
    member,
    blockedIds: JSON.parse(row.blockedIds),
    synced: row.channelUnsynced === 0 && row.unsynced === 0,
  }
}
