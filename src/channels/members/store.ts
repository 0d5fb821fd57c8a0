import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent, withdrawEvents } from '../../outbox/actions'
import { deletions } from '../../privacy/tables'
import { users } from '../../users/tables'
import { promoteWaiting, tellPromoted } from '../entry/store'
import type { ChannelKind, MemberRole } from '../live/contract'
import { insertAction } from '../moderation/log-store'
import { selectChange, selectChangeOf, toChange } from '../store'
import { channels, memberships } from '../tables'
import { isOneOf, ownsFewerThan, selectView, stillHolds, toView, type ViewRow } from '../views/store'

export interface MemberView {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  role: MemberRole
  joinedAt: number
}

/** Holds when this change was the last to write the person's membership. */
export const membershipChanged = (channelId: string, userId: string, changeId: string) => sql`
  EXISTS (SELECT 1 FROM memberships AS proof WHERE proof.channel_id = ${channelId} AND proof.user_id = ${userId}
    AND proof.change_id = ${changeId})`

/**
 * Ends the caller's own membership unless the caller owns the channel, lets the next in, and reads what has come of it.
 * An open request to join is taken back instead.
 */
export async function updateLeft(ctx: UserCtx, limit: OwnedLimit, channelId: string) {
  const { kinds } = limit
  const { userId } = ctx.actor
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const isChannel = sql`EXISTS (SELECT 1 FROM channels c WHERE ${isOneOf(kinds, channelId)} AND c.deleted_at IS NULL)`
  const [, withdrawn, , rows, change, [successor]] = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE memberships SET state = 'left', role = 'member', updated_at = ${now}, rev = rev + 1, unsynced = 1,
        change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${userId} AND state = 'active' AND role <> 'owner' AND ${isChannel}`),
    ctx.db.all<{ channelId: string }>(sql`
      UPDATE join_requests SET state = 'withdrawn', updated_at = ${now}
      WHERE channel_id = ${channelId} AND user_id = ${userId} AND state = 'open' AND ${isChannel}
      RETURNING channel_id AS channelId`),
    promoteWaiting(ctx, channelId, changeId, membershipChanged(channelId, userId, changeId)),
    selectView(ctx, isOneOf(kinds, channelId)),
    selectChangeOf(ctx, channelId, changeId),
    selectSuccessor(ctx, channelId, limit),
    tellPromoted(ctx, channelId, changeId),
    withdrawEvents(
      ctx,
      `request ${channelId} ${userId}`,
      sql`EXISTS (SELECT 1 FROM join_requests AS r WHERE r.channel_id = ${channelId} AND r.user_id = ${userId}
        AND r.state = 'withdrawn')`,
    ),
  ])
  const [row] = rows
  return {
    view: row ? toView(row) : null,
    change: toChange(change),
    left: row?.changeId === changeId,
    withdrawn: withdrawn.length > 0,
    successor: successor ?? null,
  }
}

/**
 * The statement that finds who takes over when the leader of a group leaves: the longest-standing moderator, else
 * member, who may own one more. It finds nobody for a caller who does not lead the group, and reads next to nothing.
 */
function selectSuccessor(ctx: UserCtx, channelId: string, limit: OwnedLimit) {
  return ctx.db.all<MemberView>(sql`
    SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, m.role, m.joined_at AS joinedAt FROM ${memberships} own
    CROSS JOIN ${channels} c ON c.id = own.channel_id AND c.kind = 'group'
    CROSS JOIN ${memberships} m ON m.channel_id = c.id AND m.state = 'active' AND m.user_id <> own.user_id
    CROSS JOIN ${users} u ON u.id = m.user_id
    WHERE own.channel_id = ${channelId} AND own.user_id = ${ctx.actor.userId} AND own.state = 'active'
      AND own.role = 'owner' AND u.status = 'active'
      AND NOT EXISTS (SELECT 1 FROM ${deletions} d WHERE d.user_id = u.id)
      AND ${ownsFewerThan(sql`u.id`, limit.kinds, limit.max)}
    ORDER BY m.role <> 'moderator', m.joined_at, m.user_id LIMIT 1`)
}

/** Ends the owner's membership and makes the successor the owner; null when one of the two roles has changed. */
export async function updateHandedOver(
  ctx: UserCtx,
  { channelId, kind, target }: Omit<Pair, 'actorRole'>,
  limit: OwnedLimit,
) {
  const { userId } = ctx.actor
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const proof = membershipChanged(channelId, userId, changeId)
  const [written, , , , , change] = await ctx.db.batch([
    ctx.db.all<{ rev: number }>(sql`
      UPDATE memberships SET state = 'left', role = 'member', updated_at = ${now}, rev = rev + 1, unsynced = 1,
        change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${userId}
        AND ${stillHolds(channelId, [{ userId, role: 'owner' }, target])}
        AND ${ownsFewerThan(target.userId, limit.kinds, limit.max)} RETURNING rev`),
    ctx.db.run(sql`
      UPDATE memberships SET role = 'owner', updated_at = ${now}, rev = rev + 1, unsynced = 1, change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${target.userId} AND ${proof}`),
    ctx.db.run(sql`
      UPDATE channels SET version = version + 1, updated_at = ${now} WHERE id = ${channelId} AND ${proof}`),
    auditEvent(ctx, { event: `${kind}.transferred`, subjectId: channelId, details: { to: target.userId } }, proof),
    promoteWaiting(ctx, channelId, changeId, proof),
    selectChangeOf(ctx, channelId, changeId),
    tellPromoted(ctx, channelId, changeId),
    recordEvent(ctx, { type: 'channel.received', to: [target.userId], channelId, facts: {} }, proof),
  ])
  return written.length > 0 ? toChange(change) : null
}

/** One active member, as a `MemberView`. */
export const selectMember = (channelId: string, userId: string) => sql`
  SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, m.role, m.joined_at AS joinedAt FROM ${memberships} m
  JOIN ${users} u ON u.id = m.user_id
  WHERE m.channel_id = ${channelId} AND m.user_id = ${userId} AND m.state = 'active'`

/** The channel as the caller sees it and one of its active members, in one round trip. */
export async function findViewAndMember(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
  const [rows, [target]] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<MemberView>(selectMember(channelId, userId)),
  ])
  return { rows, target: target ?? null }
}

/** How many channels of these kinds one person may own. */
interface OwnedLimit {
  kinds: ChannelKind[]
  max: number
}

/** Two members, one of whom acts on the other. */
export interface Pair {
  channelId: string
  kind: ChannelKind
  actorRole: MemberRole
  target: MemberView
}

/** Removes a member and lets the next in; null when one of the two roles is not what the decision was made on any more. */
export async function updateRemoved(ctx: UserCtx, { channelId, kind, actorRole, target }: Pair, reason: string | null) {
  const changeId = ctx.newId('change')
  const proof = membershipChanged(channelId, target.userId, changeId)
  const [written, , , , change] = await ctx.db.batch([
    ctx.db.all<{ rev: number }>(sql`
      UPDATE memberships SET state = 'removed', role = 'member', updated_at = ${ctx.now()}, rev = rev + 1, unsynced = 1,
        change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${target.userId}
        AND ${stillHolds(channelId, [{ userId: ctx.actor.userId, role: actorRole }, target])} RETURNING rev`),
    auditEvent(
      ctx,
      { event: 'member.removed', subjectId: target.userId, reason, details: { channelId, kind, role: target.role } },
      proof,
    ),
    insertAction(ctx, { channelId, userId: target.userId, action: 'member.removed', reason }, proof),
    promoteWaiting(ctx, channelId, changeId, proof),
    selectChangeOf(ctx, channelId, changeId),
    tellPromoted(ctx, channelId, changeId),
    recordEvent(
      ctx,
      { type: 'member.removed', to: [target.userId], actorId: null, channelId, facts: { reason } },
      proof,
    ),
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
    recordEvent(
      ctx,
      { type: 'member.role_changed', to: [target.userId], channelId, facts: { from: target.role, to: role } },
      proof,
    ),
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
  limit: OwnedLimit,
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
    recordEvent(ctx, { type: 'channel.received', to: [target.userId], channelId, facts: {} }, proof),
  ])
  const [row] = rows
  return row && row.changeId === changeId ? { view: toView(row), change: toChange(change) } : null
}

/** True when the person owns fewer than `max` channels of these kinds. */
export async function ownsFewer(ctx: Ctx, userId: string, limit: OwnedLimit) {
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
      SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, m.role, m.joined_at AS joinedAt FROM ${memberships} m
      CROSS JOIN ${users} u ON u.id = m.user_id
      WHERE m.channel_id = ${channelId} AND m.state = 'active' ${start}
      ORDER BY m.joined_at, m.user_id LIMIT ${limit}`),
  ])
  return { rows, members }
}
