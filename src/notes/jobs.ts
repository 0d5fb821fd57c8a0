import type { Ctx } from '../app/context'
import { forgetReads } from './actions'

/** What counts readers once a day is of no use afterwards. */
export async function sweepNoteReads(ctx: Ctx): Promise<void> {
  await forgetReads(ctx, 5000)
}
