import { channelEvent, memberServerEvent } from './members'
import { messageColumns, type StoredMessage, withExtra } from './messages'
import type { Facts, MessageRow } from './model'
import type { ServerEvent } from './protocol'
import { all, type Sql } from './schema'
import { timerEvent } from './timer'
import { createdEvent, wireMessage } from './wire'

interface LoggedRow extends StoredMessage {
  eventSeq: number
  event: string
  /** Null for what happens by itself. */
  actorId: string | null
  emoji: string | null
}

/** Up to `limit` durable events after a seq, in order and in their present form: what was deleted is not told again. */
export function listEvents(
  sql: Sql,
  facts: Facts,
  after: number,
  limit: number,
): { seq: number; event: ServerEvent }[] {
  const found = all<LoggedRow>(
    sql,
    `SELECT e.seq AS eventSeq, e.event, e.actorId, e.emoji, ${messageColumns}
     FROM (SELECT seq, 'message.created' AS event, seq AS message_seq, user_id AS actorId, NULL AS emoji
           FROM messages WHERE seq > ?1
           UNION ALL
           SELECT seq, kind, message_seq, user_id, emoji FROM events WHERE seq > ?1
           ORDER BY 1 LIMIT ?2) e
     LEFT JOIN messages m ON m.seq = e.message_seq ORDER BY e.seq`,
    after,
    limit,
  )
  return found.map((row) => ({ seq: row.eventSeq, event: presentForm(facts, withExtra(row)) }))
}

function presentForm(facts: Facts, row: Omit<LoggedRow, 'extra'> & MessageRow): ServerEvent {
  const { eventSeq: seq, event, actorId, emoji } = row
  const userId = actorId ?? ''
  const hidden: ServerEvent = { type: 'void', seq }
  switch (event) {
    case 'message.created':
      return createdEvent(facts, row)
    case 'message.updated':
      // What an edit said may not be shown any more once the message is deleted.
      return row.deletedAt === null ? { type: event, seq, message: wireMessage(facts, row) } : hidden
    case 'message.deleted':
      return { type: event, seq, message: { id: row.id } }
    case 'message.pinned': {
      const { id: messageId, pinnedAt } = row
      return pinnedAt === null
        ? hidden
        : { type: event, seq, messageId, userId, pinnedAt: new Date(pinnedAt).toISOString() }
    }
    case 'message.unpinned':
      return row.deletedAt === null ? { type: event, seq, messageId: row.id, userId } : hidden
    case 'reaction.added':
    case 'reaction.removed':
      return row.deletedAt === null && emoji !== null ? { type: event, seq, messageId: row.id, userId, emoji } : hidden
    case 'channel.updated': {
      const channel = facts.channel()
      return channel ? channelEvent(seq, channel) : hidden
    }
    case 'member.joined':
    case 'member.left':
    case 'member.updated': {
      const member = facts.member(userId)
      return member ? memberServerEvent(event, seq, member) : hidden
    }
    case 'timer.started':
    case 'timer.paused':
    case 'timer.resumed':
    case 'timer.skipped':
    case 'timer.stopped':
    case 'timer.phase':
    case 'timer.ended':
      return timerEvent(seq, event, actorId, facts.timer())
    default:
      return hidden
  }
}
