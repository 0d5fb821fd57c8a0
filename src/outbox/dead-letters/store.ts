import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { reopenEvent } from '../store'
import { deadLetters } from '../tables'

export type DeadLetterRow = typeof deadLetters.$inferSelect

/** Keeps what the queue has given up on. Keeping it again changes nothing. */
export async function insertDeadLetters(
  ctx: Ctx,
  letters: { id: string; body: string; attempts: number }[],
): Promise<void> {
  await ctx.db.run(sql`
    INSERT OR IGNORE INTO dead_letters (id, body, attempts, failed_at)
    SELECT value ->> 'id', value ->> 'body', value ->> 'attempts', ${ctx.now()} FROM json_each(${JSON.stringify(letters)})`)
}

const columns = sql`id, body, attempts, failed_at AS failedAt, replayed_at AS replayedAt, replayed_by AS replayedBy`

/** The newest first. */
export function listDeadLettersBefore(
  ctx: UserCtx,
  before: { failedAt: number; id: string } | null,
  limit: number,
): Promise<DeadLetterRow[]> {
  const start = before ? sql`WHERE (failed_at, id) < (CAST(${before.failedAt} AS INTEGER), ${before.id})` : sql``
  return ctx.db.all<DeadLetterRow>(sql`
    SELECT ${columns} FROM ${deadLetters} ${start} ORDER BY failed_at DESC, id DESC LIMIT ${limit}`)
}

export async function findDeadLetter(ctx: UserCtx, id: string): Promise<DeadLetterRow | null> {
  const [row] = await ctx.db.all<DeadLetterRow>(sql`SELECT ${columns} FROM ${deadLetters} WHERE id = ${id}`)
  return row ?? null
}

/** Notes that it was sent again, unless it had been; null then. An event that was given up is open again. */
export async function updateReplayed(ctx: UserCtx, id: string): Promise<DeadLetterRow | null> {
  const { userId } = ctx.actor
  const [, , [row]] = await ctx.db.batch([
    reopenEvent(ctx, sql`(SELECT body ->> 'eventId' FROM dead_letters WHERE id = ${id} AND replayed_at IS NULL)`),
    auditEvent(
      ctx,
      { event: 'dead_letter.replayed', subjectId: id },
      sql`EXISTS (SELECT 1 FROM dead_letters WHERE id = ${id} AND replayed_at IS NULL)`,
    ),
    ctx.db.all<DeadLetterRow>(sql`
      UPDATE dead_letters SET replayed_at = ${ctx.now()}, replayed_by = ${userId}
      WHERE id = ${id} AND replayed_at IS NULL RETURNING ${columns}`),
  ])
  return row ?? null
}

/** Forgets up to `limit` of those that failed before this. */
export async function deleteOldDeadLetters(ctx: Ctx, before: number, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM dead_letters WHERE id IN (
      SELECT id FROM ${deadLetters} WHERE failed_at < ${before} ORDER BY failed_at LIMIT ${limit})`)
}
