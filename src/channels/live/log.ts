import type { RoomLimits } from '../../app/config'
import { AttachmentLog } from './attachments-log'
import type { ChannelReplica, MemberReplica, Mention } from './contract'
import { Agenda, RoomOutbox, Tickets } from './housekeeping'
import { findMember, saveMember } from './member-log'
import { Messages } from './messages'
import type { Facts, Made, MessageRow, Person, Write } from './model'
import { assertNever, type ServerEvent } from './protocol'
import { Reading } from './reading'
import { RemovalLog } from './removal-log'
import { listEvents } from './replay'
import { all, first, run, type Sql } from './schema'
import type { StudyNews } from './study-contract'
import { Studies } from './study-log'
import type { TimerRow } from './timer'
import { Timers } from './timer-log'
import { Visits } from './visits'

/** The object's SQL: what the core asks for as facts, what it wants saved, and what is read for others. */
export class RoomLog implements Facts {
  readonly tickets: Tickets
  readonly agenda: Agenda
  readonly outbox: RoomOutbox
  readonly messages: Messages
  readonly files: AttachmentLog
  readonly timers: Timers
  readonly visits: Visits
  readonly removals: RemovalLog
  readonly reading: Reading
  readonly studies: Studies
  // Copies of rows that almost every event needs, kept equal to what is stored by `save`.
  private channelRow: ChannelReplica | null = null
  private readonly memberRows = new Map<string, MemberReplica>()
  private trimmedAt = 0

  constructor(
    private readonly sql: Sql,
    readonly limits: RoomLimits,
    private readonly people: ReadonlyMap<string, Person>,
  ) {
    this.tickets = new Tickets(sql)
    this.agenda = new Agenda(sql)
    this.files = new AttachmentLog(sql)
    this.outbox = new RoomOutbox(sql)
    this.timers = new Timers(sql)
    this.visits = new Visits(sql)
    this.removals = new RemovalLog(sql)
    this.reading = new Reading(sql)
    this.studies = new Studies(sql)
    this.messages = new Messages(sql, {
      channelId: () => this.channelRow?.id ?? '',
      member: (userId) => this.member(userId),
    })
    const stored = first<Omit<ChannelReplica, 'frozen'> & { frozen: number }>(
      sql,
      `SELECT id, kind, name, slow_mode_seconds AS slowModeSeconds, timer_by AS whoMayStartTimer, frozen, rev,
       deleted_at AS deletedAt FROM channel`,
    )
    this.channelRow = stored && { ...stored, frozen: stored.frozen === 1 }
  }

  /** Where the channel stands: the latest seq and how many messages there have been. */
  head(): { seq: number; ord: number } {
    const row = first<{ seq: number; ord: number }>(
      this.sql,
      `SELECT
      max(coalesce((SELECT max(seq) FROM messages), 0), coalesce((SELECT max(seq) FROM events), 0)) AS seq,
      coalesce((SELECT ord FROM messages ORDER BY seq DESC LIMIT 1), 0) AS ord`,
    )
    return row ?? { seq: 0, ord: 0 }
  }

  channel(): ChannelReplica | null {
    return this.channelRow
  }

  member(userId: string): MemberReplica | null {
    const known = this.memberRows.get(userId)
    if (known) return known
    const row = findMember(this.sql, userId)
    if (row) this.memberRows.set(userId, row)
    return row
  }

  memberCount(): number {
    return first<{ n: number }>(this.sql, `SELECT count(*) AS n FROM members WHERE state = 'active'`)?.n ?? 0
  }

  message(id: string): MessageRow | null {
    return this.messages.find(id)
  }

  messageAt(seq: number): MessageRow | null {
    return this.messages.at(seq)
  }

  pinCount(): number {
    return this.messages.pinCount()
  }

  membersNamed(usernames: string[]): Mention[] {
    const query = `SELECT m.user_id AS id, m.username FROM json_each(?) name CROSS JOIN members m
                   ON m.username = name.value WHERE m.state = 'active'`
    return all(this.sql, query, JSON.stringify(usernames))
  }

  isAttached(uploadId: string): boolean {
    return this.files.has(uploadId)
  }

  spokeAt(userId: string): number {
    return first<{ at: number }>(this.sql, 'SELECT at FROM spoke WHERE user_id = ?', userId)?.at ?? 0
  }

  nonce(userId: string, nonce: string): Made | null {
    return first<Made>(
      this.sql,
      'SELECT message_id AS messageId, seq FROM nonces WHERE user_id = ? AND nonce = ?',
      userId,
      nonce,
    )
  }

  reaction(messageSeq: number, emoji: string, userId: string) {
    const row = first<{ mine: number; known: number; distinct: number }>(
      this.sql,
      `SELECT EXISTS (SELECT 1 FROM reactions WHERE message_seq = ?1 AND emoji = ?2 AND user_id = ?3) AS mine,
              EXISTS (SELECT 1 FROM reactions WHERE message_seq = ?1 AND emoji = ?2) AS known,
              (SELECT count(DISTINCT emoji) FROM reactions WHERE message_seq = ?1) AS "distinct"`,
      messageSeq,
      emoji,
      userId,
    )
    return { mine: row?.mine === 1, known: row?.known === 1, distinct: row?.distinct ?? 0 }
  }

  mark(userId: string): number {
    return this.reading.mark(userId)
  }

  heldMark(userId: string) {
    return this.reading.heldMark(userId)
  }

  markWaits(userId: string): boolean {
    return this.agenda.has('mark', userId)
  }

  seqAt(at: number): number {
    return this.reading.seqAt(at)
  }

  person(userId: string): Person | null {
    return this.people.get(userId) ?? null
  }

  presentIds(): Iterable<string> {
    return this.people.keys()
  }

  timer(): TimerRow | null {
    return this.timers.find()
  }

  study(userId: string): StudyNews | null {
    return this.studies.find(userId)
  }

  save(write: Write): void {
    switch (write.table) {
      case 'messages': {
        const { seq, ord, id, userId, text, createdAt, extra } = write.message
        if (extra)
          run(
            this.sql,
            'INSERT INTO messages (seq, ord, id, user_id, text, created_at, extra) VALUES (?, ?, ?, ?, ?, ?, ?)',
            ...[seq, ord, id, userId, text, createdAt, JSON.stringify(extra)],
          )
        else
          run(
            this.sql,
            'INSERT INTO messages (seq, ord, id, user_id, text, created_at) VALUES (?, ?, ?, ?, ?, ?)',
            ...[seq, ord, id, userId, text, createdAt],
          )
        if (extra?.attachments)
          this.files.add(
            seq,
            extra.attachments.map((file) => file.id),
          )
        if (extra?.mentions?.some(({ username }) => username === 'room')) this.reading.noteCall(seq)
        return
      }
      case 'nonces': {
        const { messageId, seq } = write.made
        run(this.sql, 'INSERT INTO nonces VALUES (?, ?, ?, ?)', write.userId, write.nonce, messageId, seq)
        return
      }
      case 'edits': {
        const { message, text, extra, seq, at } = write
        run(this.sql, 'INSERT INTO edits VALUES (?, ?, ?, ?)', message.seq, seq, message.text, at)
        run(
          this.sql,
          'UPDATE messages SET text = ?, extra = ?, edited_at = ? WHERE seq = ?',
          ...[text, extra && JSON.stringify(extra), at, message.seq],
        )
        this.messages.index.replace({ ...message, text })
        this.reading.recount(message.seq)
        this.record(seq, 'message.updated', { messageSeq: message.seq, userId: message.userId })
        return
      }
      case 'tombstones': {
        const { message, userId, seq, at } = write
        run(
          this.sql,
          'UPDATE messages SET deleted_at = ?, deleted_by = ?, pinned_at = NULL WHERE seq = ?',
          ...[at, userId, message.seq],
        )
        this.messages.index.remove(message.seq)
        this.reading.recount(message.seq)
        run(this.sql, 'DELETE FROM reactions WHERE message_seq = ?', message.seq)
        this.record(seq, 'message.deleted', { messageSeq: message.seq, userId })
        return
      }
      case 'pins': {
        const { kind, message, userId, seq, at } = write
        const pinnedAt = kind === 'message.pinned' ? at : null
        run(this.sql, 'UPDATE messages SET pinned_at = ? WHERE seq = ?', pinnedAt, message.seq)
        this.record(seq, kind, { messageSeq: message.seq, userId })
        return
      }
      case 'removals':
        this.removals.add(write.removal)
        return
      case 'spoke':
        run(this.sql, 'INSERT OR REPLACE INTO spoke VALUES (?, ?)', write.userId, write.at)
        return
      case 'reactions': {
        const { kind, reaction, seq } = write
        const { messageSeq, emoji, userId } = reaction
        const key = [messageSeq, emoji, userId]
        if (kind === 'reaction.added') run(this.sql, 'INSERT INTO reactions VALUES (?, ?, ?, ?)', ...key, seq)
        else run(this.sql, 'DELETE FROM reactions WHERE message_seq = ? AND emoji = ? AND user_id = ?', ...key)
        this.record(seq, kind, reaction)
        return
      }
      case 'marks':
        this.reading.keepMark(write.userId, write.seq, write.at)
        return
      case 'members': {
        const { userId } = write.member
        saveMember(this.sql, write.member)
        this.memberRows.set(userId, write.member)
        if (write.event) this.record(write.event.seq, write.event.kind, { userId })
        return
      }
      case 'channel': {
        const { id, kind, name, slowModeSeconds, whoMayStartTimer, frozen, rev, deletedAt } = write.channel
        run(
          this.sql,
          'INSERT OR REPLACE INTO channel VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)',
          ...[id, kind, name, rev, deletedAt, slowModeSeconds, Number(frozen), whoMayStartTimer],
        )
        this.channelRow = write.channel
        if (write.seq !== null) this.record(write.seq, 'channel.updated', {})
        if (deletedAt !== null) run(this.sql, 'DELETE FROM tickets')
        if (slowModeSeconds === 0) run(this.sql, 'DELETE FROM spoke')
        return
      }
      case 'tickets':
        run(this.sql, 'DELETE FROM tickets WHERE user_id = ?', write.voidUserId)
        return
      case 'timer':
        this.timers.save(write.timer)
        this.record(write.seq, `timer.${write.change}`, { userId: write.userId ?? undefined })
        return
      case 'pomodoros':
        this.timers.addPomodoro(write.pomodoro)
        return
      case 'studies':
        this.studies.save(write.news)
        return
      default:
        assertNever(write)
    }
  }

  private record(seq: number, kind: string, of: { messageSeq?: number; userId?: string; emoji?: string }): void {
    const { messageSeq = null, userId = null, emoji = null } = of
    run(this.sql, 'INSERT INTO events VALUES (?, ?, ?, ?, ?)', seq, kind, messageSeq, userId, emoji)
    // Now and then, so that a full log does not cost a deletion for each new event.
    if (seq - this.trimmedAt < 256) return
    run(this.sql, 'DELETE FROM events WHERE seq <= ?', seq - this.limits.ROOM_LOG_EVENTS)
    this.trimmedAt = seq
  }

  /** Up to `limit` durable events after a seq, in order and in their present form: what was deleted is not told again. */
  replay(after: number, limit: number): { seq: number; event: ServerEvent }[] {
    return listEvents(this.sql, this, after, limit)
  }
}
