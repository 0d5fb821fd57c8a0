import type { Ctx } from '../app/context'
import { deleteExpiredCodes } from './store'

/** Forgets codes, and with them the addresses they were sent to, once they are of no use. */
export async function sweepCodes(ctx: Ctx): Promise<void> {
  await deleteExpiredCodes(ctx, 1000)
}
