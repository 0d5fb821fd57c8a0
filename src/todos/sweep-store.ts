import { sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { cancelReminders } from '../outbox/reminders/actions'
import { todos } from './tables'

/** Deletes what was completed before a time, the earliest first. */
export async function deleteCompletedBefore(ctx: Ctx, at: number, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM ${todos} WHERE id IN (
      SELECT id FROM todos WHERE completed_at IS NOT NULL AND completed_at <= ${at} ORDER BY completed_at LIMIT ${limit})`)
}

/** Deletes todos of these rooms, at most so many, and with them who would be reminded. @returns how many there were */
export async function deleteTodosOf(ctx: Ctx, roomIds: string[], limit: number): Promise<number> {
  const inRooms = sql`list_id IN (SELECT value FROM json_each(${JSON.stringify(roomIds)}))`
  // Two indexes hold the todos of a list: one has the open ones, the other those that are completed.
  const found = await ctx.db.all<{ id: string }>(sql`
    SELECT id FROM ${todos} WHERE ${inRooms} AND completed_at IS NULL
    UNION ALL SELECT id FROM ${todos} WHERE ${inRooms} AND completed_at IS NOT NULL LIMIT ${limit}`)
  if (found.length === 0) return 0
  const ids = found.map(({ id }) => id)
  await ctx.db.batch([
    cancelReminders(ctx, { subjectIds: ids }),
    ctx.db.run(sql`DELETE FROM ${todos} WHERE id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`),
  ])
  return ids.length
}
