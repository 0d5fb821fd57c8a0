import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { recordEvent } from '../../outbox/actions'
import { deletions } from '../../privacy/tables'
import { hasReached } from '../../study/tables'
import { users } from '../../users/tables'
import type { ChannelKind } from '../live/contract'
import { selectChange, selectChangeOf, toChange } from '../store'
import { bans, channels, invitations, memberships, waitlist } from '../tables'
import { isOneOf, joinViewer, type ViewRow, viewColumns } from '../views/store'

// In all of these `c` is the channel.

/** Holds while no ban of the person does. Bans end by themselves. */
export const isNotBanned = (userId: string | SQL, now: number) => sql`
  NOT EXISTS (SELECT 1 FROM ${bans} AS ban WHERE ban.channel_id = c.id AND ban.user_id = ${userId}
    AND (ban.until IS NULL OR ban.until > ${now}))`

/** Holds while the person has an invitation to answer. */
export const isInvited = (userId: string | SQL) => sql`
  EXISTS (SELECT 1 FROM ${invitations} AS invited WHERE invited.channel_id = c.id AND invited.user_id = ${userId}
    AND invited.state = 'open')`

/** Who may come in without anybody's yes: everybody to what is public and open, otherwise the invited. */
const mayJustCome = (userId: string | SQL) =>
  sql`(c.visibility = 'public' AND c.join_policy = 'open' OR ${isInvited(userId)})`

/** Holds where the channel takes this person at all, seats aside. */
export const isFit = (userId: string | SQL, now: number) => sql`
  c.deleted_at IS NULL AND c.is_active = 1 AND c.kind IN ('room', 'group') AND ${hasReached(userId, sql`c.min_level`)}
  AND ${isNotBanned(userId, now)}`

/** Holds for people who are there: neither erased or suspended nor about to go. */
export const canBeMet = (userId: SQL) => sql`
  EXISTS (SELECT 1 FROM ${users} AS met WHERE met.id = ${userId} AND met.status = 'active')
  AND NOT EXISTS (SELECT 1 FROM ${deletions} AS leaving WHERE leaving.user_id = ${userId})`

/** Holds for those on the waitlist, `w`, who would get the next seat if they were the first. */
const isEligible = (now: number) => sql`
  ${isFit(sql`w.user_id`, now)} AND ${mayJustCome(sql`w.user_id`)} AND ${canBeMet(sql`w.user_id`)}`

/** Holds while somebody waits who comes before this person. */
export const othersFirst = (userId: string, now: number) => sql`
  EXISTS (SELECT 1 FROM ${waitlist} AS w WHERE w.channel_id = c.id AND w.user_id <> ${userId}
    AND NOT EXISTS (SELECT 1 FROM ${waitlist} AS own WHERE own.channel_id = c.id AND own.user_id = ${userId}
      AND (own.created_at, own.user_id) < (w.created_at, w.user_id))
    AND ${isEligible(now)})`

/** Holds where this person may have a seat now, if there is one: fit, and nobody waits who comes first. */
export const takesIn = (userId: string, now: number) => sql`${isFit(userId, now)} AND NOT ${othersFirst(userId, now)}`

/** The same for those who need nobody's yes. */
export const takesInDirectly = (userId: string, now: number) => sql`${mayJustCome(userId)} AND ${takesIn(userId, now)}`

/** Holds where this person may wait: fit, needs nobody's yes, and all seats are taken or promised. */
export const letsWait = (userId: string, now: number) => sql`
  ${mayJustCome(userId)} AND ${isFit(userId, now)}
  AND (c.member_count >= c.max_members OR ${othersFirst(userId, now)})`

/**
 * The statement that makes an active member of each pair that `source` yields as `channel_id` and `user_id`. An active
 * row stays as it is; a full channel refuses the whole batch by channels_capacity.
 */
export function upsertMember(ctx: Ctx, changeId: string, source: SQL) {
  const now = ctx.now()
  return ctx.db.run(sql`
    INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id)
    SELECT channel_id, user_id, 'member', 'active', ${now}, ${now}, ${changeId} FROM (${source}) WHERE true
    ON CONFLICT (channel_id, user_id) DO UPDATE SET role = 'member', state = 'active', joined_at = excluded.joined_at,
      updated_at = excluded.updated_at, rev = rev + 1, unsynced = 1, change_id = excluded.change_id
    WHERE memberships.state <> 'active'`)
}

/**
 * The statement that gives the free seats of a channel to those who wait, the first eligible first. For every batch
 * that may free a seat, behind the write that does.
 * @param proof a condition that holds only if that write took place
 */
export function promoteWaiting(ctx: Ctx, channelId: string, changeId: string, proof: SQL = sql`true`) {
  return upsertMember(
    ctx,
    changeId,
    sql`SELECT w.channel_id, w.user_id FROM ${waitlist} AS w CROSS JOIN ${channels} AS c ON c.id = w.channel_id
      WHERE w.channel_id = ${channelId} AND ${isEligible(ctx.now())} AND ${proof}
      ORDER BY w.created_at, w.user_id
      LIMIT coalesce((SELECT max(0, max_members - member_count) FROM channels WHERE id = ${channelId}), 0)`,
  )
}

/** The statement that tells those whom this change has given a seat; behind `promoteWaiting`. */
export function tellPromoted(ctx: Ctx, channelId: string, changeId: string) {
  const promoted = sql`(SELECT json_group_array(m.user_id) FROM ${memberships} m WHERE m.channel_id = ${channelId}
    AND m.unsynced = 1 AND m.change_id = ${changeId} AND m.state = 'active' AND m.role = 'member')`
  return recordEvent(ctx, { type: 'waitlist.promoted', to: promoted, actorId: null, channelId, facts: {} })
}

/** A channel as somebody sees it who wants to come in. */
export interface EntryRow extends ViewRow {
  isBanned: number
  banReason: string | null
  banUntil: number | null
  isInvited: number
  isLevelReached: number
  othersFirst: number
}

/** The statement that reads a live channel as the caller meets its door. */
export function selectEntry(ctx: UserCtx, where: SQL) {
  const { userId } = ctx.actor
  const now = ctx.now()
  return ctx.db.all<EntryRow>(sql`
    SELECT ${viewColumns}, ban.user_id IS NOT NULL AS isBanned, ban.reason AS banReason, ban.until AS banUntil,
      ${isInvited(userId)} AS isInvited, ${hasReached(userId, sql`c.min_level`)} AS isLevelReached, ${othersFirst(userId, now)} AS othersFirst
    FROM ${channels} c ${joinViewer(userId)}
    LEFT JOIN ${bans} ban ON ban.channel_id = c.id AND ban.user_id = ${userId} AND (ban.until IS NULL OR ban.until > ${now})
    WHERE ${where} AND c.deleted_at IS NULL`)
}

/** Joins a channel that takes the caller without anybody's yes, and reads what has come of it. Full ones throw. */
export async function insertMember(ctx: UserCtx, kinds: ChannelKind[], channelId: string) {
  const { userId } = ctx.actor
  const changeId = ctx.newId('change')
  const [, [entry], change] = await ctx.db.batch([
    upsertMember(
      ctx,
      changeId,
      sql`SELECT c.id AS channel_id, ${userId} AS user_id FROM channels c
        WHERE ${isOneOf(kinds, channelId)} AND ${takesInDirectly(userId, ctx.now())}`,
    ),
    selectEntry(ctx, isOneOf(kinds, channelId)),
    selectChange(ctx, channelId, [userId]),
  ])
  return { entry: entry ?? null, change: toChange(change), joined: entry?.changeId === changeId }
}

/** Gives free seats to those who wait: for seats that were freed past every batch that does. */
export async function insertWaiting(ctx: Ctx, channelId: string) {
  const changeId = ctx.newId('change')
  const [, change] = await ctx.db.batch([
    promoteWaiting(ctx, channelId, changeId),
    selectChangeOf(ctx, channelId, changeId),
    tellPromoted(ctx, channelId, changeId),
  ])
  return toChange(change)
}
