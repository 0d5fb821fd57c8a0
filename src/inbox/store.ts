import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import type { ChannelKind } from '../channels/live/contract'
import { mutes } from '../channels/mutes/tables'
import { channels, memberships } from '../channels/tables'
import type { InboxSnapshot } from './contract'
import { friendsInTouch } from './live/presence'
import { selectFriendsOnline, toFriendsFound } from './live/store'
import { online } from './tables'

/** How many of a person's channels a socket hears of when it opens. */
const headsAtMost = 500

/**
 * Notes that the caller is online and reads how far their channels are, in one round trip: whatever is said from here on
 * is told to the inbox.
 */
export async function beginOnline(ctx: UserCtx, until: number): Promise<InboxSnapshot> {
  const { userId } = ctx.actor
  const [, rows, hides, friends] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO ${online} (user_id, until) VALUES (${userId}, ${until})
      ON CONFLICT DO UPDATE SET until = max(online.until, excluded.until)`),
    ctx.db.all<{ channelId: string; kind: ChannelKind; ord: number; calls: number; muted: number }>(sql`
      SELECT c.id AS channelId, c.kind, c.last_ord AS ord, c.last_calls AS calls,
        EXISTS (SELECT 1 FROM ${mutes} q WHERE q.user_id = m.user_id AND q.channel_id = c.id
          AND (q.until IS NULL OR q.until > ${ctx.now()})) AS muted
      FROM ${memberships} m CROSS JOIN ${channels} c ON c.id = m.channel_id
      WHERE m.user_id = ${userId} AND m.state = 'active' AND c.last_ord > 0 AND c.deleted_at IS NULL
      LIMIT ${headsAtMost}`),
    ...selectFriendsOnline(ctx.db, userId, ctx.now(), friendsInTouch),
  ])
  const heads = rows.map((row) => ({ ...row, muted: row.muted === 1 }))
  return { onlineUntil: until, heads, friends: toFriendsFound(hides, friends) }
}

/** Takes away what no object has taken away in time. */
export async function deleteStaleOnline(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM ${online} WHERE user_id IN
      (SELECT user_id FROM online WHERE until <= ${ctx.now()} ORDER BY until LIMIT ${limit})`)
}
