import type { Ctx } from '../app/context'
import { type AuditEvent, insertAuditEvent } from './store'

/**
 * The statement that writes one audit row, to go into the batch of its cause. The actor is who acts now, unless named.
 * @param proof a condition that holds only if the cause was written, for batches whose first write may miss
 */
export function auditEvent(ctx: Ctx, event: AuditEvent, proof?: Parameters<typeof insertAuditEvent>[2]) {
  const actorId = event.actorId ?? (ctx.actor.kind === 'user' ? ctx.actor.userId : null)
  return insertAuditEvent(ctx, { ...event, actorId }, proof)
}
