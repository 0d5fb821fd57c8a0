import type { Ctx } from '../app/context'
import { deleteExportsOf, deleteOldExports, makeOpenExports } from './export-actions'
import { deleteErasure, type Erasure, eraseRows, listDueDeletions, listErasures } from './store'

const messagesAtOnce = 200
/** How often one run asks the same room: the rest is for the next minute. */
const callsARoom = 25

/** Erases accounts whose 14 days are over: files first, then every table at once, then the rooms one by one. */
export async function eraseDueAccounts(ctx: Ctx): Promise<void> {
  for (const { userId } of await listDueDeletions(ctx, 20)) {
    try {
      await deleteExportsOf(ctx, userId)
      await eraseRows(ctx, userId)
      ctx.log.info('user.erased', { userId })
    } catch (error) {
      ctx.log.error('user.not_erased', { userId, error: String(error) })
    }
  }
}

/** Lets rooms forget people who are erased, and their inboxes everything. An object that does not answer is asked again. */
export async function eraseFromRooms(ctx: Ctx): Promise<void> {
  for (const erasure of await listErasures(ctx, 50)) {
    try {
      if (await isForgotten(ctx, erasure)) await deleteErasure(ctx, erasure)
    } catch (error) {
      ctx.log.error('user.not_erased_from_room', { ...erasure, error: String(error) })
    }
  }
}

async function isForgotten(ctx: Ctx, { channelId, userId, messages }: Erasure): Promise<boolean> {
  if (channelId === userId) {
    await ctx.inbox(userId).erase()
    return true
  }
  for (let call = 0; call < callsARoom; call += 1) {
    const { done } = await ctx.room(channelId).eraseMember(userId, messages, messagesAtOnce)
    if (done) return true
  }
  return false
}

/** Makes copies that are still owed, and deletes those whose time is over. */
export async function tendExports(ctx: Ctx): Promise<void> {
  await makeOpenExports(ctx, 5)
  await deleteOldExports(ctx, 50)
}
