import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { materials } from './tables'

/**
 * Takes materials out of these rooms, at most so many: each stays its owner's. Shares go, because they were for members:
 * out of the room they would let in again who had left it.
 * @returns how many there were
 */
export async function giveBackMaterialsOf(ctx: Ctx, roomIds: string[], limit: number): Promise<number> {
  const some = sql`(SELECT id FROM materials WHERE room_id IN (SELECT value FROM json_each(${JSON.stringify(roomIds)}))
    AND room_id IS NOT NULL LIMIT ${limit})`
  const [, given] = await ctx.db.batch([
    ctx.db.run(sql`DELETE FROM material_shares WHERE material_id IN ${some} AND permission <> 'owner'`),
    ctx.db.all<{ id: string }>(sql`
      UPDATE ${materials} SET room_id = NULL, version = version + 1, change_id = ${ctx.newId('change')},
        updated_at = ${ctx.now()}
      WHERE id IN ${some} RETURNING id`),
  ])
  return given.length
}
