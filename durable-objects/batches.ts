import { typingEvent } from '../src/channels/live/presence'
import type { ServerEvent } from '../src/channels/live/protocol'

/** What many sockets are sent alike: encoded once. */
export interface Batch {
  body: string
  frame: string
  events: number
  bytes: number
}

const encoder = new TextEncoder()

export function batchOf(texts: string[]): Batch {
  const body = texts.join(',')
  return { body, frame: `[${body}]`, events: texts.length, bytes: encoder.encode(body).length + 2 }
}

type Entry = { text: string; loose: boolean } | { typist: string }

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
      const texts: string[] = []
      const typists = new Set<string>()
      for (const entry of this.entries.slice(Math.max(0, from - this.start))) {
        if ('typist' in entry) typists.add(entry.typist)
        else if (wants.loose || !entry.loose) texts.push(entry.text)
      }
      const typing: ServerEvent | null = wants.typingFor === false ? null : typingEvent(typists, wants.typingFor)
      if (typing) texts.push(JSON.stringify(typing))
      return { typists, batch: texts.length > 0 ? batchOf(texts) : null }
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
