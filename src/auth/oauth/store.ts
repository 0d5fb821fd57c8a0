import { sql } from 'drizzle-orm'
import type { Ctx } from '../../app/context'
import { oauthStates } from './tables'

/** Deletes up to `limit` sign-ins that have not come back in time. Safe to repeat. */
export async function deleteOldOauthStates(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM ${oauthStates} WHERE hash IN
      (SELECT hash FROM ${oauthStates} WHERE expires_at <= ${ctx.now()} ORDER BY expires_at LIMIT ${limit})`)
}
