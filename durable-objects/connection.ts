import type { Status } from '../src/channels/live/contract'
import type { HeldMark } from '../src/channels/live/model'
import type { Encoded } from './batches'

/** What a socket keeps through hibernation. */
export interface Attachment {
  socketId: string
  userId: string
  sessionId: string
  sessionEndsAt: number
  transport: 'bearer' | 'cookie'
  openedAt: number
  /** Between its first and its last replayed event; sleep in between would lose the rest. */
  resuming: boolean
  /** What the person says they are doing: here, so that it ends with the socket (L14). */
  status: Status | null
  /** How far the person has read on this socket, until it is stored; missing where there is none. */
  mark?: HeldMark | null
}

export class Connection {
  /** Encoded events for this socket alone. */
  queued: Encoded[] = []
  /** The seq up to which it was replayed; null once it hears what everyone hears. */
  cursor: number | null = null
  heardAt = 0
  sentEvents = 0
  sentBytes = 0
  seenEvents = 0
  /** Estimated from seenEvents, for clients count events and not bytes. */
  seenBytes = 0
  behindSince: number | null = null
  /** The number of the first pending entry that it is to hear: what is older, it has been sent or its ready knows of. */
  next = 0
  /** Decides in which turn of a round it is told. */
  place = 0

  constructor(
    readonly socket: WebSocket,
    readonly who: Attachment,
  ) {}
}
