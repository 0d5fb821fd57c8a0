import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { meetupSeries, meetups } from './tables'

/**
 * Deletes series of these channels, at most so many rows: first their meetups become single ones, which stay for whoever
 * was there.
 * @returns how many rows it wrote
 */
export async function deleteSeriesOf(ctx: Ctx, channelIds: string[], limit: number): Promise<number> {
  const series = sql`SELECT id FROM ${meetupSeries}
    WHERE channel_id IN (SELECT value FROM json_each(${JSON.stringify(channelIds)}))`
  const freed = await ctx.db.all<{ id: string }>(sql`
    UPDATE ${meetups} SET series_id = NULL WHERE id IN (
      SELECT id FROM meetups WHERE series_id IN (${series}) AND series_id IS NOT NULL LIMIT ${limit}) RETURNING id`)
  if (freed.length === limit) return limit
  const gone = await ctx.db.all<{ id: string }>(sql`
    DELETE FROM ${meetupSeries} WHERE id IN (${series} LIMIT ${limit}) RETURNING id`)
  return Math.max(freed.length, gone.length)
}
