import type { Ctx } from '../app/context'
import { forgetOldCopies } from './store'

const atOnce = 200

/** Empties the copies in reports that were closed a year ago. */
export const sweepReports = (ctx: Ctx) => forgetOldCopies(ctx, atOnce)
