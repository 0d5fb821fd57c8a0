import type { Ctx } from '../app/context'
import { enqueueDueDeliveries } from './actions/deliver'
import { deleteOrphanedLog } from './delivery-store'

/** Sends to the queue what was held and is due. */
export const sweepDeliveries = (ctx: Ctx) => enqueueDueDeliveries(ctx, 500)

/** What tells of events that are forgotten is forgotten with them. */
export const forgetOldNotifications = (ctx: Ctx) => deleteOrphanedLog(ctx, 2000)
