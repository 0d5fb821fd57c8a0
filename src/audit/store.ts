import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { auditLog } from './tables'

export interface AuditEvent {
  event: string
  actorId?: string | null
  subjectId?: string | null
  reason?: string | null
  details?: Record<string, string | number | boolean | null>
}

/**
 * The statement that writes one audit row, to go into the batch of its cause.
 * @param proof a condition that holds only if the cause was written, for batches whose first write may miss
 */
export function insertAuditEvent(ctx: Ctx, event: AuditEvent, proof?: SQL) {
  const actorId = event.actorId ?? (ctx.actor.kind === 'user' ? ctx.actor.userId : null)
  const details = event.details ? JSON.stringify(event.details) : null
  return ctx.db.run(sql`
    INSERT INTO ${auditLog} (id, at, event, actor_id, subject_id, address, request_id, reason, details)
    SELECT ${ctx.newId('audit')}, ${ctx.now()}, ${event.event}, ${actorId}, ${event.subjectId ?? null},
           ${ctx.address}, ${ctx.requestId}, ${event.reason ?? null}, ${details}
    WHERE ${proof ?? sql`1`}`)
}
