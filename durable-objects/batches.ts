import { typingEvent } from '../src/channels/live/presence'
import type { ServerEvent } from '../src/channels/live/protocol'

/** What many sockets are sent alike: encoded once. */
export interface Batch {
  frame: string
  events: number
  bytes: number
}

/** Text for a frame, with what is counted of it. */
export interface Encoded {
  text: string
  bytes: number
}

const encoder = new TextEncoder()

export function encode(event: object): Encoded {
  const text = JSON.stringify(event)
  return { text, bytes: encoder.encode(text).length }
}

export function batchOf(parts: Encoded[]): Batch {
  let text = ''
  let bytes = 1
  for (const part of parts) {
    text += text === '' ? `[${part.text}` : `,${part.text}`
    bytes += part.bytes + 1
  }
  return { frame: `${text}]`, events: parts.length, bytes }
}

/** Both in one frame, what is the socket's own first. */
export function joined(own: Batch, shared: Batch): Batch {
  const frame = `${own.frame.slice(0, -1)},${shared.frame.slice(1)}`
  return { frame, events: own.events + shared.events, bytes: own.bytes + shared.bytes - 1 }
}

type Entry = (Encoded & { loose: boolean }) | { typist: string }

export type Batches = ReturnType<Pending['batches']>

/** What all are to hear and some have not been sent yet: numbered, so that each socket goes on where it stopped. */
export class Pending {
  private entries: Entry[] = []
  private start = 0

  /** The number that the next entry gets. */
  get end(): number {
    return this.start + this.entries.length
  }

  get isEmpty(): boolean {
    return this.entries.length === 0
  }

  add(entry: Entry): void {
    this.entries.push(entry)
  }

  /** Lets go of what everyone has been sent. */
  dropBefore(number: number): void {
    if (number >= this.end) this.entries = []
    else if (number > this.start) this.entries.splice(0, number - this.start)
    this.start = Math.max(this.start, number)
  }

  /** One string for all who have heard equally much, and the few others that differ from it, each made when first needed. */
  batches() {
    const make = (from: number, wants: { loose: boolean; typingFor: string | null | false }) => {
      const parts: Encoded[] = []
      const typists = new Set<string>()
      for (const entry of this.entries.slice(Math.max(0, from - this.start))) {
        if ('typist' in entry) typists.add(entry.typist)
        else if (wants.loose || !entry.loose) parts.push(entry)
      }
      const typing: ServerEvent | null = wants.typingFor === false ? null : typingEvent(typists, wants.typingFor)
      if (typing) parts.push(encode(typing))
      return { typists, batch: parts.length > 0 ? batchOf(parts) : null }
    }
    const everything = memo((from) => make(from, { loose: true, typingFor: null }))
    const durable = memo((from) => make(from, { loose: false, typingFor: false }))
    return {
      /** @param from the number of the first entry that the socket has not been sent */
      forUser: (userId: string, from: number): Batch | null => {
        const { typists, batch } = everything(from)
        return typists.has(userId) ? make(from, { loose: true, typingFor: userId }).batch : batch
      },
      durable: (from: number): Batch | null => durable(from).batch,
    }
  }
}

function memo<T>(make: (from: number) => T): (from: number) => T {
  const made = new Map<number, T>()
  return (from) => {
    const known = made.get(from)
    if (known !== undefined) return known
    const value = make(from)
    made.set(from, value)
    return value
  }
}
