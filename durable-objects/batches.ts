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

export type Batches = ReturnType<typeof makeBatches>

/** One string for all, and the few others that differ from it, each made when first needed. */
export function makeBatches(pending: { text: string; loose: boolean }[], typists: ReadonlySet<string>) {
  const make = (from: number, wants: { loose: boolean; typing: ServerEvent | null }) => {
    const texts = pending.slice(from).flatMap(({ text, loose }) => (loose && !wants.loose ? [] : [text]))
    if (wants.typing) texts.push(JSON.stringify(wants.typing))
    return texts.length > 0 ? batchOf(texts) : null
  }
  const everything = memo((from) => make(from, { loose: true, typing: typingEvent(typists, null) }))
  const durable = memo((from) => make(from, { loose: false, typing: null }))
  return {
    /** @param from how many pending events are left out at the beginning */
    forUser: (userId: string, from: number) =>
      typists.has(userId) ? make(from, { loose: true, typing: typingEvent(typists, userId) }) : everything(from),
    durable,
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
