import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { type SessionRow, sessionChannels, sessions } from './tables'

/** A session's socket in a channel that has to be closed. */
export interface Drop {
  sessionId: string
  channelId: string
}

/** The statements that end the open sessions for which a condition holds, and mark the sockets to close. */
export function endSessionsWhere(ctx: Ctx, which: SQL, reason: NonNullable<SessionRow['endReason']>) {
  const now = ctx.now()
  const open = sql`ended_at IS NULL AND expires_at > ${now} AND ${which}`
  return [
    ctx.db.all<Drop>(sql`
      UPDATE ${sessionChannels} SET unsynced = 1 WHERE session_id IN (SELECT id FROM ${sessions} WHERE ${open})
      RETURNING session_id AS "sessionId", channel_id AS "channelId"`),
    ctx.db.all<{ id: string }>(sql`
      UPDATE ${sessions} SET ended_at = ${now}, end_reason = ${reason} WHERE ${open} RETURNING id`),
  ] as const
}

/**
 * Ends a session if it is open, or with it all open ones of its user, with one audit row, and marks the sockets that go with them. What
 * comes before the end in the batch asks for open sessions, and so proves it, however many ask at once.
 * @returns how many have ended, and which sockets to close
 */
export async function endSessions(
  ctx: Ctx,
  which: { userId: string; sessionId: string; all: boolean },
  reason: NonNullable<SessionRow['endReason']>,
  event: Parameters<typeof auditEvent>[1],
): Promise<{ ended: number; drops: Drop[] }> {
  const alive = sql`user_id = ${which.userId} AND ended_at IS NULL AND expires_at > ${ctx.now()}`
  const one = sql`${alive} AND id = ${which.sessionId}`
  const open = which.all ? sql`${alive} AND EXISTS (SELECT 1 FROM ${sessions} WHERE ${one})` : one
  const [, drops, ended] = await ctx.db.batch([
    auditEvent(ctx, event, sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${open})`),
    ...endSessionsWhere(ctx, open, reason),
  ])
  return { ended: ended.length, drops }
}

/** Sockets of ended sessions whose objects have not confirmed the drop. */
export async function listDrops(ctx: Ctx, limit: number): Promise<Drop[]> {
  return ctx.db
    .select({ sessionId: sessionChannels.sessionId, channelId: sessionChannels.channelId })
    .from(sessionChannels)
    .where(sql`unsynced = 1`)
    .limit(limit)
}

export async function deleteDrops(ctx: Ctx, drops: Drop[]): Promise<void> {
  if (drops.length === 0) return
  const pairs = JSON.stringify(drops.map(({ sessionId, channelId }) => [sessionId, channelId]))
  await ctx.db.run(sql`
    DELETE FROM ${sessionChannels} WHERE unsynced = 1 AND (session_id, channel_id) IN
      (SELECT value ->> 0, value ->> 1 FROM json_each(${pairs}))`)
}
