import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import type { MemberRole } from '../channels/live/contract'
import type { StandingRow } from '../channels/standing/rules'
import { isMemberOf, mayWriteWhere, mutedUntilIn, roleIn, selectStanding } from '../channels/standing/tables'
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

/** The statement that reads todos as lists show them. */
export const selectView = (ctx: UserCtx, where: SQL) =>
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

/** The statement that reads a todo, whether or not the caller may see it; for `requireSeen`. */
export const selectInHand = (ctx: UserCtx, todoId: string) =>
  ctx.db.all<Omit<TodoInHand, 'repeat'> & { repeat: string | null }>(sql`
    SELECT ${viewColumns}, t.repeat_from AS repeatFrom, t.repeat_began AS repeatBegan, author.timezone AS zone,
      ${roleIn(ctx.actor.userId, sql`t.room_id`)} AS role, ${mutedUntilIn(ctx.actor.userId, sql`t.room_id`)} AS mutedUntil
    FROM ${todos} t ${joinAssignee} JOIN ${users} author ON author.id = t.author_id WHERE t.id = ${todoId}`)

/** @throws todo.not_found, the same for what is absent and what the caller may not see */
export function requireSeen(
  ctx: UserCtx,
  row: Awaited<ReturnType<typeof selectInHand>>[number] | undefined,
): TodoInHand {
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

/** Holds while one more todo may be open in the list. */
export const hasRoomForMore = (listId: string, max: number) => sql`
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
export const fits = (assigneeId: string | null, roomId: string | null): SQL =>
  assigneeId === null ? sql`1` : isMemberOf(assigneeId, roomId ?? '')

/** Holds while the caller may still write there. */
export const mayWrite = (ctx: UserCtx, roomId: string | null) => mayWriteWhere(ctx.actor.userId, roomId, ctx.now())
