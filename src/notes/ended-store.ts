import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { users } from '../users/tables'
import { notes } from './tables'

/**
 * Takes notes out of these rooms, at most so many: each stays its author's, with everything that it said. Those whose
 * author is gone, too, are deleted. The search index keeps the room's term until the next edit; by it alone nothing is
 * found.
 * @returns how many there were
 */
export async function giveBackNotesOf(ctx: Ctx, roomIds: string[], limit: number): Promise<number> {
  const some = sql`SELECT num FROM notes WHERE room_id IN (SELECT value FROM json_each(${JSON.stringify(roomIds)}))
    AND room_id IS NOT NULL AND visibility <> 'private' LIMIT ${limit}`
  const [gone, given] = await ctx.db.batch([
    ctx.db.all<{ num: number }>(sql`
      DELETE FROM ${notes} WHERE num IN (${some}) AND visibility = 'room'
        AND EXISTS (SELECT 1 FROM ${users} u WHERE u.id = notes.author_id AND u.status = 'deleted') RETURNING num`),
    ctx.db.all<{ num: number }>(sql`
      UPDATE ${notes} SET room_id = NULL, visibility = iif(visibility = 'room', 'private', visibility),
        version = version + 1, change_id = ${ctx.newId('change')}, updated_at = ${ctx.now()}
      WHERE num IN (${some}) RETURNING num`),
  ])
  return gone.length + given.length
}
