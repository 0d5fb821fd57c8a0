import { all, first, run, type Sql } from './schema'

/** Which uploads are attached to which messages of the object. */
export class AttachmentLog {
  constructor(private readonly sql: Sql) {}

  add(messageSeq: number, uploadIds: string[]): void {
    for (const id of uploadIds) run(this.sql, 'INSERT INTO files VALUES (?, ?)', id, messageSeq)
  }

  has(uploadId: string): boolean {
    return first(this.sql, 'SELECT 1 FROM files WHERE upload_id = ?', uploadId) !== null
  }

  /** Whether a message that is shown has the file. */
  isShown(uploadId: string): boolean {
    const query = `SELECT 1 FROM files f JOIN messages m ON m.seq = f.message_seq
                   WHERE f.upload_id = ? AND m.deleted_at IS NULL`
    return first(this.sql, query, uploadId) !== null
  }

  listOf(messageSeq: number): string[] {
    const query = 'SELECT upload_id AS id FROM files WHERE message_seq = ?'
    return all<{ id: string }>(this.sql, query, messageSeq).map(({ id }) => id)
  }

  remove(messageSeq: number): void {
    run(this.sql, 'DELETE FROM files WHERE message_seq = ?', messageSeq)
  }

  /** Takes the files of an erased person out of messages that stay. */
  forget(userId: string): void {
    const own = 'SELECT f.message_seq FROM files f JOIN messages m ON m.seq = f.message_seq WHERE m.user_id = ?'
    const without = `json_remove(extra, '$.attachments', '$.image')`
    run(this.sql, `UPDATE messages SET extra = ${without} WHERE seq IN (${own}) AND extra IS NOT NULL`, userId)
    run(this.sql, `DELETE FROM files WHERE message_seq IN (${own})`, userId)
  }
}
