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

export function insertAuditEvent(ctx: Ctx, event: AuditEvent, proof?: SQL) {
  const details = event.details ? JSON.stringify(event.details) : null
  return ctx.db.run(sql`
    INSERT INTO ${auditLog} (id, at, event, actor_id, subject_id, address, request_id, reason, details)
    SELECT ${ctx.newId('audit')}, ${ctx.now()}, ${event.event}, ${event.actorId ?? null}, ${event.subjectId ?? null},
           ${ctx.address}, ${ctx.requestId}, ${event.reason ?? null}, ${details}
    WHERE ${proof ?? sql`1`}`)
}
