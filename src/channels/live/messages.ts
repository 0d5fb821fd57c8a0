import { shownFiles, typeOf } from './attachments'
import type {
  MemberReplica,
  MessagePage,
  MessageRange,
  MessageSearch,
  MessageVersion,
  MessageView,
  ReportedMessage,
} from './contract'
import { replyView } from './extras'
import { MessageIndex } from './message-index'
import type { MessageExtra, MessageRow } from './model'
import { all, first, run, type Sql } from './schema'

interface About {
  channelId(): string
  member(userId: string): MemberReplica | null
}

/** The stored messages, one by one and as others are shown them. */
export class Messages {
  readonly index: MessageIndex

  constructor(
    private readonly sql: Sql,
    private readonly about: About,
  ) {
    this.index = new MessageIndex(sql)
  }

  find(id: string): MessageRow | null {
    return this.readMessages('m.id = ?', [id])[0] ?? null
  }

  at(seq: number): MessageRow | null {
    return this.readMessages('m.seq = ?', [seq])[0] ?? null
  }

  pinCount(): number {
    const query = 'SELECT count(*) AS n FROM messages WHERE pinned_at IS NOT NULL'
    return first<{ n: number }>(this.sql, query)?.n ?? 0
  }

  lastAt(): number | null {
    return (
      first<{ at: number }>(this.sql, 'SELECT created_at AS at FROM messages ORDER BY seq DESC LIMIT 1')?.at ?? null
    )
  }

  list(viewerId: string, { before, after, around, limit }: MessageRange, blockedIds: string[] = []): MessagePage {
    if (around !== undefined) {
      const older = this.readMessages('m.seq <= ? ORDER BY m.seq DESC LIMIT ?', [around, Math.ceil(limit / 2)])
      const newer = this.readMessages('m.seq > ? ORDER BY m.seq LIMIT ?', [around, limit - older.length])
      return { messages: this.views([...older.reverse(), ...newer], viewerId, blockedIds), more: false }
    }
    const rows =
      after === undefined
        ? this.readMessages('m.seq < ? ORDER BY m.seq DESC LIMIT ?', [before ?? Number.MAX_SAFE_INTEGER, limit + 1])
        : this.readMessages('m.seq > ? ORDER BY m.seq LIMIT ?', [after, limit + 1])
    const more = rows.length > limit
    return { messages: this.views(more ? rows.slice(0, limit) : rows, viewerId, blockedIds), more }
  }

  private readMessages(where: string, bindings: (string | number)[]): MessageRow[] {
    const query = `SELECT ${messageColumns} FROM messages m WHERE ${where}`
    return all<StoredMessage>(this.sql, query, ...bindings).map(withExtra)
  }

  /** The newest first. What is not indexed yet is not found: `index.catchUp` comes before. */
  search(viewerId: string, search: MessageSearch, blockedIds: string[] = []): MessagePage {
    const seqs = this.index.find({ ...search, limit: search.limit + 1 })
    const found = this.messagesAt(seqs.slice(0, search.limit)).toReversed()
    return { messages: this.views(found, viewerId, blockedIds), more: seqs.length > search.limit }
  }

  /** In order of seq; what does not exist is left out. */
  private messagesAt(seqs: number[]): MessageRow[] {
    if (seqs.length === 0) return []
    return this.readMessages('m.seq IN (SELECT value FROM json_each(?)) ORDER BY m.seq', [JSON.stringify(seqs)])
  }

  listPins(viewerId: string, blockedIds: string[] = []): MessageView[] {
    return this.views(this.readMessages('m.pinned_at IS NOT NULL ORDER BY m.pinned_at DESC', []), viewerId, blockedIds)
  }

  /** What the message said, the oldest first; the last hundred. A deleted one's words wait 30 days here. */
  listVersions(message: MessageRow): MessageVersion[] {
    const earlier = all<MessageVersion>(
      this.sql,
      `SELECT old_text AS text, replaced_at AS replacedAt FROM edits WHERE message_seq = ? ORDER BY seq DESC LIMIT 99`,
      message.seq,
    )
    return [...earlier.reverse(), { text: message.text, replacedAt: null }]
  }

  /** A message as it is to be looked into; null once the words of a deleted one are gone. */
  reported({ seq, userId, text, extra, createdAt: sentAt, editedAt, deletedAt }: MessageRow): ReportedMessage | null {
    const files = extra?.attachments ?? []
    if (text === '' && files.length === 0) return null
    const attachments = files.map(({ id, filename, contentType, size }) => ({ id, filename, contentType, size }))
    const query = 'SELECT old_text AS text FROM edits WHERE message_seq = ? ORDER BY seq DESC LIMIT 5'
    const earlier = all<{ text: string }>(this.sql, query, seq).map((edit) => edit.text)
    return { userId, seq, text, earlierTexts: earlier.reverse(), attachments, sentAt, editedAt, deletedAt }
  }

  view(id: string, viewerId: string, blockedIds: string[] = []): MessageView | null {
    const message = this.find(id)
    return message ? (this.views([message], viewerId, blockedIds)[0] ?? null) : null
  }

  private views(rows: MessageRow[], viewerId: string, blockedIds: string[]): MessageView[] {
    const counts = all<ReactionCount>(
      this.sql,
      `SELECT message_seq AS messageSeq, emoji, count(*) AS count, max(user_id = ?) AS mine
       FROM json_each(?) shown CROSS JOIN reactions ON message_seq = shown.value
       WHERE user_id NOT IN (SELECT value FROM json_each(?))
       GROUP BY message_seq, emoji ORDER BY min(reactions.seq)`,
      ...[viewerId, JSON.stringify(rows.map(({ seq }) => seq)), JSON.stringify(blockedIds)],
    )
    const bySeq = new Map<number, MessageView['reactions']>()
    for (const { messageSeq, emoji, count, mine } of counts) {
      const reactions = bySeq.get(messageSeq) ?? []
      reactions.push({ emoji, count, mine: mine === 1 })
      bySeq.set(messageSeq, reactions)
    }
    const blocked = new Set(blockedIds)
    const answered = new Map(this.answeredBy(rows).map((row) => [row.seq, row]))
    const facts = {
      member: (id: string) => this.about.member(id),
      messageAt: (seq: number) => answered.get(seq) ?? null,
    }
    return rows.map((row) => {
      const { extra, deletedAt } = row
      const sender = this.about.member(row.userId)
      const replyTo = deletedAt === null && extra?.replyTo !== undefined ? replyView(facts, extra.replyTo) : null
      return {
        id: row.id,
        seq: row.seq,
        channelId: this.about.channelId(),
        sender: { id: row.userId, name: sender?.name ?? '', avatarKey: sender?.avatarKey ?? null },
        blocked: blocked.has(row.userId),
        type: typeOf(extra),
        text: deletedAt === null ? row.text : '',
        replyTo: replyTo && { ...replyTo, blocked: blocked.has(replyTo.sender.id) },
        mentions: deletedAt === null ? (extra?.mentions ?? []) : [],
        attachments: deletedAt === null ? shownFiles(extra) : [],
        reactions: bySeq.get(row.seq) ?? [],
        pinnedAt: row.pinnedAt,
        editedAt: deletedAt === null ? row.editedAt : null,
        deletedAt,
        createdAt: row.createdAt,
      }
    })
  }

  private answeredBy(rows: MessageRow[]): MessageRow[] {
    return this.messagesAt(rows.flatMap(({ extra }) => extra?.replyTo ?? []))
  }

  /** The end of the 30 days in which a moderator could still see what was deleted. */
  purgeText(messageSeq: number): void {
    run(this.sql, `UPDATE messages SET text = '', extra = NULL WHERE seq = ? AND deleted_at IS NOT NULL`, messageSeq)
    run(this.sql, 'DELETE FROM edits WHERE message_seq = ?', messageSeq)
  }
}

export const messageColumns = `m.seq, m.ord, m.id, m.user_id AS userId, m.text, m.created_at AS createdAt,
  m.edited_at AS editedAt, m.deleted_at AS deletedAt, m.pinned_at AS pinnedAt, m.extra`

export type StoredMessage = Omit<MessageRow, 'extra'> & { extra: string | null }

/** @param row changed in place where it has extras, which is rare: it was made for the caller alone */
export function withExtra<Row extends { extra: string | null }>(
  row: Row,
): Omit<Row, 'extra'> & { extra: MessageExtra | null } {
  const { extra } = row
  return extra === null
    ? (row as Row & { extra: null })
    : Object.assign(row, { extra: JSON.parse(extra) as MessageExtra })
}

interface ReactionCount {
  messageSeq: number
  emoji: string
  count: number
  mine: number
}
