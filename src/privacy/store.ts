import { type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Ctx, UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { memberships } from '../channels/tables'
import { recordEvent, withdrawEvents } from '../outbox/actions'
import type { PersonalTable } from '../shared/personal-data'
import { tables } from './personal-data'
import { deletions, erasures } from './tables'

type Messages = 'keep' | 'remove'

/** What the notification of it is about, so that it ends with the wish. */
const wishOf = (userId: string) => `deletion.${userId}`

/** The SQL text of a declaration with its two values bound. */
function bound(text: string, userId: string, now: number): SQL {
  const parts = text.split(/(\?[12])/)
  return sql.join(parts.map((part) => (part === '?1' ? sql`${userId}` : part === '?2' ? sql`${now}` : sql.raw(part))))
}

/** Notes that the caller wants to be erased; asking again changes nothing. @param alongside what belongs to it */
export async function insertDeletion(
  ctx: UserCtx,
  deletion: { messages: Messages; erasesAt: number },
  alongside: readonly BatchItem<'sqlite'>[],
): Promise<boolean> {
  const { userId } = ctx.actor
  const [written] = await ctx.db.batch([
    ctx.db.all<{ userId: string }>(sql`
      INSERT INTO ${deletions} (user_id, messages, requested_at, erases_at)
      VALUES (${userId}, ${deletion.messages}, ${ctx.now()}, ${deletion.erasesAt})
      ON CONFLICT (user_id) DO NOTHING RETURNING user_id AS userId`),
    auditEvent(
      ctx,
      { event: 'user.deletion_scheduled', subjectId: userId, details: { messages: deletion.messages } },
      sql`changes() = 1`,
    ),
    // Of its audit row, which is there only if the wish is new.
    recordEvent(
      ctx,
      {
        ...{ type: 'security.deletion_scheduled', to: [userId], actorId: null, subjectId: wishOf(userId) },
        ...{ facts: { erasesAt: deletion.erasesAt }, expiresAt: deletion.erasesAt },
      },
      sql`changes() = 1`,
    ),
    ...alongside,
  ])
  return written.length > 0
}

/** Takes the wish back. @returns false when there was none */
export async function deleteDeletion(ctx: UserCtx, alongside: readonly BatchItem<'sqlite'>[]): Promise<boolean> {
  const { userId } = ctx.actor
  const [, , gone] = await ctx.db.batch([
    auditEvent(
      ctx,
      { event: 'user.restored', subjectId: userId },
      sql`EXISTS (SELECT 1 FROM ${deletions} WHERE user_id = ${userId})`,
    ),
    withdrawEvents(ctx, wishOf(userId), sql`EXISTS (SELECT 1 FROM ${deletions} WHERE user_id = ${userId})`),
    ctx.db.all<{ userId: string }>(sql`DELETE FROM ${deletions} WHERE user_id = ${userId} RETURNING user_id AS userId`),
    ...alongside,
  ])
  return gone.length > 0
}

export function listDueDeletions(ctx: Ctx, limit: number) {
  return ctx.db.all<{ userId: string }>(sql`
    SELECT user_id AS userId FROM ${deletions} WHERE erases_at <= ${ctx.now()} ORDER BY erases_at LIMIT ${limit}`)
}

/**
 * Makes every table forget somebody, all at once or not at all.
 * @throws when the wish has been taken back or is not due: then nothing was written
 */
export async function eraseRows(ctx: Ctx, userId: string): Promise<void> {
  const now = ctx.now()
  const statements = tables.flatMap((table) => ('erase' in table ? table.erase : []))
  await ctx.db.batch([
    // A NULL where none may be makes the batch fail: there is no IF in it.
    ctx.db.run(sql`
      INSERT INTO ${erasures} (channel_id, user_id, messages)
      SELECT NULL, ${userId}, 'keep' WHERE NOT EXISTS
        (SELECT 1 FROM ${deletions} WHERE user_id = ${userId} AND erases_at <= ${now})`),
    ...statements.map((text) => ctx.db.run(bound(text, userId, now))),
    auditEvent(ctx, { event: 'user.erased', subjectId: userId }),
  ])
}

export interface Erasure {
  channelId: string
  userId: string
  messages: Messages
}

export function listErasures(ctx: Ctx, limit: number) {
  return ctx.db.all<Erasure>(sql`
    SELECT channel_id AS channelId, user_id AS userId, messages FROM ${erasures} ORDER BY random() LIMIT ${limit}`)
}

export async function deleteErasure(ctx: Ctx, { channelId, userId }: Erasure): Promise<void> {
  await ctx.db.run(sql`DELETE FROM ${erasures} WHERE channel_id = ${channelId} AND user_id = ${userId}`)
}

/** A page of a person's rows of one table. @param after rowid of the last one that was seen */
export function listPersonalRows(ctx: Ctx, table: PersonalTable, userId: string, after: number, limit: number) {
  const columns = table.exported.map((column) => {
    const shape = table.shaped?.[column]
    return shape ? `${shape} AS ${column}` : column
  })
  if (table.numberedBy !== undefined) {
    const numbered = `SELECT row_number() OVER (ORDER BY ${table.numberedBy}) AS rowNumber, ${columns.join(', ')}
      FROM ${table.table} WHERE (${table.rows})`
    return ctx.db.all<Record<string, unknown> & { rowNumber: number }>(sql`
      SELECT * FROM (${bound(numbered, userId, ctx.now())}) WHERE rowNumber > ${after} ORDER BY rowNumber LIMIT ${limit}`)
  }
  // The plus keeps SQLite from walking the whole table in the order of its rowids.
  const text = `SELECT rowid AS rowNumber, ${columns.join(', ')} FROM ${table.table} WHERE (${table.rows})`
  return ctx.db.all<Record<string, unknown> & { rowNumber: number }>(
    sql`${bound(text, userId, ctx.now())} AND +rowid > ${after} ORDER BY +rowid LIMIT ${limit}`,
  )
}

export function listChannelsOf(ctx: Ctx, userId: string) {
  return ctx.db.all<{ id: string; name: string }>(sql`
    SELECT c.id, c.name FROM ${memberships} m JOIN channels c ON c.id = m.channel_id
    WHERE m.user_id = ${userId} ORDER BY m.joined_at, c.id`)
}
