import { desc, sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { devOutbox, type OutboxRow } from './tables'

/** How many entries the outbox keeps: the newest. */
export const outboxSize = 200

/**
 * Adds an entry and lets go of the oldest above `outboxSize`. A push message takes the place of one with the same topic,
 * as it would at a push service.
 */
export async function insertOutboxEntry(
  { db, now, newId }: Pick<Ctx, 'db' | 'now' | 'newId'>,
  entry: Omit<OutboxRow, 'id' | 'at'>,
): Promise<string> {
  const id = newId('outbox')
  await db.batch([
    db.run(sql`
      DELETE FROM dev_outbox WHERE kind = 'push' AND kind = ${entry.kind} AND recipient = ${entry.recipient}
        AND message_id = ${entry.messageId}`),
    db.insert(devOutbox).values({ ...entry, id, at: now() }),
    db.run(sql`
      DELETE FROM dev_outbox WHERE rowid IN
        (SELECT rowid FROM dev_outbox ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ${sql.raw(String(outboxSize))})`),
  ])
  return id
}

/** Newest first. */
export async function listOutboxEntries(ctx: Ctx): Promise<OutboxRow[]> {
  return ctx.db.select().from(devOutbox).orderBy(desc(devOutbox.at), sql`rowid DESC`).limit(outboxSize)
}
