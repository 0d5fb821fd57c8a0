import { sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { areBlocked } from '../../blocks/tables'
import { areFriends, shareRoomOrGroup } from '../../friends/tables'
import { recordEvent, withdrawEvents } from '../../outbox/actions'
import { userSettings } from '../../profiles/tables'
import { whole } from '../../shared/db'
import { users } from '../../users/tables'
import { canBeMet, isNotBanned, selectEntry, takesIn, upsertMember } from '../entry/store'
import type { ChannelKind, MemberRole } from '../live/contract'
import { selectChange, toChange } from '../store'
import { channels, invitations, memberships } from '../tables'
import { type ChannelView, isOneOf, selectView, stillHolds } from '../views/store'

export interface InvitationRow {
  id: string
  createdAt: number
  channelId: string
  kind: ChannelKind
  channelName: string
  description: string
  memberCount: number
  inviterId: string
  inviterName: string
  inviterAvatarKey: string | null
}

/** Somebody who may be invited, and how the caller stands to that person. */
export interface Invitee {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  isFriend: number
  shares: number
  isBlocked: number
  mayInvite: 'everyone' | 'shared' | 'friends' | 'nobody' | null
  isMember: number
  isBanned: number
}

const invitationColumns = sql`
  i.id, i.created_at AS createdAt, c.id AS channelId, c.kind, c.name AS channelName, c.description,
  c.member_count AS memberCount, maker.id AS inviterId, maker.name AS inviterName, maker.avatar_key AS inviterAvatarKey`

const selectOpen = sql`
  SELECT ${invitationColumns} FROM ${invitations} i CROSS JOIN ${channels} c ON c.id = i.channel_id
  CROSS JOIN ${users} maker ON maker.id = i.created_by`

/** The channel as the caller sees it, and somebody whom the caller wants to invite, in one round trip. */
export async function findViewAndInvitee(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
  const me = ctx.actor.userId
  const them = sql`u.id`
  const [rows, [invitee]] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<Invitee>(sql`
      SELECT u.id AS userId, u.username, u.name, ${areFriends(me, them)} AS isFriend,
        ${shareRoomOrGroup(me, them)} AS shares, ${areBlocked(me, them)} AS isBlocked, s.may_invite AS mayInvite,
        EXISTS (SELECT 1 FROM ${memberships} m WHERE m.channel_id = c.id AND m.user_id = u.id AND m.state = 'active')
          AS isMember,
        NOT ${isNotBanned(them, ctx.now())} AS isBanned
      FROM ${users} u CROSS JOIN ${channels} c ON c.id = ${channelId}
      LEFT JOIN ${userSettings} s ON s.user_id = u.id
      WHERE u.id = ${userId} AND ${canBeMet(them)}`),
  ])
  return { rows, invitee: invitee ?? null }
}

/**
 * Invites somebody, unless there is an open invitation already, which stays. Without one in the reply, `max` are open
 * (`full`), or what was read has changed.
 */
export async function insertInvitation(
  ctx: UserCtx,
  { view, role, userId, max }: { view: ChannelView; role: MemberRole; userId: string; max: number },
) {
  const me = ctx.actor.userId
  const now = ctx.now()
  const id = ctx.newId('invitation')
  const isOpen = sql`i.channel_id = ${view.id} AND i.state = 'open'`
  const [written, , [invitation], [open]] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      INSERT INTO invitations (id, channel_id, user_id, created_by, state, created_at, updated_at)
      SELECT ${id}, c.id, ${userId}, ${me}, 'open', ${now}, ${now} FROM ${channels} c
      WHERE c.id = ${view.id} AND c.version = ${view.version} AND ${stillHolds(view.id, [{ userId: me, role }])}
        AND ${isNotBanned(userId, now)} AND NOT ${areBlocked(me, userId)}
        AND NOT EXISTS (SELECT 1 FROM ${memberships} m
          WHERE m.channel_id = c.id AND m.user_id = ${userId} AND m.state = 'active')
        AND (SELECT count(*) FROM ${invitations} i WHERE ${isOpen}) < ${max}
      ON CONFLICT DO NOTHING RETURNING id`),
    auditEvent(
      ctx,
      { event: 'member.invited', subjectId: userId, details: { channelId: view.id, kind: view.kind } },
      sql`EXISTS (SELECT 1 FROM invitations WHERE id = ${id})`,
    ),
    ctx.db.all<InvitationRow>(sql`${selectOpen} WHERE ${isOpen} AND i.user_id = ${userId}`),
    ctx.db.all<{ count: number }>(sql`SELECT count(*) AS count FROM ${invitations} i WHERE ${isOpen}`),
    recordEvent(
      ctx,
      { type: 'invitation.received', to: [userId], channelId: view.id, subjectId: id, facts: {} },
      sql`EXISTS (SELECT 1 FROM invitations WHERE id = ${id})`,
    ),
  ])
  return { invitation: invitation ?? null, isNew: written.length > 0, full: (open?.count ?? 0) >= max }
}

/** A page of the caller's open invitations, the newest first. */
export async function listOpenInvitations(
  ctx: UserCtx,
  before: { createdAt: number; id: string } | null,
  limit: number,
): Promise<InvitationRow[]> {
  const start = before ? sql`AND (i.created_at, i.id) < (${whole(before.createdAt)}, ${before.id})` : sql``
  return ctx.db.all<InvitationRow>(sql`
    ${selectOpen} WHERE i.user_id = ${ctx.actor.userId} AND i.state = 'open' ${start} AND c.deleted_at IS NULL
    ORDER BY i.created_at DESC, i.id DESC LIMIT ${limit}`)
}

const isAnswered = (invitationId: string, userId: string) => sql`
  EXISTS (SELECT 1 FROM invitations WHERE id = ${invitationId} AND user_id = ${userId} AND state <> 'open')`

/** Makes a member of the invited caller; a trigger closes the invitation. Full channels throw. */
export async function insertInvited(ctx: UserCtx, invitationId: string) {
  const me = ctx.actor.userId
  const now = ctx.now()
  const changeId = ctx.newId('change')
  const own = sql`(SELECT channel_id FROM invitations WHERE id = ${invitationId} AND user_id = ${me})`
  const [, [invitation], [entry], change] = await ctx.db.batch([
    upsertMember(
      ctx,
      changeId,
      sql`SELECT i.channel_id, i.user_id FROM ${invitations} i JOIN ${channels} c ON c.id = i.channel_id
        WHERE i.id = ${invitationId} AND i.user_id = ${me} AND i.state = 'open' AND ${takesIn(me, now)}`,
    ),
    ctx.db.all<{ state: 'open' | 'accepted' | 'declined' | 'withdrawn' }>(sql`
      SELECT state FROM ${invitations} WHERE id = ${invitationId} AND user_id = ${me}`),
    selectEntry(ctx, sql`c.id = ${own}`),
    selectChange(ctx, own, [me]),
    withdrawEvents(ctx, invitationId, isAnswered(invitationId, me)),
  ])
  return {
    state: invitation?.state ?? null,
    entry: entry ?? null,
    joined: entry?.changeId === changeId,
    change: toChange(change),
  }
}

/** What kind of channel an invitation of the caller leads to. */
export async function findInvitingKind(ctx: UserCtx, invitationId: string): Promise<ChannelKind | null> {
  const [row] = await ctx.db.all<{ kind: ChannelKind }>(sql`
    SELECT c.kind FROM ${invitations} i JOIN ${channels} c ON c.id = i.channel_id
    WHERE i.id = ${invitationId} AND i.user_id = ${ctx.actor.userId}`)
  return row?.kind ?? null
}

/** Declines an invitation of the caller. @returns what its state was, or null when there is none */
export async function updateDeclined(ctx: UserCtx, invitationId: string): Promise<string | null> {
  const me = ctx.actor.userId
  const [[before]] = await ctx.db.batch([
    ctx.db.all<{ state: string }>(sql`SELECT state FROM invitations WHERE id = ${invitationId} AND user_id = ${me}`),
    ctx.db.run(sql`
      UPDATE invitations SET state = 'declined', updated_at = ${ctx.now()}
      WHERE id = ${invitationId} AND user_id = ${me} AND state = 'open'`),
    withdrawEvents(ctx, invitationId, isAnswered(invitationId, me)),
  ])
  return before?.state ?? null
}
