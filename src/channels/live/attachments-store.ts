import { sql } from 'drizzle-orm'
import type { Db } from '../../shared/db'
import { uploads } from '../../uploads/tables'
import type { Attachment } from './contract'

interface Wish {
  channelId: string
  userId: string
  uploadIds: string[]
  /** Whether only what a scanner has seen may be attached. */
  scanned: boolean
  now: number
}

/**
 * Binds files to a channel for a message of their owner, all or none: each belongs to one channel for good. Repeating it
 * changes nothing; which message has a file is for the channel's object to decide.
 * @returns the files, or nothing when one of them may not be attached there
 */
export async function claimAttachments(db: Db, wish: Wish): Promise<Attachment[]> {
  const { channelId, userId, uploadIds, scanned, now } = wish
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(uploadIds)}))`
  const fit = sql`purpose = 'attachment' AND user_id = ${userId} AND state = 'clean'
    ${scanned ? sql`AND scanned_at IS NOT NULL` : sql``}`
  const bound = sql`(used_kind = 'message' AND used_id = ${channelId})`
  const [, found] = await db.batch([
    db.run(sql`
      UPDATE ${uploads} SET used_kind = 'message', used_id = ${channelId}, used_at = ${now}
      WHERE id IN ${wanted} AND used_kind IS NULL AND ${fit} AND ${uploadIds.length} = (
        SELECT count(*) FROM uploads AS up WHERE up.id IN ${wanted} AND up.user_id = ${userId}
          AND up.purpose = 'attachment' AND up.state = 'clean'
          AND (up.used_kind IS NULL OR (up.used_kind = 'message' AND up.used_id = ${channelId})))`),
    db.all<Attachment>(sql`
      SELECT id, filename, content_type AS contentType, size, width, height, alt
      FROM ${uploads} WHERE id IN ${wanted} AND ${bound} AND ${fit}`),
  ])
  return found.length === uploadIds.length ? found : []
}

/** Gives files of deleted messages away: the rows go, and soon after them the bytes. */
export async function dropAttachments(db: Db, channelId: string, uploadIds: string[]): Promise<void> {
  await db.run(sql`
    DELETE FROM ${uploads} WHERE id IN (SELECT value FROM json_each(${JSON.stringify(uploadIds)}))
      AND used_kind = 'message' AND used_id = ${channelId}`)
}

/** The same with files of channels that are purged, at most so many. @returns how many there were */
export async function dropAttachmentsOf(db: Db, channelIds: string[], limit: number): Promise<number> {
  const gone = await db.all<{ id: string }>(sql`
    DELETE FROM ${uploads} WHERE id IN (
      SELECT id FROM uploads WHERE used_kind = 'message'
        AND used_id IN (SELECT value FROM json_each(${JSON.stringify(channelIds)})) LIMIT ${limit}) RETURNING id`)
  return gone.length
}

export interface Unconfirmed {
  uploadId: string
  channelId: string
}

/** Files that were bound to a channel long enough ago for their message to be there, and of which nobody has asked yet. */
export function listUnconfirmed(db: Db, before: number, limit: number): Promise<Unconfirmed[]> {
  return db.all<Unconfirmed>(sql`
    SELECT id AS uploadId, used_id AS channelId FROM ${uploads}
    WHERE used_kind = 'message' AND used_key IS NULL AND used_at <= ${before} ORDER BY used_at LIMIT ${limit}`)
}

export async function confirmAttachment(db: Db, uploadId: string): Promise<void> {
  await db.run(sql`UPDATE ${uploads} SET used_key = 'in a message' WHERE id = ${uploadId}`)
}
