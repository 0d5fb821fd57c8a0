import { generateKeyBetween } from 'fractional-indexing'
import type { UserCtx } from '../app/context'
import { tellRoom } from '../channels/live/actions'
import type { TodoChange } from '../channels/live/contract'
import { requireMember, requireNoTimeout, requireWriter } from '../channels/standing/actions'
import { refusedBy } from '../shared/db'
import { requestErrors } from '../shared/errors'
import { allowsVersion } from '../shared/etag'
import { cutPage } from '../shared/page'
import { untilWritten as retry } from '../shared/until-written'
import { proveActivity } from '../study/actions/activity'
import { avatarUrl } from '../users/rules'
import { accessReopening, updateCompleted, updateReopened } from './completion-store'
import { todoErrors } from './errors'
import { listAssignedTodos, listOwnTodos, listRoomTodos } from './list-store'
import { following, remindAt, schedule } from './repeats'
import { canDeleteTodo, maxPositionLength } from './rules'
import type { NewTodo, PositionInput, RoomTodosQuery, Todo, TodoEdit, TodosQuery } from './schemas'
import {
  accessTodo,
  accessTodoAndPlace,
  findList,
  type Place,
  type Surroundings,
  type TodoInHand,
  type TodoView,
} from './store'
import { deleteTodoRow, insertTodo, type TodoFields, updateTodo } from './write-store'

const isoOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString())

function toTodo(view: TodoView): Todo {
  const { id, roomId, text, authorId, assigneeId, dueOn, repeat, position, completedBy, version } = view
  return {
    ...{ id, roomId, text, createdBy: authorId },
    assignee:
      assigneeId === null
        ? null
        : { id: assigneeId, name: view.assigneeName ?? '', avatarUrl: avatarUrl(view.assigneeAvatarKey) },
    ...{ dueOn, dueAt: isoOrNull(view.dueAt), repeat, position },
    ...{ completedAt: isoOrNull(view.completedAt), completedBy, version },
    createdAt: new Date(view.createdAt).toISOString(),
    updatedAt: new Date(view.updatedAt).toISOString(),
  }
}

/** A place in the list that somebody else has just taken counts as a miss, too. @throws todo.busy after ten misses */
const untilWritten = <T>(attempt: () => Promise<T | null>) =>
  retry(async () => {
    return attempt().catch((error: unknown) => {
      if (refusedBy(error) === 'todos.list_id, todos.position') return null
      throw error
    })
  }, todoErrors.busy)

const placeOf = (position: PositionInput | undefined): Place => {
  if (position === undefined) return { end: true }
  if (typeof position === 'string') return { key: position }
  return { beside: 'after' in position ? position.after : position.before }
}

/** @throws todo.neighbour_not_found, todo.too_narrow */
function keyFor(position: PositionInput | undefined, around: Surroundings | null): string {
  if (!around) throw todoErrors.neighbourNotFound()
  if (typeof position === 'string' && around.anchor === null) return position
  const isBefore = typeof position === 'object' && 'before' in position
  const key = isBefore
    ? generateKeyBetween(around.below, around.anchor)
    : generateKeyBetween(around.anchor, around.above)
  if (key.length > maxPositionLength) throw todoErrors.tooNarrow()
  return key
}

/** Tells who is in the room now. What is missed is seen in the next list. */
async function tell(
  ctx: UserCtx,
  todo: Pick<TodoView, 'id' | 'roomId'>,
  change: TodoChange['change'],
  shown: Todo | null,
) {
  if (todo.roomId !== null)
    await tellRoom(ctx, todo.roomId, { change, todoId: todo.id, userId: ctx.actor.userId, todo: shown })
}

/**
 * @throws room.not_found, channel.membership_required, channel.timed_out, todo.assignee_not_member, todo.too_many,
 *   todo.neighbour_not_found, todo.too_narrow
 */
export async function createTodo(ctx: UserCtx, input: NewTodo): Promise<Todo> {
  const { text, roomId = null, assigneeId = null, dueOn = null, dueAt = null, repeat = null, position } = input
  const view = await untilWritten(async () => {
    const list = await findList(ctx, { roomId, assigneeId, place: placeOf(position) })
    if (roomId !== null) requireWriter(list.standing, ctx.now())
    if (!list.assigneeFits) throw todoErrors.assigneeNotMember()
    if (list.isFull) throw todoErrors.tooMany()
    const due = { dueOn, dueAt: dueAt === null ? null : Date.parse(dueAt), repeat }
    const planned = schedule(due, list.zone, ctx.now())
    const place = keyFor(position, list.around)
    const fields = { text, assigneeId, ...planned, position: place, remindAt: remindAt(planned, list.zone) }
    return insertTodo(ctx, roomId, fields)
  })
  proveActivity(ctx)
  const todo = toTodo(view)
  await tell(ctx, view, 'created', todo)
  return todo
}

/** @throws todo.not_found */
export async function readTodo(ctx: UserCtx, todoId: string): Promise<Todo> {
  return toTodo(await accessTodo(ctx, todoId))
}

/** @throws page.bad_cursor */
export async function listTodos(ctx: UserCtx, { scope, state, limit, cursor }: TodosQuery) {
  const binding = `todos ${ctx.actor.userId} ${scope} ${state}`
  const after = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const options = { after, limit: limit + 1 }
  const found = scope === 'assigned' ? listAssignedTodos(ctx, options) : listOwnTodos(ctx, state, options)
  return pageOfTodos(ctx, binding, await found, limit, scope === 'assigned' ? 'assigned' : state)
}

/** @throws room.not_found, channel.membership_required, page.bad_cursor */
export async function listTodosOfRoom(ctx: UserCtx, roomId: string, { state, limit, cursor }: RoomTodosQuery) {
  const binding = `todos ${ctx.actor.userId} ${roomId} ${state}`
  const after = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const { standing, todos } = await listRoomTodos(ctx, roomId, state, { after, limit: limit + 1 })
  requireMember(standing)
  return pageOfTodos(ctx, binding, todos, limit, state)
}

const positionOf = {
  open: (todo: TodoView) => [todo.position],
  completed: (todo: TodoView) => [todo.completedAt ?? 0, todo.id],
  assigned: (todo: TodoView) => [todo.id],
}

async function pageOfTodos(
  ctx: UserCtx,
  binding: string,
  found: TodoView[],
  limit: number,
  order: keyof typeof positionOf,
) {
  const { rows, last } = cutPage(found, limit)
  return { data: rows.map(toTodo), nextCursor: last && (await ctx.cursors.encode(binding, positionOf[order](last))) }
}

/**
 * @throws todo.not_found, channel.timed_out, todo.version_conflict, todo.assignee_not_member, todo.neighbour_not_found,
 *   todo.too_narrow, request.invalid
 */
export async function editTodo(ctx: UserCtx, todoId: string, edit: TodoEdit, ifMatch?: string): Promise<Todo> {
  const view = await untilWritten(async () => {
    const { todo, around } = await accessTodoAndPlace(ctx, todoId, placeOf(edit.position))
    requireNoTimeout(todo.mutedUntil, ctx.now())
    requireVersion(todo, ifMatch)
    if (Object.keys(edit).length === 0) return todo
    if (edit.assigneeId && todo.roomId === null)
      throw invalid('assigneeId', 'needs a room: personal todos are your own')
    if (edit.position !== undefined && todo.completedAt !== null)
      throw invalid('position', 'is that of open todos only: reopen it first')
    const position = edit.position === undefined ? todo.position : keyFor(edit.position, around)
    const fields = editedFields(ctx, todo, edit)
    const written = await updateTodo(ctx, todo, { ...fields, position, remindAt: remindAt(fields, todo.zone) })
    // Missed: either it was changed, which the next reading shows, or the person to give it to is no member.
    if (!written && edit.assigneeId) await requireSameVersion(ctx, todo)
    return written
  })
  proveActivity(ctx)
  const todo = toTodo(view)
  await tell(ctx, view, 'updated', todo)
  return todo
}

const invalid = (field: string, message: string) =>
  requestErrors.invalid({ errors: [{ field: `body.${field}`, message }] })

/** @throws todo.version_conflict with the todo as it is now */
function requireVersion(todo: TodoInHand, ifMatch: string | undefined): void {
  if (!allowsVersion(ifMatch, todo.version))
    throw todoErrors.versionConflict({ extra: { version: todo.version, current: toTodo(todo) } })
}

/** @throws todo.assignee_not_member when the todo is as it was, so that only the assignee can have refused */
async function requireSameVersion(ctx: UserCtx, seen: TodoInHand): Promise<void> {
  const now = await accessTodo(ctx, seen.id)
  if (now.version === seen.version) throw todoErrors.assigneeNotMember()
}

/** What a todo says once it is edited. A new due date, or a new repeat, counts repeats anew from there. */
function editedFields(ctx: UserCtx, todo: TodoInHand, edit: TodoEdit): Omit<TodoFields, 'position' | 'remindAt'> {
  const text = edit.text ?? todo.text
  const assigneeId = edit.assigneeId === undefined ? todo.assigneeId : edit.assigneeId
  const { dueOn, dueAt, repeat, repeatFrom, repeatBegan } = todo
  if (edit.dueOn === undefined && edit.dueAt === undefined && edit.repeat === undefined)
    return { text, assigneeId, dueOn, dueAt, repeat, repeatFrom, repeatBegan }
  // A todo has one due date: naming the one kind takes away the other.
  const due = {
    dueOn: edit.dueOn === undefined ? (edit.dueAt ? null : dueOn) : edit.dueOn,
    dueAt: edit.dueAt === undefined ? (edit.dueOn ? null : dueAt) : edit.dueAt === null ? null : Date.parse(edit.dueAt),
    repeat: edit.repeat === undefined ? repeat : edit.repeat,
  }
  if (due.repeat && due.dueOn === null && due.dueAt === null && !edit.repeat)
    throw invalid('dueOn', 'is needed by a todo that repeats: set repeat to null, too')
  return { text, assigneeId, ...schedule(due, todo.zone, ctx.now()) }
}

/** Completing again changes nothing. @throws todo.not_found, channel.timed_out */
export async function completeTodo(ctx: UserCtx, todoId: string): Promise<Todo & { next: Todo | null }> {
  const { todo, next, isNew } = await untilWritten(async () => {
    const seen = await accessTodo(ctx, todoId)
    if (seen.completedAt !== null) return { todo: seen as TodoView, next: null, isNew: false }
    requireNoTimeout(seen.mutedUntil, ctx.now())
    const then = following(seen, seen.zone, ctx.now())
    const written = await updateCompleted(ctx, seen, then && { ...then, remindAt: remindAt(then, seen.zone) })
    return written && { ...written, isNew: true }
  })
  proveActivity(ctx)
  const [shown, shownNext] = [toTodo(todo), next && toTodo(next)]
  if (isNew) await tell(ctx, todo, 'completed', shown)
  if (next) await tell(ctx, next, 'created', shownNext)
  return { ...shown, next: shownNext }
}

/** Opens a completed todo again; one that is open stays as it is. @throws todo.not_found, channel.timed_out, todo.too_many */
export async function reopenTodo(ctx: UserCtx, todoId: string): Promise<Todo> {
  const { todo, removedId, isNew } = await untilWritten(async () => {
    const { todo: seen, isTaken, above } = await accessReopening(ctx, todoId)
    if (seen.completedAt === null) return { todo: seen as TodoView, removedId: null, isNew: false }
    requireNoTimeout(seen.mutedUntil, ctx.now())
    const position = isTaken ? generateKeyBetween(seen.position, above) : seen.position
    const written = await updateReopened(ctx, seen, { position, remindAt: remindAt(seen, seen.zone) })
    if (!written.todo && written.isFull) throw todoErrors.tooMany()
    return written.todo && { todo: written.todo, removedId: written.removedId, isNew: true }
  })
  proveActivity(ctx)
  const shown = toTodo(todo)
  if (removedId !== null) await tell(ctx, { id: removedId, roomId: todo.roomId }, 'deleted', null)
  if (isNew) await tell(ctx, todo, 'reopened', shown)
  return shown
}

/** @throws todo.not_found, todo.not_allowed, channel.timed_out, todo.version_conflict */
export async function deleteTodo(ctx: UserCtx, todoId: string, ifMatch?: string): Promise<void> {
  const todo = await accessTodo(ctx, todoId)
  if (!canDeleteTodo({ ...todo, viewerId: ctx.actor.userId })) throw todoErrors.notAllowed()
  requireNoTimeout(todo.mutedUntil, ctx.now())
  requireVersion(todo, ifMatch)
  if (!(await deleteTodoRow(ctx, todo))) throw todoErrors.notFound()
  await tell(ctx, todo, 'deleted', null)
}
