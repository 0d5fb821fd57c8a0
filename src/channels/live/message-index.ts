import { searchMatch, searchTerms } from '../../shared/search-terms'
import type { MessageSearch } from './contract'
import { all, first, run, type Sql } from './schema'

interface Indexed {
  seq: number
  userId: string
  text: string
}

const link = /\bhttps?:\/\/[^\s/]/i

/**
 * The words of the messages, by which they are found. New messages are indexed later, many at once: that costs a
 * fraction of the rows and of the time, and none of it while somebody waits for an ack. What was indexed follows edits
 * and deletions in the same turn.
 */
export class MessageIndex {
  /** The last seq that was indexed; null until somebody asks. */
  private mark: number | null = null

  constructor(private readonly sql: Sql) {}

  private indexedTo(): number {
    this.mark ??= first<{ seq: number }>(this.sql, 'SELECT seq FROM search_mark')?.seq ?? 0
    return this.mark
  }

  /** Indexes up to `limit` messages. @returns whether all are indexed now */
  catchUp(limit: number): boolean {
    const found = all<Indexed & { deletedAt: number | null }>(
      this.sql,
      `SELECT seq, user_id AS userId, text, deleted_at AS deletedAt FROM messages WHERE seq > ? ORDER BY seq LIMIT ?`,
      ...[this.indexedTo(), limit],
    )
    const last = found.at(-1)
    if (!last) return true
    for (const message of found) if (message.deletedAt === null) this.insert(message)
    run(this.sql, 'UPDATE search_mark SET seq = ?', last.seq)
    this.mark = last.seq
    return found.length < limit
  }

  private insert({ seq, userId, text }: Indexed): void {
    const tags = link.test(text) ? `${tagOf(userId)} haslink` : tagOf(userId)
    const query = 'INSERT INTO message_search (rowid, terms, tags) VALUES (?, ?, ?)'
    run(this.sql, query, seq, searchTerms(text).join(' '), tags)
  }

  /** What will be indexed later is read as it is then. */
  replace(message: Indexed): void {
    if (message.seq > this.indexedTo()) return
    this.remove(message.seq)
    this.insert(message)
  }

  remove(seq: number): void {
    if (seq <= this.indexedTo()) run(this.sql, 'DELETE FROM message_search WHERE rowid = ?', seq)
  }

  /** The seqs of up to `limit` messages, the newest first. */
  find({ q, from, has, before, limit }: MessageSearch): number[] {
    const terms = q === undefined ? null : searchMatch(q)
    if (q !== undefined && terms === null) return []
    const tags = [from === undefined ? null : tagOf(from), has === 'link' ? 'haslink' : null].filter(
      (tag) => tag !== null,
    )
    const match = [...(terms === null ? [] : [`terms : (${terms})`]), ...tags.map((tag) => `tags : "${tag}"`)].join(
      ' AND ',
    )
    const query =
      'SELECT rowid AS seq FROM message_search WHERE message_search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?'
    const found = all<{ seq: number }>(this.sql, query, match, before ?? Number.MAX_SAFE_INTEGER, limit)
    return found.map(({ seq }) => seq)
  }
}

/** One word to the tokenizer, and nothing of the query language. */
const tagOf = (userId: string) => `from${userId.replace(/[^A-Za-z0-9]/g, '').toLowerCase()}`
