import { generateKeyBetween } from 'fractional-indexing'
import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, line } from '../shared/text'
import { maxPositionLength } from './rules'

export const todoPath = z.lazy(() => z.strictObject({ id: idSchema('todo') }))

const dueOn = z.iso.date().describe('A calendar date; excludes dueAt.')
const dueAt = z.iso.datetime({ offset: true }).describe('A time; excludes dueOn.')

const repeat = z.lazy(() =>
  z
    .strictObject({
      frequency: z.enum(['daily', 'weekly', 'monthly']),
      interval: z.int().min(1).max(99).default(1).describe('Every how many days, weeks or months.'),
      weekdays: z
        .array(z.int().min(1).max(7))
        .max(7)
        .default([])
        .transform((days) => [...new Set(days)].sort())
        .describe('Of weekly ones; 1 is Monday. Without any: the weekday on which it is due.'),
      from: z
        .enum(['due', 'completion'])
        .default('due')
        .describe('Whether the next one is counted from when this one is due, or from when it is completed.'),
    })
    .refine(({ frequency, weekdays }) => frequency === 'weekly' || weekdays.length === 0, {
      path: ['weekdays'],
      message: 'belong to weekly repeats only',
    })
    .describe('Repeats for ten years at most, on the clocks of whoever wrote the todo.'),
)

function isPosition(key: string): boolean {
  try {
    generateKeyBetween(key, null)
    return true
  } catch {
    return false
  }
}

const position = z.lazy(() =>
  z
    .union([
      z.string().max(maxPositionLength).refine(isPosition, 'must be a fractional key, as `position` of a todo is'),
      z.strictObject({ after: idSchema('todo') }),
      z.strictObject({ before: idSchema('todo') }),
    ])
    .describe('Behind or before another open todo of the list, or a fractional key. Without it a new todo comes last.'),
)

const fields = {
  text: line(500),
  assigneeId: idSchema('user').nullable().describe('A member of the room.'),
  dueOn: dueOn.nullable(),
  dueAt: dueAt.nullable(),
  repeat: repeat.nullable(),
  position,
}

const oneDue = ({ dueOn: on, dueAt: at }: { dueOn?: string | null | undefined; dueAt?: string | null | undefined }) =>
  !on || !at
const oneDueRule = { path: ['dueAt'], message: 'excludes dueOn: a todo has one of the two' }

export const newTodo = z.lazy(() =>
  z
    .strictObject({
      ...fields,
      roomId: idSchema('room').optional(),
      assigneeId: fields.assigneeId.optional(),
      dueOn: fields.dueOn.optional(),
      dueAt: fields.dueAt.optional(),
      repeat: fields.repeat.optional(),
      position: position.optional(),
    })
    .refine(oneDue, oneDueRule)
    .refine(({ roomId, assigneeId }) => roomId !== undefined || !assigneeId, {
      path: ['assigneeId'],
      message: 'needs roomId: personal todos are your own',
    }),
)

export const todoEdit = z.lazy(() => z.strictObject(fields).partial().refine(oneDue, oneDueRule))

const state = z.enum(['open', 'completed']).default('open')

export const todosQuery = z.lazy(() =>
  z
    .strictObject({
      scope: z
        .enum(['personal', 'assigned'])
        .default('personal')
        .describe('Your own list, or what you were given to do in rooms.'),
      state: state.describe('Open ones by position, completed ones with the last completed first.'),
      ...pageQuery,
    })
    .refine(({ scope, state: wanted }) => scope === 'personal' || wanted === 'open', {
      path: ['state'],
      message: 'must be open where scope is assigned',
    }),
)

export const roomTodosQuery = z.lazy(() => z.strictObject({ state, ...pageQuery }))

export const todoReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      roomId: z.string().nullable().describe('Null in your own list.'),
      text: z.string(),
      createdBy: z.string(),
      assignee: z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() }).nullable(),
      dueOn: z.string().nullable(),
      dueAt: isoTime.nullable(),
      repeat: z
        .object({
          frequency: z.enum(['daily', 'weekly', 'monthly']),
          interval: z.int(),
          weekdays: z.array(z.int()),
          from: z.enum(['due', 'completion']),
        })
        .nullable(),
      position: z.string().describe('Sort open todos by this, byte by byte.'),
      completedAt: isoTime.nullable(),
      completedBy: z.string().nullable(),
      version: z.int(),
      createdAt: isoTime,
      updatedAt: isoTime,
    })
    .meta({ id: 'Todo' }),
)

export const completedReply = z.lazy(() =>
  todoReply
    .unwrap()
    .extend({ next: todoReply.nullable().describe('The next one of a todo that repeats.') })
    .meta({ id: 'CompletedTodo' }),
)

export const todosReply = z.lazy(() => pageOf(todoReply))

export type NewTodo = z.output<typeof newTodo>
export type TodoEdit = z.output<typeof todoEdit>
export type PositionInput = z.output<typeof position>
export type TodosQuery = z.output<typeof todosQuery>
export type RoomTodosQuery = z.output<typeof roomTodosQuery>
export type Todo = z.output<typeof todoReply>
