import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { recordEvent, withdrawEvents } from '../outbox/actions'
import { cancelReminders, scheduleReminder } from '../outbox/reminders/actions'
import type { Repeat } from './rules'
import { fits, hasRoomForMore, mayWrite, selectView, type TodoInHand, type TodoView, toView } from './store'

/** What a todo says. */
export interface TodoFields {
  text: string
  assigneeId: string | null
  dueOn: string | null
  dueAt: number | null
  repeat: Repeat | null
  repeatFrom: string | null
  repeatBegan: string | null
  position: string
  /** When who it is for is reminded of it; null without a due date. */
  remindAt: number | null
}

interface Told {
  id: string
  roomId: string | null
  authorId: string
  completedAt: number | null
}

/**
 * The statements that plan the reminder of an open todo anew, and tell who has been given it, and whoever had it before
 * no more. What nobody is given is its author's to be reminded of.
 */
function tellOf(
  ctx: UserCtx,
  { id, roomId, authorId, completedAt }: Told,
  fields: TodoFields,
  before: string | null,
  proof: SQL,
) {
  const { text, assigneeId, remindAt } = fields
  const userId = assigneeId ?? authorId
  const isOpen = completedAt === null
  const isGiven = isOpen && assigneeId !== null && assigneeId !== before && assigneeId !== ctx.actor.userId
  const at = remindAt ?? 0
  const facts = { todoId: id, text, dueAt: at }
  return [
    cancelReminders(ctx, { subjectId: id }, proof),
    scheduleReminder(
      ctx,
      { subjectId: id, userId, kind: 'due', type: 'todo.due', channelId: roomId, facts, dueAt: at },
      sql`${proof} AND ${isOpen && at > ctx.now()}`,
    ),
    withdrawEvents(ctx, id, sql`${proof} AND ${assigneeId !== before}`),
    recordEvent(
      ctx,
      {
        type: 'todo.assigned',
        to: isGiven ? [userId] : [],
        channelId: roomId,
        subjectId: id,
        facts: { todoId: id, text, roomId },
      },
      proof,
    ),
  ]
}

const json = (repeat: Repeat | null) => (repeat === null ? null : JSON.stringify(repeat))

/** Writes a todo; null when what it was decided on no longer holds. */
export async function insertTodo(ctx: UserCtx, roomId: string | null, fields: TodoFields): Promise<TodoView | null> {
  const id = ctx.newId('todo')
  const me = ctx.actor.userId
  const now = ctx.now()
  const listId = roomId ?? me
  const { text, assigneeId, dueOn, dueAt, repeat, repeatFrom, repeatBegan, position } = fields
  const [, [row]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO todos (id, author_id, room_id, list_id, text, assignee_id, due_on, due_at, repeat, repeat_from,
        repeat_began, position, change_id, created_at, updated_at)
      SELECT ${id}, ${me}, ${roomId}, ${listId}, ${text}, ${assigneeId}, ${dueOn}, ${dueAt}, ${json(repeat)}, ${repeatFrom},
        ${repeatBegan}, ${position}, ${ctx.newId('change')}, ${now}, ${now}
      WHERE ${mayWrite(ctx, roomId)} AND ${fits(assigneeId, roomId)} AND ${hasRoomForMore(listId, ctx.config.TODOS_PER_LIST)}`),
    selectView(ctx, sql`t.id = ${id}`),
    ...tellOf(
      ctx,
      { id, roomId, authorId: me, completedAt: null },
      fields,
      null,
      sql`EXISTS (SELECT 1 FROM todos WHERE id = ${id})`,
    ),
  ])
  return row ? toView(row) : null
}

/** Changes a todo; null when it was changed since, or what it was decided on no longer holds. */
export async function updateTodo(ctx: UserCtx, seen: TodoInHand, fields: TodoFields): Promise<TodoView | null> {
  const changeId = ctx.newId('change')
  const { text, assigneeId, dueOn, dueAt, repeat, repeatFrom, repeatBegan, position } = fields
  // Who was assigned before is a member: triggers see to it.
  const assigneeFits = assigneeId === seen.assigneeId ? sql`1` : fits(assigneeId, seen.roomId)
  const [, [row]] = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE todos SET text = ${text}, assignee_id = ${assigneeId}, due_on = ${dueOn}, due_at = ${dueAt},
        repeat = ${json(repeat)}, repeat_from = ${repeatFrom}, repeat_began = ${repeatBegan}, position = ${position},
        version = version + 1, change_id = ${changeId}, updated_at = ${ctx.now()}
      WHERE id = ${seen.id} AND version = ${seen.version} AND ${mayWrite(ctx, seen.roomId)} AND ${assigneeFits}`),
    selectView(ctx, sql`t.id = ${seen.id} AND t.change_id = ${changeId}`),
    ...tellOf(
      ctx,
      seen,
      fields,
      seen.assigneeId,
      sql`EXISTS (SELECT 1 FROM todos WHERE id = ${seen.id} AND change_id = ${changeId})`,
    ),
  ])
  return row ? toView(row) : null
}

/** Deletes a todo; false when the caller may not any more, or it is gone. A moderator's deletion leaves an audit row. */
export async function deleteTodoRow(ctx: UserCtx, seen: TodoInHand): Promise<boolean> {
  const me = ctx.actor.userId
  const proof = seen.roomId === null ? sql`author_id = ${me}` : mayWrite(ctx, seen.roomId)
  const isGone = sql`NOT EXISTS (SELECT 1 FROM todos WHERE id = ${seen.id})`
  const [gone] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`DELETE FROM todos WHERE id = ${seen.id} AND ${proof} RETURNING id`),
    auditEvent(
      ctx,
      { event: 'todo.removed', subjectId: seen.authorId, details: { todoId: seen.id, roomId: seen.roomId } },
      sql`changes() = 1 AND ${seen.authorId !== me}`,
    ),
    cancelReminders(ctx, { subjectId: seen.id }, isGone),
    withdrawEvents(ctx, seen.id, isGone),
  ])
  return gone.length > 0
}
