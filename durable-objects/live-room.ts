import type { RoomLimits } from '../src/app/config'
import type { Attachment, ChannelReplica, MemberReplica, TodoChange, Visitor } from '../src/channels/live/contract'
import { RoomLog } from '../src/channels/live/log'
import type { Answer, Effect, Person, RoomEvent, RoomState } from '../src/channels/live/model'
import { parseFrame } from '../src/channels/live/parse-frame'
import { PersonLog } from '../src/channels/live/person-log'
import { awaken, isUnseen, presentNow, startsCounting, sweepEveryMs } from '../src/channels/live/presence'
import { assertNever, closeCodes, type Frame, refusals } from '../src/channels/live/protocol'
import { apply } from '../src/channels/live/room'
import { upgradeSchema } from '../src/channels/live/schema'
import { newId } from '../src/shared/ids'
import { Connection } from './connection'
import { idFor, readFrame, redeemTicket } from './entry'
import { turnAway } from './goodbye'
import { type ClaimFiles, RoomFiles } from './room-files'
import { holdMark, releaseMark, wakeMarks } from './room-marks'
import { Sockets } from './sockets'

/** One channel while its object is awake: hands each event to the core and does what the core says. */
export class LiveRoom {
  readonly log: RoomLog
  readonly sockets: Sockets
  readonly personLog: PersonLog
  readonly files: RoomFiles
  state: RoomState
  private readonly people = new Map<string, Person>()
  private alarmAt: number | null = null
  /** The socket that is just being opened. */
  private opening: Connection | null = null

  constructor(
    private readonly ctx: DurableObjectState,
    private readonly limits: RoomLimits,
    claimFiles: ClaimFiles,
    /** Hears who has done something here that proves, for their study clock, that they are there. */
    private readonly proven: (userId: string) => void,
  ) {
    const { sql } = ctx.storage
    ctx.storage.transactionSync(() => upgradeSchema(sql))
    this.log = new RoomLog(sql, limits, this.people)
    this.personLog = new PersonLog(sql)
    this.files = new RoomFiles(this.log, claimFiles)
    this.sockets = new Sockets(
      ctx,
      limits,
      (after, limit) => this.log.replay(after, limit),
      () => ({ type: 'presence.changed', ...presentNow(this.state, this.log, Date.now()) }),
      (who) => this.end(who, 'behind'),
    )
    this.state = this.wake()
    wakeMarks(this)
    this.alarmAt = this.log.agenda.plannedAt(Date.now())
    for (const { who } of this.sockets.all()) if (who.resuming) this.end(who, 'behind')
  }

  /** What is live is found again in the sockets' attachments and the stored graces (L27). */
  private wake(): RoomState {
    const { log, sockets, people } = this
    for (const { userId, until } of log.agenda.listGraces()) people.set(userId, awaken([], until, null))
    const connections = sockets.all().sort((a, b) => a.who.openedAt - b.who.openedAt)
    for (const [userId, own] of Map.groupBy(connections, ({ who }) => who.userId)) {
      const open = own.map(({ who }) => ({ id: who.socketId, sessionId: who.sessionId }))
      people.set(userId, awaken(open, null, own[0]?.who.status ?? null))
    }
    log.visits.reconcile(new Set(people.keys()), Date.now())
    const present = [...people].filter(([userId, person]) => !isUnseen(log, userId, person)).length
    return {
      ...log.head(),
      sockets: sockets.size,
      present,
      counting: startsCounting(present),
      countToldAt: 0,
      countDue: log.agenda.has('count'),
      sweeping: log.agenda.has('sweep'),
      reporting: log.agenda.has('head'),
      reportedAt: 0,
    }
  }

  isConnected(userId: string): boolean {
    return (this.people.get(userId)?.sockets.length ?? 0) > 0
  }

  connectedIds(): string[] {
    return [...this.people.keys()].filter((userId) => this.isConnected(userId))
  }

  take(channel: ChannelReplica | null, members: MemberReplica[]): void {
    const now = Date.now()
    if (channel) this.run({ type: 'channel.changed', channel, now })
    for (const member of members) this.run({ type: 'member.changed', member, now })
    this.settle()
  }

  keepTicket(hash: string, visitor: Visitor, seconds: number): void {
    const now = Date.now()
    this.log.tickets.add(hash, visitor, now + seconds * 1000)
    if (this.state.sweeping) return
    this.state = { ...this.state, sweeping: true }
    this.perform({ do: 'wakeAt', kind: 'sweep', key: '', at: now + sweepEveryMs })
  }

  /** Redeems the ticket and lets the socket in, or accepts it only to say why it is closed (L3). */
  open(socket: WebSocket, request: Request, ticketHash: string): void {
    const now = Date.now()
    const visitor = redeemTicket(this.log.tickets, ticketHash, request, now)
    if (!visitor) {
      turnAway(socket, closeCodes.signedOut)
      return
    }
    const { userId, sessionId, sessionEndsAt, transport, blockedIds = [] } = visitor
    const socketId = newId('socket')
    const who = { socketId, userId, sessionId, sessionEndsAt, transport, openedAt: now, resuming: false, status: null }
    const query = new URL(request.url).searchParams
    const since = query.get('since')
    this.opening = new Connection(socket, who)
    this.run({
      type: 'socket.opened',
      ...{ userId, sessionId, socketId, since: since === null ? null : Number(since), now },
      ...{ blockedIds, invisible: query.get('state') === 'invisible' },
    })
    this.opening = null
    this.settle()
  }

  /** @returns a promise only where D1 is asked for files before the frame can be decided on */
  receive(socket: WebSocket, data: string | ArrayBuffer): Promise<void> | undefined {
    const connection = this.sockets.find(socket)
    if (!connection) return
    const now = Date.now()
    connection.heardAt = now
    const { userId, socketId } = connection.who
    const parsed = readFrame(data, this.limits.ROOM_FRAME_BYTES, parseFrame)
    if ('flaw' in parsed) this.run({ type: 'frame.refused', userId, socketId, flaw: parsed.flaw, now })
    else {
      const { frame } = parsed
      const wanted = frame.kind === 'command' && frame.command.type === 'message.send' && frame.command.attachments
      if (wanted)
        return this.files.of(userId, frame.nonce, wanted).then((files) => {
          this.decide(connection, frame, files)
          this.settle()
        })
      this.decide(connection, frame)
    }
    this.settle()
  }

  private decide(connection: Connection, frame: Frame, files?: Attachment[]): void {
    const { userId, socketId } = connection.who
    const id = frame.kind === 'command' ? idFor(frame.command) : ''
    const answer = this.run({ type: 'frame', userId, socketId, frame, id, files, now: Date.now() })
    if (!answer || frame.kind !== 'command') return
    this.answer(connection, frame.nonce, answer)
    if (answer.ok && frame.command.type.startsWith('timer.')) this.proven(userId)
  }

  private answer(connection: Connection, nonce: string | null, answer: Answer): void {
    if (!answer.ok) {
      const { code, detail = refusals[answer.code], retryAfterSeconds } = answer
      this.sockets.toOne(connection, { type: 'error', code, detail, nonce: nonce ?? undefined, retryAfterSeconds })
    } else if (nonce !== null)
      this.sockets.toOne(connection, { type: 'ack', nonce, id: answer.messageId, seq: answer.seq })
  }

  lost(socket: WebSocket): void {
    const connection = this.sockets.find(socket)
    if (!connection) return
    const { userId, socketId } = connection.who
    this.sockets.forget(connection)
    this.run({ type: 'socket.closed', userId, socketId, now: Date.now() })
    this.settle()
  }

  /** Ends one socket from our side. */
  end({ userId, socketId }: { userId: string; socketId: string }, why: 'silent' | 'behind' | 'session'): void {
    this.run({ type: 'socket.ended', userId, socketId, why, now: Date.now() })
  }

  dropSession(sessionId: string): void {
    this.log.tickets.voidSession(sessionId)
    for (const { who } of this.sockets.all()) if (who.sessionId === sessionId) this.end(who, 'session')
    this.settle()
  }

  setBlocks(userId: string, blockedIds: string[]): void {
    this.run({ type: 'blocks.changed', userId, blockedIds, now: Date.now() })
    this.settle()
  }

  todoChanged(change: TodoChange): void {
    this.run({ type: 'todo.changed', change, now: Date.now() })
    this.settle()
  }

  /** Lets the core decide and does what it says, all in this turn: what is heard has been stored (L11). */
  run(event: RoomEvent): Answer | null {
    let answer: Answer | null = null
    try {
      const { state, effects } = apply(this.state, this.log, event)
      this.state = state
      for (const effect of effects) {
        if (effect.do === 'answer') answer = effect.answer
        else this.perform(effect)
      }
    } catch (error) {
      // Memory may be ahead of storage now; the object starts again from what is stored.
      this.ctx.abort('a room event failed')
      throw error
    }
    return answer
  }

  perform(effect: Exclude<Effect, { do: 'answer' }>): void {
    const { log, sockets, people } = this
    switch (effect.do) {
      case 'save':
        if (effect.write.table === 'marks') releaseMark(this, effect.write.userId)
        log.save(effect.write)
        break
      case 'holdMark':
        holdMark(this, effect)
        break
      case 'keepPerson':
        this.keepPerson(effect.userId, effect.person)
        break
      case 'keepStatus':
        for (const { id } of people.get(effect.userId)?.sockets ?? []) sockets.keep(id, { status: effect.status })
        break
      case 'toAll':
        sockets.toAll(effect.event, effect.loose ?? false)
        break
      case 'toPerson':
        for (const { id } of people.get(effect.userId)?.sockets ?? []) sockets.toSocket(id, effect.event)
        break
      case 'toSocket':
        sockets.toSocket(effect.socketId, effect.event)
        break
      case 'showTyping':
        sockets.showTyping(effect.userId)
        break
      case 'admit':
        if (!this.opening) break
        this.opening.who.status = people.get(this.opening.who.userId)?.status ?? null
        sockets.admit(this.opening, effect.ready, effect.since, effect.resume)
        break
      case 'countSeen':
        sockets.countSeen(effect.socketId, effect.n)
        break
      case 'close':
        if (this.opening?.who.socketId === effect.socketId) turnAway(this.opening.socket, effect.code)
        else sockets.close(effect.socketId, effect.code)
        break
      case 'wakeAt':
        log.agenda.wakeAt(effect.kind, effect.key, effect.at)
        if (this.alarmAt === null || effect.at < this.alarmAt) this.planAlarm()
        break
      case 'letSleep':
        log.agenda.letSleep(effect.kind, effect.key)
        break
      case 'tell':
        log.outbox.add({ ...effect.event, id: newId('event') })
        this.perform({ do: 'wakeAt', kind: 'outbox', key: '', at: effect.event.createdAt })
        break
      default:
        assertNever(effect)
    }
  }

  private keepPerson(userId: string, person: Person | null): void {
    const { people, log } = this
    if (!person) {
      people.delete(userId)
      log.visits.went(userId, Date.now())
      return
    }
    if (!people.has(userId)) log.visits.came(userId, Date.now())
    people.set(userId, person)
  }

  watchMeetup({ id, endsAt }: { id: string; endsAt: number }): void {
    if (this.log.visits.watch(id, endsAt, this.people.keys(), Date.now()))
      this.perform({ do: 'wakeAt', kind: 'meetup', key: id, at: endsAt })
  }

  /** Sets the object's one alarm to the earliest that is due. */
  planAlarm(): void {
    this.alarmAt = this.log.agenda.nextAt()
    if (this.alarmAt !== null) void this.ctx.storage.setAlarm(this.alarmAt)
  }

  settle(): void {
    this.sockets.settle()
  }
}
