import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent } from '../../outbox/actions'
import { whole } from '../../shared/db'
import { users } from '../../users/tables'
import { promoteWaiting, tellPromoted } from '../entry/store'
import type { ChannelKind, MemberRole, Purge } from '../live/contract'
import { membershipChanged, type Pair } from '../members/store'
import { purgeReachMs } from '../rules'
import { selectChangeOf, toChange } from '../store'
import { bans, memberships } from '../tables'
import { isOneOf, selectView, stillHolds, type ViewRow } from '../views/store'
import { endAction, insertAction } from './log-store'

export interface Sentence {
  reason: string | null
  /** Milliseconds since 1970. Null: for good. */
  until: number | null
}

/** Somebody who may be banned: a person with the role of an active member, or none. */
export interface BanTarget {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  role: MemberRole | null
}

export interface BanView extends Sentence {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  createdAt: number
  creatorId: string
  creatorName: string
  creatorAvatarKey: string | null
}

const holdsAt = (now: number) => sql`(b.until IS NULL OR b.until > ${now})`

const banColumns = sql`
  u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, b.reason, b.until, b.created_at AS createdAt, maker.id AS creatorId,
  maker.name AS creatorName, maker.avatar_key AS creatorAvatarKey`

const selectBan = (ctx: UserCtx, channelId: string, userId: string) =>
  ctx.db.all<BanView>(sql`
    SELECT ${banColumns} FROM ${bans} b CROSS JOIN ${users} u ON u.id = b.user_id
    CROSS JOIN ${users} maker ON maker.id = b.created_by
    WHERE b.channel_id = ${channelId} AND b.user_id = ${userId} AND ${holdsAt(ctx.now())}`)

/** The channel as the caller sees it, somebody in or outside of it, and the ban on that person, in one round trip. */
export async function findViewAndBan(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
  const [rows, [target], [ban]] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<BanTarget>(sql`
      SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, m.role FROM ${users} u
      LEFT JOIN ${memberships} m ON m.channel_id = ${channelId} AND m.user_id = u.id AND m.state = 'active'
      WHERE u.id = ${userId} AND u.status <> 'deleted'`),
    selectBan(ctx, channelId, userId),
  ])
  return { rows, target: target ?? null, ban: ban ?? null }
}

/** What a ban was decided on: the role of who bans, and the role of the other or that there is none. */
function rolesHold(channelId: string, actor: { userId: string; role: MemberRole }, { userId, role }: BanTarget): SQL {
  if (role !== null) return stillHolds(channelId, [actor, { userId, role }])
  return sql`${stillHolds(channelId, [actor])} AND NOT EXISTS (SELECT 1 FROM memberships AS outsider
    WHERE outsider.channel_id = ${channelId} AND outsider.user_id = ${userId} AND outsider.state = 'active')`
}

interface NewBan extends Sentence {
  channelId: string
  kind: ChannelKind
  actorRole: MemberRole
  target: BanTarget
  /** Whether what the person wrote lately goes, too. */
  purge: boolean
}

/** Messages that are sent while a ban is on its way to the object go, too. */
const onTheWayMs = 30_000

/**
 * Bans somebody, or changes the ban, removes the member and lets the next in; null when one of the roles is not what
 * the decision was made on any more. Triggers end what the person has asked for and been offered here.
 */
export async function upsertBan(ctx: UserCtx, ban: NewBan) {
  const { channelId, kind, actorRole, target, reason, until, purge } = ban
  const { userId } = ctx.actor
  const now = ctx.now()
  const changeId = ctx.newId('change')
  const holds = rolesHold(channelId, { userId, role: actorRole }, target)
  const wanted: Purge | null = purge ? { since: now - purgeReachMs, until: now + onTheWayMs, by: userId } : null
  const action = { channelId, userId: target.userId, action: 'member.banned' } as const
  // The membership comes last: the others stand on the role that it ends.
  const [, , written, , , , , change, [found]] = await ctx.db.batch([
    auditEvent(
      ctx,
      { event: 'member.banned', subjectId: target.userId, reason, details: { channelId, kind, until, purge } },
      holds,
    ),
    // Bans that ended by themselves leave here, so that they never pile up in the list.
    ctx.db.run(sql`
      DELETE FROM bans WHERE rowid IN (SELECT b.rowid FROM ${bans} b WHERE b.channel_id = ${channelId}
        AND b.until <= ${now} AND ${holds} LIMIT 100)`),
    ctx.db.all<{ userId: string }>(sql`
      INSERT INTO bans (channel_id, user_id, reason, until, created_by, created_at)
      SELECT ${channelId}, ${target.userId}, ${reason}, ${until}, ${userId}, ${now} WHERE ${holds}
      ON CONFLICT (channel_id, user_id) DO UPDATE SET reason = excluded.reason, until = excluded.until,
        created_by = excluded.created_by, created_at = excluded.created_at
      RETURNING user_id AS userId`),
    endAction(ctx, action, holds),
    insertAction(ctx, { ...action, reason, until, purged: purge }, holds),
    // Who is no member any more may have left words behind: then the object hears of it all the same.
    ctx.db.run(sql`
      UPDATE memberships SET state = iif(state = 'active', 'banned', state), role = 'member', updated_at = ${now},
        rev = rev + 1, unsynced = 1, change_id = ${changeId}, purge = coalesce(${wanted && JSON.stringify(wanted)}, purge)
      WHERE channel_id = ${channelId} AND user_id = ${target.userId} AND (state = 'active' OR ${purge ? 1 : 0})
        AND ${holds}`),
    promoteWaiting(ctx, channelId, changeId, membershipChanged(channelId, target.userId, changeId)),
    selectChangeOf(ctx, channelId, changeId),
    selectBan(ctx, channelId, target.userId),
    tellPromoted(ctx, channelId, changeId),
    // Who was no member hears of it at the door.
    recordEvent(
      ctx,
      { type: 'member.banned', to: [target.userId], actorId: null, channelId, facts: { reason, until } },
      sql`${target.role !== null} AND ${membershipChanged(channelId, target.userId, changeId)}`,
    ),
  ])
  return written.length > 0 && found ? { ban: found, change: toChange(change) } : null
}

/** Lifts a ban; null when the caller's role is gone. */
export async function deleteBan(
  ctx: UserCtx,
  { channelId, kind, actorRole, target }: Omit<NewBan, keyof Sentence | 'purge'>,
) {
  const changeId = ctx.newId('change')
  const holds = stillHolds(channelId, [{ userId: ctx.actor.userId, role: actorRole }])
  const isBanned = sql`EXISTS (SELECT 1 FROM bans AS b WHERE b.channel_id = ${channelId} AND b.user_id = ${target.userId})`
  const [, , , lifted, change] = await ctx.db.batch([
    auditEvent(
      ctx,
      { event: 'member.ban_lifted', subjectId: target.userId, details: { channelId, kind } },
      sql`${isBanned} AND ${holds}`,
    ),
    endAction(ctx, { channelId, userId: target.userId, action: 'member.banned' }, sql`${isBanned} AND ${holds}`),
    ctx.db.run(sql`
      UPDATE memberships SET state = 'removed', updated_at = ${ctx.now()}, rev = rev + 1, unsynced = 1,
        change_id = ${changeId}
      WHERE channel_id = ${channelId} AND user_id = ${target.userId} AND state = 'banned' AND ${isBanned} AND ${holds}`),
    ctx.db.all<{ userId: string }>(sql`
      DELETE FROM bans WHERE channel_id = ${channelId} AND user_id = ${target.userId} AND ${holds}
      RETURNING user_id AS userId`),
    selectChangeOf(ctx, channelId, changeId),
  ])
  return lifted.length > 0 ? toChange(change) : null
}

/** The channel as the caller sees it and a page of the bans that hold, the oldest first, in one round trip. */
export async function listBansOf(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  after: { createdAt: number; userId: string } | null,
  limit: number,
): Promise<{ rows: ViewRow[]; bans: BanView[] }> {
  const start = after ? sql`AND (b.created_at, b.user_id) > (${whole(after.createdAt)}, ${after.userId})` : sql``
  const [rows, found] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<BanView>(sql`
      SELECT ${banColumns} FROM ${bans} b CROSS JOIN ${users} u ON u.id = b.user_id
      CROSS JOIN ${users} maker ON maker.id = b.created_by
      WHERE b.channel_id = ${channelId} ${start} AND ${holdsAt(ctx.now())}
      ORDER BY b.created_at, b.user_id LIMIT ${limit}`),
  ])
  return { rows, bans: found }
}

/** The statement by which the object hears of a member's timeout. */
const touchMember = (ctx: UserCtx, channelId: string, userId: string, changeId: string, condition: SQL) =>
  ctx.db.run(sql`
    UPDATE memberships SET rev = rev + 1, unsynced = 1, change_id = ${changeId}, updated_at = ${ctx.now()}
    WHERE channel_id = ${channelId} AND user_id = ${userId} AND ${condition}`)

/** Times a member out, or changes that; null when one of the roles is not what the decision was made on any more. */
export async function upsertTimeout(
  ctx: UserCtx,
  { channelId, kind, actorRole, target }: Pair,
  { reason, until }: { reason: string | null; until: number },
) {
  const { userId } = ctx.actor
  const now = ctx.now()
  const changeId = ctx.newId('change')
  const holds = stillHolds(channelId, [{ userId, role: actorRole }, target])
  const proof = membershipChanged(channelId, target.userId, changeId)
  const action = { channelId, userId: target.userId, action: 'member.timed_out' } as const
  const [, , , , , change] = await ctx.db.batch([
    touchMember(ctx, channelId, target.userId, changeId, holds),
    endAction(ctx, action, proof),
    insertAction(ctx, { ...action, reason, until }, proof),
    ctx.db.run(sql`
      INSERT INTO timeouts (channel_id, user_id, reason, until, created_by, created_at)
      SELECT ${channelId}, ${target.userId}, ${reason}, ${until}, ${userId}, ${now} WHERE ${proof}
      ON CONFLICT (channel_id, user_id) DO UPDATE SET reason = excluded.reason, until = excluded.until,
        created_by = excluded.created_by, created_at = excluded.created_at`),
    auditEvent(
      ctx,
      { event: 'member.timed_out', subjectId: target.userId, reason, details: { channelId, kind, until } },
      proof,
    ),
    selectChangeOf(ctx, channelId, changeId),
    recordEvent(
      ctx,
      { type: 'member.timed_out', to: [target.userId], actorId: null, channelId, facts: { reason, until } },
      proof,
    ),
  ])
  const written = toChange(change)
  return written && written.members.length > 0 ? written : null
}

/** Ends a timeout. @returns null when a role has changed; a change without members when there was no timeout */
export async function deleteTimeout(ctx: UserCtx, { channelId, kind, actorRole, target }: Pair) {
  const changeId = ctx.newId('change')
  const holds = stillHolds(channelId, [{ userId: ctx.actor.userId, role: actorRole }, target])
  const isTimedOut = sql`EXISTS (SELECT 1 FROM timeouts AS t WHERE t.channel_id = ${channelId}
    AND t.user_id = ${target.userId} AND t.until > ${ctx.now()})`
  const proof = membershipChanged(channelId, target.userId, changeId)
  const [, , , , [held], change] = await ctx.db.batch([
    touchMember(ctx, channelId, target.userId, changeId, sql`${isTimedOut} AND ${holds}`),
    endAction(ctx, { channelId, userId: target.userId, action: 'member.timed_out' }, proof),
    ctx.db.run(sql`
      DELETE FROM timeouts WHERE channel_id = ${channelId} AND user_id = ${target.userId} AND ${proof}`),
    auditEvent(ctx, { event: 'member.timeout_lifted', subjectId: target.userId, details: { channelId, kind } }, proof),
    ctx.db.all<{ held: number }>(sql`SELECT (${holds}) AS held`),
    selectChangeOf(ctx, channelId, changeId),
  ])
  return held?.held === 1 ? toChange(change) : null
}
