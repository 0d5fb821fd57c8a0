import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { auditLog } from './tables'

export interface AuditEvent {
  event: string
  actorId?: string | null
  /** An expression where only the batch itself knows whom it happened to. */
  subjectId?: string | SQL | null
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

export interface AuditRow {
  id: string
  at: number
  event: string
  actorId: string | null
  address: string | null
  reason: string | null
}

/** What happened to somebody, the newest first. @param before at and id of the last one that was seen */
export function listAuditOf(ctx: Ctx, userId: string, before: { at: number; id: string } | null, limit: number) {
  return ctx.db.all<AuditRow>(sql`
    SELECT id, at, event, actor_id AS actorId, address, reason FROM ${auditLog}
    WHERE subject_id = ${userId} ${before ? sql`AND (at, id) < (${before.at}, ${before.id})` : sql``}
    ORDER BY at DESC, id DESC LIMIT ${limit}`)
}
