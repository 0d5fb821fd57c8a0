import type { UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import { toSession } from '../rules'
import { listOpenSessions } from '../store'

/**
 * A page of the caller's open sessions, the most recently used first.
 * @throws page.bad_cursor
 */
export async function listSessions(ctx: UserCtx, { limit, cursor }: { limit: number; cursor?: string }) {
  const binding = `sessions:${ctx.actor.userId}`
  const [expiresAt, id] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const after = expiresAt === undefined ? null : { expiresAt: Number(expiresAt), id: String(id) }
  const { rows, last } = cutPage(await listOpenSessions(ctx, after, limit + 1), limit)
  return {
    data: rows.map((row) => toSession(row, ctx.actor.sessionId)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.expiresAt, last.id])),
  }
}
