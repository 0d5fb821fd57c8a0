import { sql } from 'drizzle-orm'
import type { Ctx } from '../../app/context'
import { endedChannels } from './tables'

const among = (channelIds: string[]) => sql`channel_id IN (SELECT value FROM json_each(${JSON.stringify(channelIds)}))`

/** Deleted channels of which it is time to clear the one part or the other, the earliest first. */
export async function listEndedChannels(ctx: Ctx, isLate: boolean, limit: number): Promise<string[]> {
  const rows = await ctx.db.all<{ channelId: string }>(sql`
    SELECT channel_id AS channelId FROM ${endedChannels}
    WHERE is_late = ${isLate} AND due_at <= ${ctx.now()} ORDER BY due_at LIMIT ${limit}`)
  return rows.map(({ channelId }) => channelId)
}

/** Has them looked at once more, after so long. */
export async function postponeEndedChannels(ctx: Ctx, channelIds: string[], byMs: number): Promise<void> {
  await ctx.db.run(sql`
    UPDATE ${endedChannels} SET is_late = 1, due_at = due_at + ${byMs} WHERE ${among(channelIds)} AND is_late = 0`)
}

export async function deleteEndedChannels(ctx: Ctx, channelIds: string[]): Promise<void> {
  await ctx.db.run(sql`DELETE FROM ${endedChannels} WHERE ${among(channelIds)}`)
}
