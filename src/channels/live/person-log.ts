import { AttachmentLog } from './attachments-log'
import type { MemberExport } from './contract'
import { all, first, run, type Sql } from './schema'

/** A person's part of the object's SQL, to be shown to them and to be forgotten. */
export class PersonLog {
  private readonly files: AttachmentLog

  constructor(private readonly sql: Sql) {
    this.files = new AttachmentLog(sql)
  }

  /** Up to `limit` of the person's messages after a seq that are not deleted; reactions and mark with the first page. */
  show(userId: string, after: number, limit: number): MemberExport {
    const rows = all<Omit<MemberExport['messages'][number], 'earlierTexts' | 'attachments'>>(
      this.sql,
      `SELECT seq, id, text, created_at AS createdAt, edited_at AS editedAt FROM messages
       WHERE seq > ? AND user_id = ? AND deleted_at IS NULL ORDER BY seq LIMIT ?`,
      ...[after, userId, limit],
    )
    const reactions = 'SELECT message_seq AS messageSeq, emoji FROM reactions WHERE user_id = ? ORDER BY 1, 2'
    const mark = first<{ seq: number }>(this.sql, 'SELECT seq FROM marks WHERE user_id = ?', userId)
    return {
      messages: rows.map((row) => ({
        ...row,
        attachments: this.files.listOf(row.seq),
        earlierTexts: row.editedAt === null ? [] : this.earlierTexts(row.seq),
      })),
      reactions: after > 0 ? [] : all<MemberExport['reactions'][number]>(this.sql, reactions, userId),
      readUpTo: after > 0 ? null : (mark?.seq ?? null),
      next: rows.length < limit ? null : (rows.at(-1)?.seq ?? null),
    }
  }

  private earlierTexts(messageSeq: number): string[] {
    const query = 'SELECT old_text AS text FROM edits WHERE message_seq = ? ORDER BY seq'
    return all<{ text: string }>(this.sql, query, messageSeq).map(({ text }) => text)
  }

  /** Ids of up to `limit` of the person's messages that are not deleted. */
  listMessageIds(userId: string, limit: number): string[] {
    const query = 'SELECT id FROM messages WHERE user_id = ? AND deleted_at IS NULL ORDER BY seq LIMIT ?'
    return all<{ id: string }>(this.sql, query, userId, limit).map(({ id }) => id)
  }

  /** Deletes what only the person needed, and every text of theirs that nobody is shown any more. */
  forget(userId: string): void {
    this.files.forget(userId)
    for (const query of [
      'DELETE FROM edits WHERE message_seq IN (SELECT seq FROM messages WHERE user_id = ?)',
      `UPDATE messages SET text = '' WHERE user_id = ? AND deleted_at IS NOT NULL AND text <> ''`,
      'DELETE FROM nonces WHERE user_id = ?',
      'DELETE FROM spoke WHERE user_id = ?',
      'DELETE FROM marks WHERE user_id = ?',
      'DELETE FROM tickets WHERE user_id = ?',
      'DELETE FROM pomodoros WHERE user_id = ?',
      'DELETE FROM visits WHERE user_id = ?',
      'UPDATE timer SET started_by = NULL WHERE started_by = ?',
    ])
      run(this.sql, query, userId)
  }
}
