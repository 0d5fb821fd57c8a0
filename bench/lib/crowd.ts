import { setTimeout as pause } from 'node:timers/promises'
import { type Dialect, type DialectName, dialects, type Hearing, textOf } from './dialects.ts'
import type { Connected, Reconnected } from './orders.ts'
import { Tally } from './tally.ts'
import { type Listener, type Target, Wire } from './wire.ts'

/** Half of what the fullest possible room lets a socket owe. */
const unseenBytes = 2000

/** Everybody who is connected to one room, and what they have heard. */
export class Crowd {
  readonly tally: Tally
  readonly troubles: string[] = []
  readonly closed: Record<string, number> = {}
  readonly lastSeqs: number[]
  private readonly sinces: number[] = []
  private readonly dialect: Dialect
  private readonly wires: (Wire | null)[]
  private readonly events: Uint32Array
  private readonly bytesSeen: Float64Array
  private readonly isReady: Uint8Array
  private readonly timers: NodeJS.Timeout[] = []
  private readonly resyncs: { socket: number; since: number }[] = []
  /** What sockets hear while they read over HTTP what they missed: it comes after that. */
  private readonly held = new Map<number, number[]>()
  private readonly unacknowledged = new Map<number, { socket: number; text: string }>()
  private readonly joined = new Set<number>()
  private past = { bytesIn: 0, framesIn: 0 }
  heartbeats = 0
  reads = false
  private readyCount = 0
  private resumedCount = 0
  private speaker = 0
  private closing = false
  private readonly cutOnPurpose = new Set<Wire>()

  constructor(name: DialectName, targets: Target[]) {
    this.dialect = dialects[name]()
    this.tally = new Tally(targets.length)
    this.wires = new Array<Wire | null>(targets.length).fill(null)
    this.lastSeqs = new Array<number>(targets.length).fill(0)
    this.events = new Uint32Array(targets.length)
    this.bytesSeen = new Float64Array(targets.length)
    this.isReady = new Uint8Array(targets.length)
    this.beat()
  }

  /** @param atOnce how many may be on their way in at the same time */
  async connect(targets: Target[], atOnce: number, timeoutMs: number): Promise<Connected> {
    const startedAt = performance.now()
    const deadline = startedAt + timeoutMs
    let opened = 0
    while (this.readyCount < targets.length && performance.now() < deadline && this.troubles.length < 5) {
      for (; opened < targets.length && opened - this.readyCount < atOnce; opened += 1)
        this.open(opened, targets[opened]!)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const ms = performance.now() - startedAt
    if (this.readyCount < targets.length)
      throw new Error(
        `${this.readyCount} of ${targets.length} sockets became ready: ${this.troubles.slice(0, 3).join('; ')}`,
      )
    return { sockets: targets.length, ms, bytesIn: this.traffic().bytesIn, troubles: this.troubles }
  }

  /** One message, from the next socket in turn or from the one given. */
  say(length: number, from?: number): void {
    for (let tries = 0; tries < this.wires.length; tries += 1) {
      const speaker = from ?? this.speaker
      this.speaker = (this.speaker + 1) % this.wires.length
      const wire = this.wires[speaker]
      if (!wire?.isOpen || !this.isReady[speaker]) continue
      const id = this.tally.send(performance.now())
      const text = this.dialect.message(id, textOf(id, length))
      if (this.dialect.repeats) this.unacknowledged.set(id, { socket: speaker, text })
      wire.send(text)
      return
    }
  }

  /** Until every socket has heard everything, or nothing more can be hoped for. */
  async settled(atMostMs: number): Promise<void> {
    const deadline = performance.now() + atMostMs
    while (this.tally.counts.lost > 0 && performance.now() < deadline) await pause(5)
  }

  cut(sockets: number[]): void {
    for (const socket of sockets) {
      const wire = this.wires[socket]
      if (!wire) continue
      this.cutOnPurpose.add(wire)
      this.leave(wire)
      wire.cut()
    }
  }

  /** @param resume asks for what was missed, where the server knows how to; the time is until everybody has it */
  async reconnect(sockets: number[], targets: Target[], resume: boolean, timeoutMs: number): Promise<Reconnected> {
    const before = { ...this.traffic(), at: performance.now(), ready: this.readyCount, resumed: this.resumedCount }
    this.resyncs.length = 0
    for (const [n, socket] of sockets.entries()) {
      const target = targets[n]!
      this.sinces[socket] = this.lastSeqs[socket]!
      const path = resume ? `${target.path}?since=${this.lastSeqs[socket]}` : target.path
      this.open(socket, { ...target, path })
    }
    const done = () =>
      resume ? this.resumedCount - before.resumed >= sockets.length : this.readyCount - before.ready >= sockets.length
    while (!done() && performance.now() < before.at + timeoutMs) await pause(1)
    const after = this.traffic()
    return {
      sockets: sockets.length,
      ms: performance.now() - before.at,
      framesIn: after.framesIn - before.framesIn,
      bytesIn: after.bytesIn - before.bytesIn,
      resyncs: [...this.resyncs],
      troubles: this.troubles,
    }
  }

  /** What was read over HTTP instead of heard counts as heard, before what came by the socket meanwhile. */
  refetched(socket: number, ids: number[]): void {
    const known = new Set(ids)
    const all = [...ids, ...(this.held.get(socket) ?? []).filter((id) => !known.has(id))]
    this.held.delete(socket)
    if (all.length > 0) this.tally.heard(socket, all, this.tally.order(all), performance.now())
  }

  traffic(): { bytesIn: number; framesIn: number } {
    const sum = { ...this.past }
    for (const wire of this.wires) {
      sum.bytesIn += wire?.bytesIn ?? 0
      sum.framesIn += wire?.framesIn ?? 0
    }
    return sum
  }

  async close(): Promise<void> {
    this.closing = true
    for (const timer of this.timers) clearInterval(timer)
    for (const wire of this.wires) wire?.cut()
    await pause(50)
  }

  private open(index: number, target: Target): void {
    this.isReady[index] = 0
    this.events[index] = 0
    this.bytesSeen[index] = 0
    this.wires[index] = new Wire(index, target, this.listener)
  }

  /** What nobody has acknowledged is said again with its nonce, as our clients do. */
  private sayAgain(wire: Wire): void {
    for (const { socket, text } of this.unacknowledged.values()) if (socket === wire.index) wire.send(text)
  }

  private leave(wire: Wire): void {
    if (this.wires[wire.index] !== wire) return
    this.past.bytesIn += wire.bytesIn
    this.past.framesIn += wire.framesIn
    this.wires[wire.index] = null
    this.isReady[wire.index] = 0
  }

  private readonly hearing: Hearing = {
    ready: (wire) => {
      if (this.isReady[wire.index]) return
      this.isReady[wire.index] = 1
      this.readyCount += 1
      if (!this.joined.has(wire.index)) this.tally.join(wire.index)
      this.joined.add(wire.index)
      this.sayAgain(wire)
    },
    acked: (id) => {
      this.unacknowledged.delete(id)
      this.tally.ack(id, performance.now())
    },
    trouble: (text) => {
      if (this.troubles.length < 20) this.troubles.push(text)
    },
    resumed: (wire, event) => {
      this.resumedCount += 1
      if (event !== 'resync') return
      this.held.set(wire.index, [])
      this.resyncs.push({ socket: wire.index, since: this.sinces[wire.index]! })
    },
    seq: (wire, seq) => {
      if (seq > this.lastSeqs[wire.index]!) this.lastSeqs[wire.index] = seq
    },
  }

  private readonly listener: Listener = {
    open: (wire) => {
      if (this.dialect.greeting) wire.send(this.dialect.greeting)
    },
    text: (wire, payload) => {
      const heard = this.dialect.read(wire, payload, this.hearing)
      this.events[wire.index]! += heard.events
      if (heard.ids.length === 0) return
      const held = this.held.get(wire.index)
      if (held) {
        held.push(...heard.ids)
        return
      }
      heard.first ??= this.tally.order(heard.ids)
      this.tally.heard(wire.index, heard.ids, heard.first, performance.now())
      const { readUpTo } = this.dialect
      if (this.reads && readUpTo) wire.send(readUpTo(this.lastSeqs[wire.index]!))
    },
    closed: (wire, code, detail) => {
      const meant = this.closing || this.cutOnPurpose.delete(wire)
      this.leave(wire)
      if (meant) return
      this.closed[code] = (this.closed[code] ?? 0) + 1
      this.hearing.trouble(`closed ${code} ${detail}`)
    },
  }

  /** Heartbeats and acknowledgements of what was seen, spread over time as those of real people are. */
  private beat(): void {
    const { heartbeat, seen } = this.dialect
    const slices = 20
    const each = (everyMs: number, act: (wire: Wire) => void) => {
      let turn = 0
      this.timers.push(
        setInterval(() => {
          turn += 1
          for (let n = turn % slices; n < this.wires.length; n += slices) {
            const wire = this.wires[n]
            if (wire?.isOpen && this.isReady[n]) act(wire)
          }
        }, everyMs / slices),
      )
    }
    if (heartbeat)
      each(heartbeat.everyMs, (wire) => {
        this.heartbeats += 1
        wire.send(heartbeat.text)
      })
    if (seen)
      each(1100, (wire) => {
        // A client that acknowledged each single message would wake the room as often as all of them speak.
        if (wire.bytesIn - this.bytesSeen[wire.index]! < unseenBytes) return
        this.bytesSeen[wire.index] = wire.bytesIn
        wire.send(seen(this.events[wire.index]!))
      })
  }
}
