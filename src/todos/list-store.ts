import { sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import type { StandingRow } from '../channels/standing/rules'
import { selectStanding } from '../channels/standing/tables'
import { whole } from '../shared/db'
import { joinAssignee, type TodoView, toView, type ViewRow, viewColumns } from './store'
import { todos } from './tables'

interface ListOptions {
  after: readonly (string | number)[] | null
  limit: number
}

function selectList(ctx: UserCtx, listId: string, state: 'open' | 'completed', { after, limit }: ListOptions) {
  const [order, start, by] =
    state === 'open'
      ? [sql`t.completed_at IS NULL`, after && sql`AND t.position > ${after[0]}`, sql`t.position`]
      : [
          sql`t.completed_at IS NOT NULL`,
          after && sql`AND (t.completed_at, t.id) < (${whole(after[0])}, ${after[1]})`,
          sql`t.completed_at DESC, t.id DESC`,
        ]
  return ctx.db.all<ViewRow>(sql`
    SELECT ${viewColumns} FROM ${todos} t ${joinAssignee}
    WHERE t.list_id = ${listId} AND ${order} ${start ?? sql``} ORDER BY ${by} LIMIT ${limit}`)
}

export async function listOwnTodos(ctx: UserCtx, state: 'open' | 'completed', options: ListOptions) {
  return (await selectList(ctx, ctx.actor.userId, state, options)).map(toView)
}

export async function listRoomTodos(
  ctx: UserCtx,
  roomId: string,
  state: 'open' | 'completed',
  options: ListOptions,
): Promise<{ standing: StandingRow | undefined; todos: TodoView[] }> {
  const [[standing], rows] = await ctx.db.batch([
    ctx.db.all<StandingRow>(selectStanding(ctx.actor.userId, roomId)),
    selectList(ctx, roomId, state, options),
  ])
  return { standing, todos: rows.map(toView) }
}

/** Open todos that were given to the caller in rooms that live, the newest first. */
export async function listAssignedTodos(ctx: UserCtx, { after, limit }: ListOptions): Promise<TodoView[]> {
  const rows = await ctx.db.all<ViewRow>(sql`
    SELECT ${viewColumns} FROM ${todos} t CROSS JOIN channels room ON room.id = t.room_id ${joinAssignee}
    WHERE t.assignee_id = ${ctx.actor.userId} AND t.completed_at IS NULL ${after ? sql`AND t.id < ${after[0]}` : sql``}
      AND room.deleted_at IS NULL
    ORDER BY t.id DESC LIMIT ${limit}`)
  return rows.map(toView)
}
