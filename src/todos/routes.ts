import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { channelErrors, roomErrors } from '../channels/errors'
import { liveErrors } from '../channels/live/errors'
import { roomPaths } from '../channels/place-schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { etagOf, ifMatchHeader } from '../shared/etag'
import { validate } from '../shared/validate'
import {
  completeTodo,
  createTodo,
  deleteTodo,
  editTodo,
  listTodos,
  listTodosOfRoom,
  readTodo,
  reopenTodo,
} from './actions'
import { todoErrors } from './errors'
import {
  completedReply,
  newTodo,
  roomTodosQuery,
  todoEdit,
  todoPath,
  todoReply,
  todosQuery,
  todosReply,
} from './schemas'

const tag = 'Todos'
const { invalid } = requestErrors
const { notFound, notAllowed, assigneeNotMember, neighbourNotFound, tooNarrow, tooMany, busy } = todoErrors
const { versionConflict } = todoErrors
const { timedOut } = liveErrors
const inRoom = [roomErrors.notFound, channelErrors.membershipRequired]

export const todoRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/',
      describe({
        summary: 'Write a todo',
        description:
          'Into your own list, or with roomId into the list that the members of the room share. Those who are in the room hear of it as `todo.changed`.',
        tag,
        replies: { 201: todoReply },
        errors: [...inRoom, timedOut, assigneeNotMember, neighbourNotFound, tooNarrow, tooMany, busy, invalid],
      }),
      signedIn,
      validate('json', newTodo),
      async (c) => {
        const todo = await createTodo(c.var.ctx, c.req.valid('json'))
        return c.json(todo, 201, { Location: `/api/v1/todos/${todo.id}`, ETag: etagOf(todo.version) })
      },
    )
    .get(
      '/',
      describe({
        summary: 'List my todos',
        description:
          'Your own list by position; completed ones with the last completed first; with `scope=assigned` what you were given to do in rooms, the newest first.',
        tag,
        replies: { 200: todosReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', todosQuery),
      async (c) => c.json(await listTodos(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/:id',
      describe({ summary: 'Read a todo', tag, replies: { 200: todoReply }, errors: [notFound, invalid] }),
      signedIn,
      validate('param', todoPath),
      async (c) => {
        const todo = await readTodo(c.var.ctx, c.req.valid('param').id)
        return c.json(todo, 200, { ETag: etagOf(todo.version) })
      },
    )
    .patch(
      '/:id',
      describe({
        summary: 'Edit or move a todo',
        description:
          'Every member may edit the todos of a room. With If-Match, only the version named there is changed. Naming one kind of due date takes away the other.',
        tag,
        replies: { 200: todoReply },
        errors: [notFound, timedOut, assigneeNotMember, neighbourNotFound, tooNarrow, versionConflict, busy, invalid],
      }),
      signedIn,
      validate('param', todoPath),
      validate('header', ifMatchHeader),
      validate('json', todoEdit),
      async (c) => {
        const ifMatch = c.req.valid('header')['if-match']
        const todo = await editTodo(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch)
        return c.json(todo, 200, { ETag: etagOf(todo.version) })
      },
    )
    .delete(
      '/:id',
      describe({
        summary: 'Delete a todo',
        description: 'In a room for who wrote it and for who looks after the room.',
        tag,
        replies: { 204: null },
        errors: [notFound, notAllowed, timedOut, versionConflict, invalid],
      }),
      signedIn,
      validate('param', todoPath),
      validate('header', ifMatchHeader),
      async (c) => {
        await deleteTodo(c.var.ctx, c.req.valid('param').id, c.req.valid('header')['if-match'])
        return c.body(null, 204)
      },
    )
    .post(
      '/:id/complete',
      describe({
        summary: 'Complete a todo',
        description:
          'One that repeats makes the next one, in the same place of the list, once; `next` is that. Completing again changes nothing.',
        tag,
        replies: { 200: completedReply },
        errors: [notFound, timedOut, busy, invalid],
      }),
      signedIn,
      validate('param', todoPath),
      async (c) => {
        const todo = await completeTodo(c.var.ctx, c.req.valid('param').id)
        return c.json(todo, 200, { ETag: etagOf(todo.version) })
      },
    )
    .post(
      '/:id/reopen',
      describe({
        summary: 'Open a completed todo again',
        description:
          'Takes back the next one that its completion made, unless somebody has changed or completed that. Reopening again changes nothing.',
        tag,
        replies: { 200: todoReply },
        errors: [notFound, timedOut, tooMany, busy, invalid],
      }),
      signedIn,
      validate('param', todoPath),
      async (c) => {
        const todo = await reopenTodo(c.var.ctx, c.req.valid('param').id)
        return c.json(todo, 200, { ETag: etagOf(todo.version) })
      },
    )

/** Below /rooms. */
export const roomTodoRoutes = () =>
  new Hono<AppEnv>().get(
    '/:id/todos',
    describe({
      summary: 'List the todos of a room',
      description: 'For its members: open ones by position, or completed ones with the last completed first.',
      tag,
      replies: { 200: todosReply },
      errors: [...inRoom, pageErrors.badCursor, invalid],
    }),
    signedIn,
    validate('param', roomPaths.path),
    validate('query', roomTodosQuery),
    async (c) => c.json(await listTodosOfRoom(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
