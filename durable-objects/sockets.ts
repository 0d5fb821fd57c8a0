import type { RoomLimits } from '../src/app/config'
import { backlogBytes, type LastFlush, turnsFor, windowMs } from '../src/channels/live/pace'
import type { CloseCode, ServerEvent } from '../src/channels/live/protocol'
import { type Batch, type Batches, batchOf, type Encoded, encode, joined, Pending } from './batches'
import { type Attachment, Connection } from './connection'
import { sayGoodbye } from './goodbye'
import { type Round, Rounds } from './rounds'

const behindForMs = 5000
/** A longer text is not copied to put what is a socket's own before it: a frame more costs less, and leaves nothing behind. */
const copiedBytes = 2048
const replayEvents = 1000
const replayBytes = { most: 512 * 1024, least: 16 * 1024 }

type Replay<Event> = (after: number, limit: number) => { seq: number; event: Event }[]

/** An object's open sockets and what waits to be sent to them (L7). No rules: it is told what to send and to whom. */
export class Sockets<Event extends { type: string } = ServerEvent> {
  private readonly byId = new Map<string, Connection>()
  private readonly bySocket = new Map<WebSocket, Connection>()
  private readonly pending = new Pending()
  private readonly asked = new Set<Connection>()
  private places = 0
  private flushedAt = 0
  /** When the last round began, and up to which entry there was something to tell then. */
  private round = { at: 0, end: 0 }
  private lastFlush: LastFlush | undefined
  private readonly rounds = new Rounds((turn, of) => {
    this.tell(Date.now(), turn, of)
    return this.isWaiting ? this.nextRound() : null
  })

  constructor(
    private readonly ctx: DurableObjectState,
    private readonly limits: RoomLimits,
    private readonly replay: Replay<Event>,
    private readonly presenceNow: () => Event,
    /** Hears who has owed too much for too long. */
    private readonly behind: (who: Attachment) => void,
  ) {
    // Once per wake: every call of getWebSockets() would wake each hibernated socket again.
    for (const socket of ctx.getWebSockets()) {
      const who = socket.deserializeAttachment() as Attachment | null
      if (who) this.register(new Connection(socket, who))
    }
  }

  get size(): number {
    return this.byId.size
  }

  find(socket: WebSocket): Connection | null {
    return this.bySocket.get(socket) ?? null
  }

  all(): Connection[] {
    return [...this.byId.values()]
  }

  /** When the socket last showed life, pings included, which the runtime answers without waking the object. */
  heardAt({ socket, who, heardAt }: Connection): number {
    return Math.max(who.openedAt, heardAt, this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0)
  }

  toAll(event: Event, loose: boolean): void {
    if (this.byId.size > 0) this.pending.add({ ...encode(event), loose })
  }

  toOne(connection: Connection, event: Event): void {
    connection.queued.push(encode(event))
    this.asked.add(connection)
  }

  toSocket(socketId: string, event: Event): void {
    const connection = this.byId.get(socketId)
    if (connection) this.toOne(connection, event)
  }

  /** Keeps it through sleep, at no cost, for as long as the socket is open. */
  keep(socketId: string, what: Pick<Attachment, 'status'> | Pick<Attachment, 'mark'>): void {
    const connection = this.byId.get(socketId)
    if (!connection) return
    Object.assign(connection.who, what)
    connection.socket.serializeAttachment(connection.who)
  }

  showTyping(userId: string): void {
    if (this.byId.size > 0) this.pending.add({ typist: userId })
  }

  /** Lets a socket in: it hears ready, what it missed, resumed, and then only what is newer than that (L4). */
  admit(
    connection: Connection,
    ready: Event & { seq?: number },
    since: number | null,
    resume: 'live' | 'replay' | 'resync',
  ): void {
    this.ctx.acceptWebSocket(connection.socket)
    connection.socket.serializeAttachment(connection.who)
    this.register(connection)
    const opening = [encode(ready)]
    if (resume === 'replay') {
      connection.cursor = since
      this.replayTo(connection, opening)
      return
    }
    if (resume === 'resync') opening.push(encode({ type: 'resync', seq: ready.seq }))
    this.send(connection, batchOf(opening))
  }

  /** Replays as much as one turn may send; the rest follows, and only then the socket hears what all hear. */
  private replayTo(connection: Connection, opening: Encoded[]): void {
    if (connection.cursor === null || !this.byId.has(connection.who.socketId)) return
    const parts = opening
    let room = Math.max(replayBytes.least, Math.min(replayBytes.most, this.limits.ROOM_BACKLOG_BYTES / this.size))
    const found = this.replay(connection.cursor, replayEvents)
    let taken = 0
    for (const { seq, event } of found) {
      if (room <= 0) break
      const part = encode(event)
      parts.push(part)
      room -= part.bytes
      connection.cursor = seq
      taken += 1
    }
    if (taken < found.length || found.length === replayEvents) {
      this.send(connection, batchOf(parts))
      this.markResuming(connection, true)
      setTimeout(() => this.replayTo(connection, []), windowMs(this.limits, this.size))
      return
    }
    parts.push(encode({ type: 'resumed', seq: connection.cursor } satisfies ServerEvent))
    connection.cursor = null
    // What is still pending was in the log already, and must not come twice.
    connection.next = this.pending.end
    // Who came and went in the meantime was not replayed.
    if (connection.who.resuming) parts.push(encode(this.presenceNow()))
    this.send(connection, batchOf(parts))
    this.markResuming(connection, false)
    connection.seenEvents = connection.sentEvents
    connection.seenBytes = connection.sentBytes
  }

  private markResuming(connection: Connection, resuming: boolean): void {
    if (connection.who.resuming === resuming) return
    connection.who.resuming = resuming
    connection.socket.serializeAttachment(connection.who)
  }

  /** @param n how many events the client has received on this socket */
  countSeen(socketId: string, n: number): void {
    const connection = this.byId.get(socketId)
    if (!connection) return
    const owed = connection.sentEvents - connection.seenEvents
    const seen = Math.min(n - connection.seenEvents, owed)
    if (seen <= 0) return
    connection.seenBytes += ((connection.sentBytes - connection.seenBytes) * seen) / owed
    connection.seenEvents += seen
  }

  /**
   * Flushes at the end of this turn, or within the window when the last flush is younger than that: then a large room is
   * told in turns spread over the window, so that nobody waits for the frames of all the others as well.
   */
  settle(): void {
    if (this.rounds.areUnderWay || !this.isWaiting) return
    const now = Date.now()
    const { ms, of } = this.nextRound()
    const rest = ms - Math.abs(now - this.flushedAt)
    if (rest > 0) this.rounds.begin({ ms: rest, of })
    else this.flush(now)
  }

  /** Tells all of them now. */
  flush(now: number): void {
    this.rounds.end()
    this.tell(now, 0, 1)
    this.settle()
  }

  private get isWaiting(): boolean {
    return !this.pending.isEmpty || this.asked.size > 0
  }

  private nextRound(): Round {
    return { ms: windowMs(this.limits, this.size, this.lastFlush), of: turnsFor(this.size) }
  }

  /** Sends what waits to those whose turn it is. What comes of it, such as the end of who lags behind, waits in its turn. */
  private tell(now: number, turn: number, of: number): void {
    const { pending, round } = this
    const lagging: Connection[] = []
    if (!pending.isEmpty) {
      if (turn === 0) {
        this.lastFlush = { events: pending.end - round.end, gapMs: Math.abs(now - round.at) }
        this.round = { at: now, end: pending.end }
      }
      const batches = pending.batches()
      const most = backlogBytes(this.limits, this.size)
      let heardByAll = pending.end
      for (const connection of this.byId.values()) {
        if (connection.cursor !== null) continue
        if (connection.place % of === turn) {
          const batch = this.batchFor(connection, batches, most)
          this.send(connection, batch)
          if (this.isLagging(connection, most, now)) lagging.push(connection)
        }
        heardByAll = Math.min(heardByAll, connection.next)
      }
      pending.dropBefore(heardByAll)
    }
    for (const connection of this.asked) if (connection.place % of === turn) this.send(connection, null)
    this.flushedAt = now
    for (const { who } of lagging) this.behind(who)
  }

  /** @param most how many bytes the socket may owe: above half of that it hears only what it could not find again */
  private batchFor(connection: Connection, batches: Batches, most: number): Batch | null {
    const { who, next, sentBytes, seenBytes } = connection
    connection.next = this.pending.end
    return sentBytes - seenBytes > most / 2 ? batches.durable(next) : batches.forUser(who.userId, next)
  }

  private isLagging(connection: Connection, most: number, now: number): boolean {
    if (connection.sentBytes - connection.seenBytes <= most) {
      connection.behindSince = null
      return false
    }
    connection.behindSince ??= now
    return now - connection.behindSince > behindForMs
  }

  /** @param batch what others hear as well, after what is the socket's own */
  private send(connection: Connection, batch: Batch | null): void {
    const own = this.takeOwn(connection)
    if (own && batch && batch.bytes <= copiedBytes) this.put(connection, joined(own, batch))
    else {
      if (own) this.put(connection, own)
      if (batch) this.put(connection, batch)
    }
  }

  private takeOwn(connection: Connection): Batch | null {
    if (connection.queued.length === 0) return null
    const own = batchOf(connection.queued)
    connection.queued = []
    this.asked.delete(connection)
    return own
  }

  private put(connection: Connection, { frame, events, bytes }: Batch): void {
    connection.sentEvents += events
    connection.sentBytes += bytes
    try {
      connection.socket.send(frame)
    } catch {
      // The link is gone; its close event follows or has come.
    }
  }

  /** Tells the socket why and closes it, after everything that was to be heard before. */
  close(socketId: string, code: CloseCode): void {
    const connection = this.byId.get(socketId)
    if (!connection) return
    if (connection.cursor === null) {
      const batch = this.batchFor(connection, this.pending.batches(), backlogBytes(this.limits, this.size))
      this.send(connection, batch)
    }
    this.forget(connection)
    // A closing socket may outlive this wake; without its attachment nobody takes it for an open one.
    connection.socket.serializeAttachment(null)
    sayGoodbye(connection.socket, code)
  }

  forget(connection: Connection): void {
    this.byId.delete(connection.who.socketId)
    this.bySocket.delete(connection.socket)
    this.asked.delete(connection)
  }

  private register(connection: Connection): void {
    connection.next = this.pending.end
    connection.place = this.places
    this.places += 1
    this.byId.set(connection.who.socketId, connection)
    this.bySocket.set(connection.socket, connection)
  }
}
