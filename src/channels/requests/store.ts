import { sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent, withdrawEvents } from '../../outbox/actions'
import { whole } from '../../shared/db'
import { users } from '../../users/tables'
import { canBeMet, isFit, othersFirst, takesIn, upsertMember } from '../entry/store'
import type { ChannelKind, MemberRole } from '../live/contract'
import { type MemberView, membershipChanged, selectMember } from '../members/store'
import { denialMs } from '../rules'
import { selectChange, toChange } from '../store'
import { channels, joinRequests, memberships } from '../tables'
import { isOneOf, selectView, stillHolds, type ViewRow } from '../views/store'

export interface RequestView {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  createdAt: number
}

/** Asks to join a public channel that wants to be asked, and reads where the request stands. */
export async function insertJoinRequest(ctx: UserCtx, kinds: ChannelKind[], channelId: string) {
  const { userId } = ctx.actor
  const now = ctx.now()
  const [, [request]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO join_requests (channel_id, user_id, state, created_at, updated_at)
      SELECT c.id, ${userId}, 'open', ${now}, ${now} FROM ${channels} c
      WHERE ${isOneOf(kinds, channelId)} AND ${isFit(userId, now)} AND c.visibility = 'public'
        AND c.join_policy = 'request' AND NOT EXISTS (SELECT 1 FROM ${memberships} own
          WHERE own.channel_id = c.id AND own.user_id = ${userId} AND own.state = 'active')
      ON CONFLICT (channel_id, user_id) DO UPDATE SET state = 'open', created_at = excluded.created_at,
        updated_at = excluded.updated_at
      WHERE join_requests.state <> 'open'
        AND NOT (join_requests.state = 'denied' AND join_requests.updated_at > ${now - denialMs})`),
    ctx.db.all<{ state: 'open' | 'approved' | 'denied' | 'withdrawn'; createdAt: number }>(sql`
      SELECT state, created_at AS createdAt FROM ${joinRequests} r
      WHERE r.channel_id = ${channelId} AND r.user_id = ${userId}`),
    recordEvent(
      ctx,
      {
        type: 'join_request.received',
        to: 'moderators',
        channelId,
        subjectId: requestKey(channelId, userId),
        facts: {},
      },
      sql`EXISTS (SELECT 1 FROM join_requests AS r WHERE r.channel_id = ${channelId} AND r.user_id = ${userId}
        AND r.state = 'open' AND r.created_at = ${now})`,
    ),
  ])
  return request ?? null
}

/** A request has no id of its own. */
export const requestKey = (channelId: string, userId: string) => `request ${channelId} ${userId}`

const selectRequests = sql`
  SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, r.created_at AS createdAt FROM ${joinRequests} r
  CROSS JOIN ${users} u ON u.id = r.user_id`

/** The channel as the caller sees it, and somebody's open request to join it, in one round trip. */
export async function findViewAndRequest(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
  const [rows, [request]] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<RequestView>(
      sql`${selectRequests} WHERE r.channel_id = ${channelId} AND r.user_id = ${userId} AND r.state = 'open'`,
    ),
  ])
  return { rows, request: request ?? null }
}

interface Answer {
  channelId: string
  kind: ChannelKind
  actorRole: MemberRole
  userId: string
}

/**
 * Makes a member of somebody who has asked; a trigger closes the request. Full channels throw. Without a member in the
 * reply, others come first, or what the answer was decided on no longer holds.
 */
export async function insertApproved(ctx: UserCtx, { channelId, kind, actorRole, userId }: Answer) {
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const proof = membershipChanged(channelId, userId, changeId)
  const [, , [member], [door], change] = await ctx.db.batch([
    upsertMember(
      ctx,
      changeId,
      sql`SELECT r.channel_id, r.user_id FROM ${joinRequests} r JOIN ${channels} c ON c.id = r.channel_id
        WHERE r.channel_id = ${channelId} AND r.user_id = ${userId} AND r.state = 'open' AND ${takesIn(userId, now)}
          AND ${canBeMet(sql`r.user_id`)} AND ${stillHolds(channelId, [{ userId: ctx.actor.userId, role: actorRole }])}`,
    ),
    auditEvent(ctx, { event: 'member.approved', subjectId: userId, details: { channelId, kind } }, proof),
    ctx.db.all<MemberView>(sql`SELECT found.* FROM (${selectMember(channelId, userId)}) AS found WHERE ${proof}`),
    ctx.db.all<{ othersFirst: number }>(sql`
      SELECT ${othersFirst(userId, now)} AS othersFirst FROM ${channels} c WHERE c.id = ${channelId}`),
    selectChange(ctx, channelId, [userId]),
    recordEvent(ctx, { type: 'join_request.approved', to: [userId], channelId, facts: {} }, proof),
    withdrawEvents(ctx, requestKey(channelId, userId), proof),
  ])
  return { member: member ?? null, othersFirst: door?.othersFirst === 1, change: toChange(change) }
}

/** Says no; false when the request or the caller's role is gone. */
export async function updateDenied(
  ctx: UserCtx,
  { channelId, kind, actorRole, userId }: Answer,
  reason: string | null,
): Promise<boolean> {
  const now = ctx.now()
  const holds = stillHolds(channelId, [{ userId: ctx.actor.userId, role: actorRole }])
  const isDenied = sql`EXISTS (SELECT 1 FROM join_requests AS r WHERE r.channel_id = ${channelId} AND r.user_id = ${userId}
    AND r.state = 'denied' AND r.updated_at = ${now}) AND ${holds}`
  const [, written] = await ctx.db.batch([
    auditEvent(
      ctx,
      { event: 'member.denied', subjectId: userId, reason, details: { channelId, kind } },
      sql`EXISTS (SELECT 1 FROM join_requests AS r WHERE r.channel_id = ${channelId} AND r.user_id = ${userId}
        AND r.state = 'open') AND ${holds}`,
    ),
    ctx.db.all<{ userId: string }>(sql`
      UPDATE join_requests SET state = 'denied', updated_at = ${now}
      WHERE channel_id = ${channelId} AND user_id = ${userId} AND state = 'open' AND ${holds}
      RETURNING user_id AS userId`),
    recordEvent(ctx, { type: 'join_request.denied', to: [userId], channelId, facts: { reason } }, isDenied),
    withdrawEvents(ctx, requestKey(channelId, userId), isDenied),
  ])
  return written.length > 0
}

/** The channel as the caller sees it and a page of the open requests, the oldest first, in one round trip. */
export async function listRequestsOf(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  after: { createdAt: number; userId: string } | null,
  limit: number,
): Promise<{ rows: ViewRow[]; requests: RequestView[] }> {
  const start = after ? sql`AND (r.created_at, r.user_id) > (${whole(after.createdAt)}, ${after.userId})` : sql``
  const [rows, requests] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<RequestView>(sql`
      ${selectRequests} WHERE r.channel_id = ${channelId} AND r.state = 'open' ${start}
      ORDER BY r.created_at, r.user_id LIMIT ${limit}`),
  ])
  return { rows, requests }
}
