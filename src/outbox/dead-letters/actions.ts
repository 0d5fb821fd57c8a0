import type { Ctx, UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import type { QueueMessage } from '../contract'
import { deadLetterErrors } from './errors'
import type { DeadLetter, DeadLettersQuery } from './schemas'
import { type DeadLetterRow, findDeadLetter, insertDeadLetters, listDeadLettersBefore, updateReplayed } from './store'

const toDeadLetter = (row: DeadLetterRow): DeadLetter => ({
  id: row.id,
  body: JSON.parse(row.body),
  attempts: row.attempts,
  failedAt: new Date(row.failedAt).toISOString(),
  replayedAt: row.replayedAt === null ? null : new Date(row.replayedAt).toISOString(),
  replayedBy: row.replayedBy,
})

/** What the queue has given up on, as the consumer of its dead letters gets it. */
interface Given {
  id: string
  body: unknown
  attempts: number
}

/** Safe to repeat. */
export async function keepDeadLetters(ctx: Ctx, letters: Given[]): Promise<void> {
  await insertDeadLetters(
    ctx,
    letters.map(({ id, body, attempts }) => ({ id, body: JSON.stringify(body ?? null), attempts })),
  )
  for (const { id } of letters) ctx.log.error('queue.dead_letter', { messageId: id })
}

/** The newest first. @throws page.bad_cursor */
export async function listDeadLetters(ctx: UserCtx, { limit, cursor }: DeadLettersQuery) {
  const binding = `dead letters ${ctx.actor.userId}`
  const [failedAt, id] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const before = failedAt === undefined ? null : { failedAt: Number(failedAt), id: String(id) }
  const { rows, last } = cutPage(await listDeadLettersBefore(ctx, before, limit + 1), limit)
  return {
    data: rows.map(toDeadLetter),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.failedAt, last.id])),
  }
}

/**
 * Sends a dead letter to the queue once more. Sent before it is noted, so that a crash in between loses nothing: whoever
 * consumes it knows what is done already.
 * @throws dead_letter.not_found, dead_letter.already_replayed
 */
export async function replayDeadLetter(ctx: UserCtx, id: string): Promise<DeadLetter> {
  const letter = await findDeadLetter(ctx, id)
  if (!letter) throw deadLetterErrors.notFound()
  if (letter.replayedAt !== null) throw deadLetterErrors.alreadyReplayed()
  await ctx.queue.send(JSON.parse(letter.body) as QueueMessage)
  const replayed = await updateReplayed(ctx, id)
  if (!replayed) throw deadLetterErrors.alreadyReplayed()
  return toDeadLetter(replayed)
}
