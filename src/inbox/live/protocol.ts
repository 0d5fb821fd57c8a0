import {
  type CloseCode,
  invalid,
  isCount,
  type Parsed,
  parseObject,
  type RefusalCode,
  unknownType,
} from '../../channels/live/protocol'
import type { Notice } from '../contract'

/** What travels on an inbox's socket (docs/live-room.md, "The inbox"): frames from clients, events from the server. */

export type InboxFrame = { kind: 'seen'; n: number }

/** Reads one text frame. Strict: an unknown key makes it invalid. */
export function parseInboxFrame(text: string): Parsed<InboxFrame> {
  const frame = parseObject(text)
  if (!frame) return { ok: false, broken: true }
  const keys = Object.keys(frame).length
  switch (frame.type) {
    case 'seen':
      if (keys !== 2 || !isCount(frame.n)) return invalid(frame, 'n must be a whole number, and nothing beside it')
      return { ok: true, frame: { kind: 'seen', n: frame.n } }
    default:
      return unknownType(frame)
  }
}

/** How the person stands when a socket opens: nothing is replayed, whoever comes back is told everything anew. */
export interface InboxReady {
  type: 'ready'
  self: { userId: string; socketId: string }
  limits: { frameBytes: number; framesPerMinute: number }
  heartbeatSeconds: number
}

export type InboxServerEvent =
  | InboxReady
  | { type: 'error'; code: RefusalCode; detail: string; nonce?: string }
  | { type: 'notification.created'; notification: Notice }
  | { type: 'closing'; code: CloseCode; reconnect: boolean }
