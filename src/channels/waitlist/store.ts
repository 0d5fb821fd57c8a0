import { sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { whole } from '../../shared/db'
import { users } from '../../users/tables'
import { letsWait, selectEntry } from '../entry/store'
import type { ChannelKind } from '../live/contract'
import { channels, memberships, waitlist } from '../tables'
import { isOneOf, selectView, type ViewRow } from '../views/store'

export interface WaitingView {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  createdAt: number
}

interface OwnPlace {
  createdAt: number
  /** 1 for who is next. */
  position: number
}

/** The statement that reads where the caller stands. */
const selectPlace = (ctx: UserCtx, channelId: string) =>
  ctx.db.all<OwnPlace>(sql`
    SELECT own.created_at AS createdAt, (SELECT count(*) FROM ${waitlist} w WHERE w.channel_id = own.channel_id
      AND (w.created_at, w.user_id) <= (own.created_at, own.user_id)) AS position
    FROM ${waitlist} own WHERE own.channel_id = ${channelId} AND own.user_id = ${ctx.actor.userId}`)

const selectCount = (ctx: UserCtx, channelId: string) =>
  ctx.db.all<{ count: number }>(sql`SELECT count(*) AS count FROM ${waitlist} w WHERE w.channel_id = ${channelId}`)

/** Puts the caller at the end of the waitlist of a channel that is full, and reads what has come of it. */
export async function insertPlace(ctx: UserCtx, kinds: ChannelKind[], channelId: string, max: number) {
  const { userId } = ctx.actor
  const now = ctx.now()
  const [written, [entry], [place], [waiting]] = await ctx.db.batch([
    ctx.db.all<{ userId: string }>(sql`
      INSERT INTO waitlist (channel_id, user_id, created_at)
      SELECT c.id, ${userId}, ${now} FROM ${channels} c
      WHERE ${isOneOf(kinds, channelId)} AND ${letsWait(userId, now)}
        AND NOT EXISTS (SELECT 1 FROM ${memberships} own
          WHERE own.channel_id = c.id AND own.user_id = ${userId} AND own.state = 'active')
        AND (SELECT count(*) FROM ${waitlist} w WHERE w.channel_id = c.id) < ${max}
      ON CONFLICT DO NOTHING RETURNING user_id AS userId`),
    selectEntry(ctx, isOneOf(kinds, channelId)),
    selectPlace(ctx, channelId),
    selectCount(ctx, channelId),
  ])
  return { isNew: written.length > 0, entry: entry ?? null, place: place ?? null, count: waiting?.count ?? 0 }
}

/** Takes the caller from the waitlist, and reads the channel as the caller sees it. */
export async function deletePlace(ctx: UserCtx, kinds: ChannelKind[], channelId: string) {
  const [gone, rows] = await ctx.db.batch([
    ctx.db.all<{ userId: string }>(sql`
      DELETE FROM waitlist WHERE channel_id = ${channelId} AND user_id = ${ctx.actor.userId}
        AND EXISTS (SELECT 1 FROM channels c WHERE ${isOneOf(kinds, channelId)}) RETURNING user_id AS userId`),
    selectView(ctx, isOneOf(kinds, channelId)),
  ])
  return { isGone: gone.length > 0, rows }
}

/**
 * The channel as the caller sees it, where the caller stands, and a page of those who wait, the next first: all of
 * them for who looks after the channel, for others only themselves.
 */
export async function listWaiting(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  after: { createdAt: number; userId: string } | null,
  limit: number,
): Promise<{ rows: ViewRow[]; waiting: WaitingView[]; place: OwnPlace | null; count: number }> {
  const { userId } = ctx.actor
  const start = after ? sql`AND (w.created_at, w.user_id) > (${whole(after.createdAt)}, ${after.userId})` : sql``
  const [rows, waiting, [place], [all]] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<WaitingView>(sql`
      SELECT u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, w.created_at AS createdAt FROM ${waitlist} w
      CROSS JOIN ${users} u ON u.id = w.user_id
      WHERE w.channel_id = ${channelId} ${start} AND (w.user_id = ${userId} OR EXISTS (SELECT 1 FROM memberships AS own
        WHERE own.channel_id = ${channelId} AND own.user_id = ${userId} AND own.state = 'active' AND own.role <> 'member'))
      ORDER BY w.created_at, w.user_id LIMIT ${limit}`),
    selectPlace(ctx, channelId),
    selectCount(ctx, channelId),
  ])
  return { rows, waiting, place: place ?? null, count: all?.count ?? 0 }
}
