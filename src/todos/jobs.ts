import type { Ctx } from '../app/context'
import { completedKeptMs } from './rules'
import { deleteCompletedBefore, deleteTodosOf } from './sweep-store'

/** What was done a year ago. */
export const sweepCompletedTodos = (ctx: Ctx) => deleteCompletedBefore(ctx, ctx.now() - completedKeptMs, 500)

/** What was to do in rooms that are deleted. */
export const clearTodos = deleteTodosOf
