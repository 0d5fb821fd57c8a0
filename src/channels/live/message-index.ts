import { searchMatch, searchTerms } from '../../shared/search-terms'
import { isPicture } from './attachments'
import type { MessageSearch } from './contract'
import type { MessageExtra } from './model'
import { all, first, run, type Sql } from './schema'

interface Indexed {
  seq: number
  userId: string
  text: string
  extra: MessageExtra | null
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
    const found = all<Omit<Indexed, 'extra'> & { extra: string | null; deletedAt: number | null }>(
      this.sql,
      `SELECT seq, user_id AS userId, text, extra, deleted_at AS deletedAt FROM messages WHERE seq > ? ORDER BY seq LIMIT ?`,
      ...[this.indexedTo(), limit],
    )
    const last = found.at(-1)
    if (!last) return true
    for (const { extra, ...message } of found)
      if (message.deletedAt === null) this.insert({ ...message, extra: extra === null ? null : JSON.parse(extra) })
    run(this.sql, 'UPDATE search_mark SET seq = ?', last.seq)
    this.mark = last.seq
    return found.length < limit
  }

  private insert({ seq, userId, text, extra }: Indexed): void {
    const files = extra?.attachments ?? []
    const tags = [
      tagOf(userId),
      ...(link.test(text) ? ['haslink'] : []),
      ...(files.length > 0 ? ['hasfile'] : []),
      ...(files.some(isPicture) ? ['hasimage'] : []),
    ].join(' ')
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
    const tags = [from === undefined ? null : tagOf(from), has === undefined ? null : `has${has}`].filter(
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
