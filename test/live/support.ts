import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { RoomLimits } from '../../src/app/config'
import type { ChannelCommand, MemberReplica } from '../../src/channels/live/contract'
import { RoomLog } from '../../src/channels/live/log'
import type { Answer, Effect, Person, RoomEvent, RoomState } from '../../src/channels/live/model'
import { parseFrame } from '../../src/channels/live/parse-frame'
import type { Frame, ServerEvent } from '../../src/channels/live/protocol'
import { apply } from '../../src/channels/live/room'
import { type Sql, upgradeSchema } from '../../src/channels/live/schema'
import { channel, member } from './replicas'

export const limits: RoomLimits = {
  ROOM_FRAMES_PER_MINUTE: 120,
  ROOM_BAD_FRAMES_PER_MINUTE: 10,
  ROOM_FRAME_BYTES: 16_384,
  ROOM_SOCKETS: 1000,
  ROOM_SOCKETS_PER_USER: 5,
  ROOM_WINDOW_MICROSECONDS_PER_SOCKET: 32,
  ROOM_WINDOW_MAX_MS: 250,
  ROOM_BACKLOG_BYTES_PER_SOCKET: 1_000_000,
  ROOM_BACKLOG_BYTES: 32_000_000,
  ROOM_LOG_EVENTS: 2000,
}

/** SQLite in Node's memory behind the part of the object's handle that the log uses. */
export function memorySql(): Sql {
  const db = new DatabaseSync(':memory:')
  return {
    exec(query, ...bindings) {
      if (bindings.length === 0 && /;\s*\S/.test(query.trim())) {
        db.exec(query)
        return []
      }
      return db.prepare(query).all(...(bindings as SQLInputValue[])) as Record<string, unknown>[]
    },
  }
}

let ids = 0

type Told = { to: string; event: ServerEvent }

/** The core with its log and without workerd: performs effects into lists that a test reads. */
export class Bench {
  now = 1_000_000
  readonly people = new Map<string, Person>()
  readonly log: RoomLog
  state: RoomState
  /** What everyone was told; `to` is all, a socket or a person. */
  readonly told: Told[] = []
  readonly closed: { socketId: string; code: number }[] = []
  readonly effects: Effect[] = []

  constructor(
    over: Partial<RoomLimits> = {},
    readonly sql = memorySql(),
  ) {
    upgradeSchema(sql)
    this.log = new RoomLog(sql, { ...limits, ...over }, this.people)
    this.state = {
      ...this.log.head(),
      ...{
        sockets: 0,
        present: 0,
        counting: false,
        countToldAt: 0,
        countDue: false,
        sweeping: false,
        reporting: false,
        reportedAt: 0,
      },
    }
  }

  static withMembers(...members: (string | MemberReplica)[]): Bench {
    const bench = new Bench()
    bench.run({ type: 'channel.changed', channel: channel() })
    for (const one of members)
      bench.run({ type: 'member.changed', member: typeof one === 'string' ? member(one) : one })
    bench.told.length = 0
    return bench
  }

  run(event: DistributiveOmit<RoomEvent, 'now'>): Answer | null {
    const { state, effects } = apply(this.state, this.log, { ...event, now: this.now })
    this.state = state
    let answer: Answer | null = null
    for (const effect of effects) {
      this.effects.push(effect)
      if (effect.do === 'answer') answer = effect.answer
      if (effect.do === 'save') this.log.save(effect.write)
      if (effect.do === 'wakeAt') this.log.agenda.wakeAt(effect.kind, effect.key, effect.at)
      if (effect.do === 'holdMark') this.log.reading.hold(effect.userId, effect.mark)
      if (effect.do === 'letSleep') this.log.agenda.letSleep(effect.kind, effect.key)
      if (effect.do === 'keepPerson') {
        if (effect.person) this.people.set(effect.userId, effect.person)
        else this.people.delete(effect.userId)
      }
      if (effect.do === 'toAll') this.told.push({ to: 'all', event: effect.event })
      if (effect.do === 'toPerson') this.told.push({ to: effect.userId, event: effect.event })
      if (effect.do === 'toSocket') this.told.push({ to: effect.socketId, event: effect.event })
      if (effect.do === 'admit') this.told.push({ to: effect.socketId, event: effect.ready })
      if (effect.do === 'close') this.closed.push({ socketId: effect.socketId, code: effect.code })
    }
    return answer
  }

  open(
    userId: string,
    socketId = `${userId}-1`,
    since: number | null = null,
    { sessionId = `session-${userId}`, invisible = false, blockedIds = [] as string[] } = {},
  ): void {
    this.run({ type: 'socket.opened', userId, socketId, sessionId, since, blockedIds, invisible })
  }

  close(userId: string, socketId = `${userId}-1`): void {
    this.run({ type: 'socket.closed', userId, socketId })
  }

  command(userId: string, command: ChannelCommand, nonce: string | null = null): Answer {
    ids += 1
    const answer = this.run({ type: 'command', userId, command, nonce, id: `msg_${ids}` })
    if (!answer) throw new Error('a command is always answered')
    return answer
  }

  /** Sends and returns the id of the message. */
  say(userId: string, text: string, nonce: string | null = null): string {
    const answer = this.command(userId, { type: 'message.send', text }, nonce)
    if (!answer.ok || answer.messageId === undefined) throw new Error(JSON.stringify(answer))
    return answer.messageId
  }

  frame(userId: string, frame: Frame | string, socketId = `${userId}-1`): Answer | null {
    ids += 1
    const id = `msg_${ids}`
    if (typeof frame !== 'string') return this.run({ type: 'frame', userId, socketId, frame, id })
    const parsed = parseFrame(frame)
    if (parsed.ok) return this.run({ type: 'frame', userId, socketId, frame: parsed.frame, id })
    if (parsed.broken) return this.run({ type: 'frame.refused', userId, socketId, flaw: { kind: 'broken' } })
    const { code, detail, nonce } = parsed
    return this.run({ type: 'frame.refused', userId, socketId, flaw: { kind: 'invalid', code, detail, nonce } })
  }

  /** The types that everyone was told since the last look. */
  heard(): string[] {
    return this.told.splice(0).map(({ event }) => event.type)
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
