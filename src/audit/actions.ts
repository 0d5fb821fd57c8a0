import type { Ctx, UserCtx } from '../app/context'
import { cutPage } from '../shared/page'
import type { SecurityLogQuery } from './schemas'
import { type AuditEvent, insertAuditEvent, listAuditOf } from './store'

/**
 * The statement that writes one audit row, to go into the batch of its cause. The actor is who acts now, unless named.
 * @param proof a condition that holds only if the cause was written, for batches whose first write may miss
 */
export function auditEvent(ctx: Ctx, event: AuditEvent, proof?: Parameters<typeof insertAuditEvent>[2]) {
  const actorId = event.actorId ?? (ctx.actor.kind === 'user' ? ctx.actor.userId : null)
  return insertAuditEvent(ctx, { ...event, actorId }, proof)
}

/** What happened to the caller and the caller's account, whoever did it, the newest first. @throws page.bad_cursor */
export async function listSecurityLog(ctx: UserCtx, { limit, cursor }: SecurityLogQuery) {
  const { userId } = ctx.actor
  const binding = `security log ${userId}`
  const [at, id] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const before = at === undefined ? null : { at: Number(at), id: String(id) }
  const { rows, last } = cutPage(await listAuditOf(ctx, userId, before, limit + 1), limit)
  return {
    data: rows.map((row) => ({
      id: row.id,
      event: row.event,
      byMe: row.actorId === userId,
      // Where a moderator or an admin sat is theirs to know.
      address: row.actorId === null || row.actorId === userId ? row.address : null,
      reason: row.reason,
      at: new Date(row.at).toISOString(),
    })),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.at, last.id])),
  }
}
