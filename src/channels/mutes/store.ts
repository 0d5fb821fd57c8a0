import { sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { mutes } from './tables'

interface MuteRow {
  until: number | null
}

/** Writes or replaces the caller's mute. @returns false for who is no active member of a channel that is there */
export async function upsertMute(ctx: UserCtx, channelId: string, until: number | null): Promise<boolean> {
  const rows = await ctx.db.all(sql`
    INSERT INTO mutes (user_id, channel_id, until, created_at)
    SELECT m.user_id, m.channel_id, ${until}, ${ctx.now()} FROM memberships m JOIN channels c ON c.id = m.channel_id
    WHERE m.channel_id = ${channelId} AND m.user_id = ${ctx.actor.userId} AND m.state = 'active' AND c.deleted_at IS NULL
    ON CONFLICT DO UPDATE SET until = excluded.until, created_at = excluded.created_at
    RETURNING 1`)
  return rows.length > 0
}

export async function deleteMute(ctx: UserCtx, channelId: string): Promise<void> {
  await ctx.db.run(sql`DELETE FROM mutes WHERE user_id = ${ctx.actor.userId} AND channel_id = ${channelId}`)
}

/** Null when the caller has not muted the channel, or the time is over. */
export async function findMute(ctx: UserCtx, channelId: string): Promise<MuteRow | null> {
  const [row] = await ctx.db.all<MuteRow>(sql`
    SELECT until FROM ${mutes} WHERE user_id = ${ctx.actor.userId} AND channel_id = ${channelId}
      AND (until IS NULL OR until > ${ctx.now()})`)
  return row ?? null
}
