import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import type { MemberRole } from '../channels/live/contract'
import type { StandingRow } from '../channels/standing/rules'
import { isMemberOf, mayWriteIn, mutedUntilIn, roleIn, selectStanding } from '../channels/standing/tables'
import { recordEvent, withdrawEvents } from '../outbox/actions'
import { cancelReminders, scheduleReminder } from '../outbox/reminders/actions'
import { users } from '../users/tables'
import { todoErrors } from './errors'
import { canSeeTodo, type Repeat } from './rules'
import { todos } from './tables'

/** A todo as one person sees it. */
export interface TodoView {
  id: string
  authorId: string
  roomId: string | null
  text: string
  assigneeId: string | null
  assigneeName: string | null
  assigneeAvatarKey: string | null
  dueOn: string | null
  dueAt: number | null
  repeat: Repeat | null
  position: string
  completedAt: number | null
  completedBy: string | null
  version: number
  createdAt: number
  updatedAt: number
}

export type ViewRow = Omit<TodoView, 'repeat'> & { repeat: string | null }

export const viewColumns = sql`
  t.id, t.author_id AS authorId, t.room_id AS roomId, t.text, t.assignee_id AS assigneeId, assignee.name AS assigneeName,
  assignee.avatar_key AS assigneeAvatarKey, t.due_on AS dueOn, t.due_at AS dueAt, t.repeat, t.position,
  t.completed_at AS completedAt, t.completed_by AS completedBy, t.version, t.created_at AS createdAt,
  t.updated_at AS updatedAt`

export const joinAssignee = sql`LEFT JOIN ${users} assignee ON assignee.id = t.assignee_id`

export const toView = <Row extends ViewRow>(row: Row): Omit<Row, 'repeat'> & TodoView => ({
  ...row,
  repeat: row.repeat === null ? null : JSON.parse(row.repeat),
})

const selectView = (ctx: UserCtx, where: SQL) =>
  ctx.db.all<ViewRow>(sql`SELECT ${viewColumns} FROM ${todos} t ${joinAssignee} WHERE ${where}`)

/** A todo with all that a change of it is decided on. */
export interface TodoInHand extends TodoView {
  repeatFrom: string | null
  repeatBegan: string | null
  /** The author's time zone. */
  zone: string
  role: MemberRole | null
  mutedUntil: number | null
}

const selectInHand = (ctx: UserCtx, todoId: string) =>
  ctx.db.all<Omit<TodoInHand, 'repeat'> & { repeat: string | null }>(sql`
    SELECT ${viewColumns}, t.repeat_from AS repeatFrom, t.repeat_began AS repeatBegan, author.timezone AS zone,
      ${roleIn(ctx.actor.userId, sql`t.room_id`)} AS role, ${mutedUntilIn(ctx.actor.userId, sql`t.room_id`)} AS mutedUntil
    FROM ${todos} t ${joinAssignee} JOIN ${users} author ON author.id = t.author_id WHERE t.id = ${todoId}`)

function requireSeen(ctx: UserCtx, row: Awaited<ReturnType<typeof selectInHand>>[number] | undefined): TodoInHand {
  if (!row || !canSeeTodo({ ...row, viewerId: ctx.actor.userId })) throw todoErrors.notFound()
  return toView(row)
}

/** @throws todo.not_found */
export async function accessTodo(ctx: UserCtx, todoId: string): Promise<TodoInHand> {
  const [row] = await selectInHand(ctx, todoId)
  return requireSeen(ctx, row)
}

/** Where a todo is to stand: the end, beside another one, or at a key. */
export type Place = { end: true } | { beside: string } | { key: string }

/** What stands around a place. `anchor` is what it is named by: the last key, the neighbour's, or the taken one. */
export interface Surroundings {
  anchor: string | null
  above: string | null
  below: string | null
}

/** The statement that reads what stands around a place in a list. No row: the neighbour is not open in it. */
function selectSurroundings(ctx: UserCtx, listId: string | SQL, place: Place) {
  const open = sql`FROM todos AS o WHERE o.list_id = ${listId} AND o.completed_at IS NULL`
  const anchor =
    'beside' in place
      ? sql`SELECT o.position AS key ${open} AND o.id = ${place.beside}`
      : 'key' in place
        ? sql`SELECT (SELECT o.position ${open} AND o.position = ${place.key}) AS key`
        : sql`SELECT (SELECT max(o.position) ${open}) AS key`
  return ctx.db.all<Surroundings>(sql`
    SELECT at.key AS anchor, (SELECT min(o.position) ${open} AND o.position > at.key) AS above,
      (SELECT max(o.position) ${open} AND o.position < at.key) AS below FROM (${anchor}) AS at`)
}

/** @throws todo.not_found */
export async function accessTodoAndPlace(ctx: UserCtx, todoId: string, place: Place) {
  const [[row], [around]] = await ctx.db.batch([
    selectInHand(ctx, todoId),
    selectSurroundings(ctx, sql`(SELECT list_id FROM todos WHERE id = ${todoId})`, place),
  ])
  return { todo: requireSeen(ctx, row), around: around ?? null }
}

const hasRoomForMore = (listId: string, max: number) => sql`
  (SELECT count(*) FROM (SELECT 1 FROM todos AS o WHERE o.list_id = ${listId} AND o.completed_at IS NULL LIMIT ${max})) < ${max}`

interface NewPlace {
  roomId: string | null
  assigneeId: string | null
  place: Place
}

/** All that a new todo is decided on, in one round trip. */
export async function findList(ctx: UserCtx, { roomId, assigneeId, place }: NewPlace) {
  const me = ctx.actor.userId
  const listId = roomId ?? me
  const [[standing], [around], [facts]] = await ctx.db.batch([
    ctx.db.all<StandingRow>(selectStanding(me, roomId ?? '')),
    selectSurroundings(ctx, listId, place),
    ctx.db.all<{ zone: string; isFull: number; assigneeFits: number }>(sql`
      SELECT timezone AS zone, NOT ${hasRoomForMore(listId, ctx.config.TODOS_PER_LIST)} AS isFull,
        ${fits(assigneeId, roomId)} AS assigneeFits FROM ${users} WHERE id = ${me}`),
  ])
  return {
    standing,
    around: around ?? null,
    zone: facts?.zone ?? 'UTC',
    isFull: facts?.isFull === 1,
    assigneeFits: facts?.assigneeFits === 1,
  }
}

/** Holds for nobody, and for an active member of the room. */
const fits = (assigneeId: string | null, roomId: string | null): SQL =>
  assigneeId === null ? sql`1` : isMemberOf(assigneeId, roomId ?? '')

const mayWrite = (ctx: UserCtx, roomId: string | null): SQL =>
  roomId === null ? sql`1` : mayWriteIn(ctx.actor.userId, roomId, ctx.now())

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
