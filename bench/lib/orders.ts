import type { DialectName } from './dialects.ts'
import type { Requests } from './http-load.ts'
import type { Counts, Latency } from './tally.ts'
import type { Target } from './wire.ts'

/** What the harness asks of the generator, one JSON line each; every order is answered by one line. */
export type Order =
  | { do: 'connect'; dialect: DialectName; targets: Target[]; atOnce: number; timeoutMs: number }
  | {
      do: 'talk'
      rate: number
      seconds: number
      warmupSeconds: number
      length: number
      drainMs: number
      /** Everybody says how far they have read, with each frame that holds messages. */
      reads?: boolean
    }
  | { do: 'burst'; messages: number; length: number; from: number; drainMs: number }
  | { do: 'idle'; seconds: number }
  | ({ do: 'requests' } & Requests)
  | { do: 'cut'; sockets: number[] }
  | { do: 'reconnect'; sockets: number[]; targets: Target[]; resume: boolean; timeoutMs: number }
  | { do: 'refetched'; socket: number; ids: number[] }
  | { do: 'counts' }
  | { do: 'close' }

export interface Connected {
  sockets: number
  /** From the first opening request to the last `ready`. */
  ms: number
  bytesIn: number
  troubles: string[]
}

export interface Talked extends Counts {
  rate: number
  seconds: number
  /** Messages a second that were really sent in the measured time. */
  sentPerSecond: number
  deliveriesPerSecond: number
  latency: Latency
  ackLatency: Latency
  bytesIn: number
  framesIn: number
  /** The generator's own share of its core in the measured time, 0 to 1. */
  cpu: number
  closed: Record<string, number>
  troubles: string[]
}

export interface Reconnected {
  sockets: number
  ms: number
  framesIn: number
  bytesIn: number
  resyncs: { socket: number; since: number }[]
  troubles: string[]
}

export interface Counted extends Counts {
  bytesIn: number
  framesIn: number
  heartbeats: number
  lastSeqs: number[]
  closed: Record<string, number>
  troubles: string[]
}
