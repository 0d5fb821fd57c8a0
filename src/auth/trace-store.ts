import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { knownAddressMs, pastSessionMs } from './rules'
import { knownAddresses, sessionChannels, sessions } from './tables'

/**
 * Forgets up to `limit` addresses that nobody has used for long, and as many sessions that could not have lived for
 * long, unless a socket of theirs is still to be closed. Safe to repeat.
 */
export async function deleteOldTraces(ctx: Ctx, limit: number): Promise<void> {
  const now = ctx.now()
  const past = sql`(SELECT id FROM ${sessions} WHERE ends_at <= ${now - pastSessionMs}
    AND NOT EXISTS (SELECT 1 FROM ${sessionChannels} WHERE session_id = sessions.id AND unsynced = 1)
    ORDER BY ends_at LIMIT ${limit})`
  await ctx.db.batch([
    ctx.db.run(sql`
      DELETE FROM ${knownAddresses} WHERE (user_id, address) IN (SELECT user_id, address FROM ${knownAddresses}
        WHERE last_used_at <= ${now - knownAddressMs} ORDER BY last_used_at LIMIT ${limit})`),
    ctx.db.run(sql`DELETE FROM ${sessionChannels} WHERE session_id IN ${past}`),
    ctx.db.run(sql`DELETE FROM ${sessions} WHERE id IN ${past}`),
  ])
}
