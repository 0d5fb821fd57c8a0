import { textsFor } from '../texts/words'
import type { Deliver } from './deliver'

/** After quiet hours or a study session: one line of how much has waited, not each of it. */
export const showSummary: Deliver = async (ctx, { deliveryId, userId }, reader, due) => {
  const unread = due.filter(({ held }) => !held.isRead)
  if (unread.length === 0) return { ok: true }
  const notice = {
    id: deliveryId,
    type: 'notifications.summary',
    ...textsFor(reader.locale).summary(unread.length),
    subject: { count: String(unread.length) },
    createdAt: new Date(ctx.now()).toISOString(),
  }
  try {
    await ctx.inbox(userId).notify([notice], { unlessStudying: false })
    return { ok: true }
  } catch (error) {
    ctx.log.warn('inbox.unreachable', { userId, error: String(error) })
    return { ok: false, retry: true, reason: 'inbox' }
  }
}
