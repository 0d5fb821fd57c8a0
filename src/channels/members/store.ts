import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { users } from '../../users/tables'
import { isOneOf, ownsFewerThan, selectView, stillHolds, toView, type ViewRow } from '../lifecycle/store'
import type { ChannelKind, MemberRole } from '../live/contract'
import { selectChange, toChange } from '../store'
import { memberships } from '../tables'

export interface MemberView {
  userId: string
  username: string
  name: string
  role: MemberRole
  joinedAt: number
}

/** Holds when this change was the last to write the person's membership. */
export const membershipChanged = (channelId: string, userId: string, changeId: string) => sql`
  EXISTS (SELECT 1 FROM memberships AS proof WHERE proof.channel_id = ${channelId} AND proof.user_id = ${userId}
    AND proof.change_id = ${changeId})`

/**
 * The statement that makes the caller an active member of each channel that `source` yields as `channel_id`. An active
 * or banned row stays as it is; a full channel refuses the whole batch by channels_capacity.
 */
export function upsertMember(ctx: UserCtx, changeId: string, source: SQL) {
  const now = ctx.now()
  return ctx.db.run(sql`
    INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id)
    SELECT channel_id, ${ctx.actor.userId}, 'member', 'active', ${now}, ${now}, ${changeId} FROM (${source}) WHERE true
    ON CONFLICT (channel_id, user_id) DO UPDATE SET role = 'member', state = 'active', joined_at = excluded.joined_at,
      updated_at = excluded.updated_at, rev = rev + 1, unsynced = 1, change_id = excluded.change_id
    WHERE memberships.state IN ('left', 'removed')`)
}

/** Joins a public channel if it can be joined, and reads what has come of it. Full channels throw channels_capacity. */
export async function insertMember(ctx: UserCtx, kinds: ChannelKind[], channelId: string) {
  const changeId = ctx.newId('change')
  const [, rows, change] = await ctx.db.batch([
    upsertMember(
      ctx,
      changeId,
      sql`SELECT c.id AS channel_id FROM channels c
        WHERE ${isOneOf(kinds, channelId)} AND c.visibility = 'public' AND c.deleted_at IS NULL`,
    ),
    selectView(ctx, isOneOf(kinds, channelId)),
    selectChange(ctx, channelId, [ctx.actor.userId]),
  ])
  return { rows, change: toChange(change), joined: rows[0]?.changeId === changeId }
}

/** Ends the caller's own membership unless the caller owns the channel, and reads what has come of it. */
export async function updateLeft(ctx: UserCtx, kinds: ChannelKind[], channelId: string) {
  const { userId } = ctx.actor
  const changeId = ctx.newId('change')
  const [, rows, change] = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE memberships SET state = 'left', role = 'member', updated_at = ${ctx.now()}, rev = rev + 1, unsynced = 1,
        change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${userId} AND state = 'active' AND role <> 'owner'
        AND EXISTS (SELECT 1 FROM channels c WHERE ${isOneOf(kinds, channelId)} AND c.deleted_at IS NULL)`),
    selectView(ctx, isOneOf(kinds, channelId)),
    selectChange(ctx, channelId, [userId]),
  ])
  const [row] = rows
  return { view: row ? toView(row) : null, change: toChange(change), left: row?.changeId === changeId }
}

const selectMember = (ctx: Ctx, channelId: string, userId: string) =>
  ctx.db.all<MemberView>(sql`
    SELECT u.id AS userId, u.username, u.name, m.role, m.joined_at AS joinedAt FROM ${memberships} m
    JOIN ${users} u ON u.id = m.user_id
    WHERE m.channel_id = ${channelId} AND m.user_id = ${userId} AND m.state = 'active'`)

/** The channel as the caller sees it and one of its active members, in one round trip. */
export async function findViewAndMember(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
  const [rows, [target]] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    selectMember(ctx, channelId, userId),
  ])
  return { rows, target: target ?? null }
}

interface Pair {
  channelId: string
  kind: ChannelKind
  actorRole: MemberRole
  target: MemberView
}

/** Removes a member; null when one of the two roles is no longer what the decision was made on. */
export async function updateRemoved(ctx: UserCtx, { channelId, kind, actorRole, target }: Pair) {
  const changeId = ctx.newId('change')
  const proof = membershipChanged(channelId, target.userId, changeId)
  const [written, , change] = await ctx.db.batch([
    ctx.db.all<{ rev: number }>(sql`
      UPDATE memberships SET state = 'removed', role = 'member', updated_at = ${ctx.now()}, rev = rev + 1, unsynced = 1,
        change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${target.userId}
        AND ${stillHolds(channelId, [{ userId: ctx.actor.userId, role: actorRole }, target])} RETURNING rev`),
    auditEvent(
      ctx,
      { event: 'member.removed', subjectId: target.userId, details: { channelId, kind, role: target.role } },
      proof,
    ),
    selectChange(ctx, channelId, [target.userId]),
  ])
  return written.length > 0 ? toChange(change) : null
}

/** Gives a member another role; null when one of the two roles is no longer what the decision was made on. */
export async function updateRole(ctx: UserCtx, { channelId, kind, actorRole, target }: Pair, role: MemberRole) {
  const changeId = ctx.newId('change')
  const proof = membershipChanged(channelId, target.userId, changeId)
  const [written, , change] = await ctx.db.batch([
    ctx.db.all<{ rev: number }>(sql`
      UPDATE memberships SET role = ${role}, updated_at = ${ctx.now()}, rev = rev + 1, unsynced = 1,
        change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${target.userId}
        AND ${stillHolds(channelId, [{ userId: ctx.actor.userId, role: actorRole }, target])} RETURNING rev`),
    auditEvent(
      ctx,
      {
        event: 'member.role_changed',
        subjectId: target.userId,
        details: { channelId, kind, from: target.role, to: role },
      },
      proof,
    ),
    selectChange(ctx, channelId, [target.userId]),
  ])
  return written.length > 0 ? toChange(change) : null
}

/**
 * Hands a channel over; the former owner stays as a moderator. Null when a role has changed meanwhile, or when the
 * receiver owns as many channels as one person may.
 */
export async function updateOwner(
  ctx: UserCtx,
  { channelId, kind, target }: Omit<Pair, 'actorRole'>,
  limit: { kinds: ChannelKind[]; max: number },
) {
  const { userId } = ctx.actor
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const proof = membershipChanged(channelId, userId, changeId)
  // First down, then up: the unique index allows no second owner in between.
  const [, , , , rows, change] = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE memberships SET role = 'moderator', updated_at = ${now}, rev = rev + 1, unsynced = 1, change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${userId}
        AND ${stillHolds(channelId, [{ userId, role: 'owner' }, target])}
        AND ${ownsFewerThan(target.userId, limit.kinds, limit.max)}`),
    ctx.db.run(sql`
      UPDATE memberships SET role = 'owner', updated_at = ${now}, rev = rev + 1, unsynced = 1, change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${target.userId} AND ${proof}`),
    ctx.db.run(sql`
      UPDATE channels SET version = version + 1, updated_at = ${now} WHERE id = ${channelId} AND ${proof}`),
    auditEvent(ctx, { event: `${kind}.transferred`, subjectId: channelId, details: { to: target.userId } }, proof),
    selectView(ctx, sql`c.id = ${channelId}`),
    selectChange(ctx, channelId, [userId, target.userId]),
  ])
  const [row] = rows
  return row && row.changeId === changeId ? { view: toView(row), change: toChange(change) } : null
}

/** True when the person owns fewer than `max` channels of these kinds. */
export async function ownsFewer(ctx: Ctx, userId: string, limit: { kinds: ChannelKind[]; max: number }) {
  const [row] = await ctx.db.all<{ fewer: number }>(
    sql`SELECT ${ownsFewerThan(userId, limit.kinds, limit.max)} AS fewer`,
  )
  return row?.fewer === 1
}

/** A channel as the caller sees it and a page of its members, the longest-standing first, in one round trip. */
export async function listMembersOf(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  after: { joinedAt: number; userId: string } | null,
  limit: number,
): Promise<{ rows: ViewRow[]; members: MemberView[] }> {
  const start = after ? sql`AND (m.joined_at, m.user_id) > (${after.joinedAt}, ${after.userId})` : sql``
  const [rows, members] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<MemberView>(sql`
      SELECT u.id AS userId, u.username, u.name, m.role, m.joined_at AS joinedAt FROM ${memberships} m
      CROSS JOIN ${users} u ON u.id = m.user_id
      WHERE m.channel_id = ${channelId} AND m.state = 'active' ${start}
      ORDER BY m.joined_at, m.user_id LIMIT ${limit}`),
  ])
  return { rows, members }
}
