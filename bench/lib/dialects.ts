import type { Wire } from './wire.ts'

/** What a frame said, in the words of the generator. */
export interface Heard {
  /** Ids of the messages in it, in order. */
  ids: readonly number[]
  /** How many events it held, which Studyhall's clients tell the server. */
  events: number
  /** The place of the first id in the room's order, once it is known; -1 when the ids do not stand in a row. */
  first?: number
}

export interface Hearing {
  ready(wire: Wire): void
  acked(id: number): void
  /** A refusal, or anything else that a run must not contain. */
  trouble(text: string): void
  resumed(wire: Wire, event: 'resumed' | 'resync'): void
  seq(wire: Wire, seq: number): void
}

/** How one server is spoken to. */
export interface Dialect {
  /** Said once the socket is open. */
  greeting?: string
  message(id: number, text: string): string
  heartbeat?: { text: string; everyMs: number }
  /** Private parts of a frame are told to `hearing`; what all sockets get is returned. */
  read(wire: Wire, payload: Buffer, hearing: Hearing): Heard
  seen?(events: number): string
  readUpTo?(seq: number): string
  /** Whether an unacknowledged message may be sent again without being doubled. */
  repeats?: boolean
}

const mark = 0x23
const zero = 0x30
const none: Heard = { ids: [], events: 0 }

/** 120 characters by default, the id between two marks at its start. */
export function textOf(id: number, length: number): string {
  return `#${String(id).padStart(10, '0')}# the quiet hour begins, open your books and say what you will finish today`
    .padEnd(length, ' .')
    .slice(0, length)
}

function idsIn(payload: Buffer): number[] {
  const ids: number[] = []
  for (let at = payload.indexOf(mark); at >= 0; at = payload.indexOf(mark, at + 1)) {
    if (payload[at + 11] !== mark) continue
    let id = 0
    for (let n = at + 1; n <= at + 10; n += 1) id = id * 10 + payload[n]! - zero
    ids.push(id)
    at += 11
  }
  return ids
}

interface StudyhallEvent {
  type: string
  nonce?: string
  seq?: number
  code?: string
  message?: { text?: string }
}

/** Remembers the newest shared frames, so that the same bytes for five hundred sockets are parsed once. */
class Remembered {
  private readonly frames: { bytes: Buffer; heard: Heard; lastSeq: number }[] = []

  find(payload: Buffer) {
    for (const frame of this.frames) {
      const { bytes } = frame
      if (bytes.length === payload.length && bytes.equals(payload)) return { ...frame, from: 0 }
      // Acks of one socket stand before what all share: the tail is the shared frame without its bracket.
      const from = payload.length - bytes.length
      if (from <= 1 || payload[from] !== 0x2c || payload.compare(bytes, 1, bytes.length, from + 1) !== 0) continue
      // Frames of two turns may end alike: what stands before the tail is private only if it holds no message.
      if (idsIn(payload.subarray(0, from)).length === 0) return { ...frame, from }
    }
    return null
  }

  add(payload: Buffer, heard: Heard, lastSeq: number): void {
    this.frames.unshift({ bytes: Buffer.from(payload), heard, lastSeq })
    if (this.frames.length > 6) this.frames.pop()
  }
}

export function studyhall(): Dialect {
  const remembered = new Remembered()
  // People come back to their room: what they say then must not be taken for what they said before.
  const talk = `${crypto.randomUUID().slice(0, 8)}-`
  const privately = (wire: Wire, events: StudyhallEvent[], hearing: Hearing) => {
    for (const event of events) {
      if (event.type === 'ack') hearing.acked(Number(event.nonce?.slice(talk.length)))
      else if (event.type === 'ready') hearing.ready(wire)
      else if (event.type === 'resumed' || event.type === 'resync') hearing.resumed(wire, event.type)
      else if (event.type === 'error' || event.type === 'closing') hearing.trouble(`${event.type} ${event.code}`)
    }
  }
  return {
    message: (id, text) => JSON.stringify({ type: 'message.send', nonce: talk + id, text }),
    repeats: true,
    heartbeat: { text: 'ping', everyMs: 25_000 },
    seen: (events) => JSON.stringify({ type: 'seen', n: events }),
    readUpTo: (seq) => JSON.stringify({ type: 'read', seq }),
    read(wire, payload, hearing) {
      if (payload[0] === 0x70) return none
      const known = remembered.find(payload)
      if (known) {
        if (known.lastSeq > 0) hearing.seq(wire, known.lastSeq)
        if (known.from === 0) return known.heard
        const own = JSON.parse(`${payload.toString('utf8', 0, known.from)}]`) as StudyhallEvent[]
        privately(wire, own, hearing)
        return { ...known.heard, events: known.heard.events + own.length }
      }
      const events = JSON.parse(payload.toString()) as StudyhallEvent[]
      privately(wire, events, hearing)
      const said = events.filter(({ type }) => type === 'message.created')
      const ids = said.map(({ message }) => Number(message?.text?.slice(1, 11)))
      const lastSeq = Math.max(0, ...events.map(({ type, seq }) => (type !== 'ack' && seq) || 0))
      if (lastSeq > 0) hearing.seq(wire, lastSeq)
      const heard = { ids, events: events.length }
      if (said.length > 0 && said.length === events.length) remembered.add(payload, heard, lastSeq)
      return heard
    },
  }
}

/** Engine.IO 4 and Socket.IO 5 on a WebSocket, as the official client speaks them. */
export function socketIo(): Dialect {
  return {
    message: (id, text) => `42${id}["message.send",${JSON.stringify({ nonce: String(id), text })}]`,
    read(wire, payload, hearing) {
      const first = payload[0]
      if (first === 0x30) {
        wire.send('40')
        return none
      }
      if (first === 0x32) {
        wire.send('3')
        return none
      }
      if (first !== 0x34) return none
      const second = payload[1]
      if (second === 0x32) return { ids: idsIn(payload), events: 1 }
      if (second === 0x33) hearing.acked(Number.parseInt(payload.toString('latin1', 2, 14), 10))
      else if (second === 0x30) hearing.ready(wire)
      else hearing.trouble(payload.toString('utf8', 0, 200))
      return none
    },
  }
}

/** One JSON object per frame, one frame per message and socket. */
export function plain(): Dialect {
  return {
    message: (id, text) => JSON.stringify({ type: 'message.send', nonce: String(id), text }),
    read(wire, payload, hearing) {
      if (payload.length < 64) {
        const event = JSON.parse(payload.toString()) as StudyhallEvent
        if (event.type === 'ack') hearing.acked(Number(event.nonce))
        else if (event.type === 'ready') hearing.ready(wire)
        return none
      }
      return { ids: idsIn(payload), events: 1 }
    },
  }
}

export const dialects = { studyhall, socketIo, plain }
export type DialectName = keyof typeof dialects
