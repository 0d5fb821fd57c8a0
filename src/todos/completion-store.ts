import { sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { withdrawEvents } from '../outbox/actions'
import { cancelReminders, scheduleReminder } from '../outbox/reminders/actions'
import { hasRoomForMore, mayWrite, requireSeen, selectInHand, selectView, type TodoInHand, toView } from './store'
import type { TodoFields } from './write-store'

/** What the next of a repeating todo has of its own. */
export type NextFields = Pick<TodoFields, 'dueOn' | 'dueAt' | 'remindAt'>

/**
 * Completes an open todo, and makes the next one in the same batch, in the same place of the list: at most one, whatever
 * happens at once or again. Null when the todo was changed since.
 */
export async function updateCompleted(ctx: UserCtx, seen: TodoInHand, next: NextFields | null) {
  const changeId = ctx.newId('change')
  const nextId = ctx.newId('todo')
  const remindAt = next?.remindAt ?? 0
  const userId = seen.assigneeId ?? seen.authorId
  const now = ctx.now()
  const done = sql`id = ${seen.id} AND change_id = ${changeId}`
  const [, , [row], [following]] = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE todos SET completed_at = ${now}, completed_by = ${ctx.actor.userId}, version = version + 1,
        change_id = ${changeId}, updated_at = ${now}
      WHERE id = ${seen.id} AND version = ${seen.version} AND completed_at IS NULL AND ${mayWrite(ctx, seen.roomId)}`),
    ctx.db.run(sql`
      INSERT INTO todos (id, author_id, room_id, list_id, text, assignee_id, due_on, due_at, repeat, repeat_from,
        repeat_began, position, previous_id, change_id, created_at, updated_at)
      SELECT ${nextId}, author_id, room_id, list_id, text, assignee_id, ${next?.dueOn ?? null},
        ${next?.dueAt ?? null}, repeat, repeat_from, repeat_began, position, id, ${changeId}, ${now}, ${now}
      FROM todos WHERE ${done} AND ${next !== null}
      ON CONFLICT (previous_id) WHERE previous_id IS NOT NULL DO NOTHING`),
    selectView(ctx, sql`t.id = ${seen.id} AND t.change_id = ${changeId}`),
    selectView(ctx, sql`t.previous_id = ${seen.id} AND t.change_id = ${changeId}`),
    cancelReminders(ctx, { subjectId: seen.id }, sql`EXISTS (SELECT 1 FROM todos WHERE ${done})`),
    withdrawEvents(ctx, seen.id, sql`EXISTS (SELECT 1 FROM todos WHERE ${done})`),
    scheduleReminder(
      ctx,
      {
        ...{ subjectId: nextId, userId, kind: 'due', type: 'todo.due', channelId: seen.roomId, dueAt: remindAt },
        facts: { todoId: nextId, text: seen.text, dueAt: remindAt },
      },
      sql`EXISTS (SELECT 1 FROM todos WHERE id = ${nextId}) AND ${remindAt > now}`,
    ),
  ])
  return row ? { todo: toView(row), next: following ? toView(following) : null } : null
}

/** The todo that follows a completed one, while nobody has touched it. */
const isUntouchedSuccessor = (todoId: string) => sql`previous_id = ${todoId} AND completed_at IS NULL AND version = 1`

/** What a reopening is decided on besides the todo: whether its old place is taken, and what comes behind it. */
export async function accessReopening(ctx: UserCtx, todoId: string) {
  const listId = sql`(SELECT list_id FROM todos WHERE id = ${todoId})`
  const position = sql`(SELECT position FROM todos WHERE id = ${todoId})`
  const others = sql`FROM todos AS o WHERE o.list_id = ${listId} AND o.completed_at IS NULL
    AND o.id NOT IN (SELECT id FROM todos WHERE ${isUntouchedSuccessor(todoId)})`
  const [[row], [around]] = await ctx.db.batch([
    selectInHand(ctx, todoId),
    ctx.db.all<{ isTaken: number; above: string | null }>(sql`
      SELECT EXISTS (SELECT 1 ${others} AND o.position = ${position}) AS isTaken,
        (SELECT min(o.position) ${others} AND o.position > ${position}) AS above`),
  ])
  return { todo: requireSeen(ctx, row), isTaken: around?.isTaken === 1, above: around?.above ?? null }
}

/**
 * Opens a completed todo again, and takes back the next one that its completion made unless somebody has touched that.
 * Null when the todo was changed since; `isFull` when the list has as many open ones as it may.
 */
export async function updateReopened(
  ctx: UserCtx,
  seen: TodoInHand,
  { position, remindAt }: Pick<TodoFields, 'position' | 'remindAt'>,
) {
  const changeId = ctx.newId('change')
  const listId = seen.roomId ?? seen.authorId
  const isStill = sql`EXISTS (SELECT 1 FROM todos AS done WHERE done.id = ${seen.id} AND done.version = ${seen.version}
    AND done.completed_at IS NOT NULL) AND ${mayWrite(ctx, seen.roomId)}`
  const reminder = { todoId: seen.id, text: seen.text, dueAt: remindAt ?? 0 }
  const [, removed, , [row], [list]] = await ctx.db.batch([
    cancelReminders(ctx, {
      subjectId: sql`(SELECT id FROM todos WHERE ${isUntouchedSuccessor(seen.id)} AND ${isStill})`,
    }),
    ctx.db.all<{ id: string }>(sql`
      DELETE FROM todos WHERE ${isUntouchedSuccessor(seen.id)} AND ${isStill} RETURNING id`),
    ctx.db.run(sql`
      UPDATE todos SET completed_at = NULL, completed_by = NULL, position = ${position}, version = version + 1,
        change_id = ${changeId}, updated_at = ${ctx.now()}
      WHERE id = ${seen.id} AND ${isStill} AND ${hasRoomForMore(listId, ctx.config.TODOS_PER_LIST)}`),
    selectView(ctx, sql`t.id = ${seen.id} AND t.change_id = ${changeId}`),
    ctx.db.all<{ isFull: number }>(sql`
      SELECT NOT ${hasRoomForMore(listId, ctx.config.TODOS_PER_LIST)} AS isFull`),
    scheduleReminder(
      ctx,
      {
        ...{ subjectId: seen.id, userId: seen.assigneeId ?? seen.authorId, kind: 'due', type: 'todo.due' },
        ...{ channelId: seen.roomId, facts: reminder, dueAt: reminder.dueAt },
      },
      sql`EXISTS (SELECT 1 FROM todos WHERE id = ${seen.id} AND change_id = ${changeId}) AND ${reminder.dueAt > ctx.now()}`,
    ),
  ])
  return { todo: row ? toView(row) : null, removedId: removed[0]?.id ?? null, isFull: list?.isFull === 1 }
}
