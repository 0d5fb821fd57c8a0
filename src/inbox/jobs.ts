import type { Ctx } from '../app/context'
import { deleteStaleOnline } from './store'

/** Forgets that people are online whose inbox has not said so for 20 minutes. */
export async function sweepOnline(ctx: Ctx): Promise<void> {
  await deleteStaleOnline(ctx, 500)
}
