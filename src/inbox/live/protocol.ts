import type { ChannelKind, Status, StatusState, WireStatus } from '../../channels/live/contract'
import { invalid, isCount, type Parsed, parseObject, parseStatus, unknownType } from '../../channels/live/parse-frame'
import type { CloseCode, RefusalCode } from '../../channels/live/protocol'
import type { SessionView } from '../../study/contract'
import type { Notice } from '../contract'
import type { FriendsOnline } from './presence'
import type { Unread, UnreadTotals } from './unread'

/** What travels on an inbox's socket (docs/live-room.md, "The inbox"): frames from clients, events from the server. */

export type InboxFrame = { kind: 'seen'; n: number } | { kind: 'status'; status: Status }

/** Reads one text frame. Strict: an unknown key makes it invalid. */
export function parseInboxFrame(text: string): Parsed<InboxFrame> {
  const frame = parseObject(text)
  if (!frame) return { ok: false, broken: true }
  const keys = Object.keys(frame).length
  switch (frame.type) {
    case 'seen':
      if (keys !== 2 || !isCount(frame.n)) return invalid(frame, 'n must be a whole number, and nothing beside it')
      return { ok: true, frame: { kind: 'seen', n: frame.n } }
    case 'status.set':
      return parseStatus(frame, keys)
    default:
      return unknownType(frame)
  }
}

/** The last message that has arrived, as lists show it. */
export interface Arrived {
  sender: { id: string; name: string }
  /** The first 140 characters. */
  text: string
  createdAt: string
}

/** What the person has chosen to show, as their own devices see it. */
export interface OwnStatus {
  state: StatusState
  text?: string
  until?: string
}

/** How the person stands when a socket opens: nothing is replayed, whoever comes back is told everything anew. */
export interface InboxReady {
  type: 'ready'
  self: { userId: string; socketId: string } & OwnStatus
  friends: FriendsOnline
  unread: UnreadTotals
  limits: { frameBytes: number; framesPerMinute: number }
  heartbeatSeconds: number
}

export type InboxServerEvent =
  | InboxReady
  | { type: 'error'; code: RefusalCode; detail: string; nonce?: string }
  /** Something was said in a channel to which the person is not connected. */
  | ({ type: 'unread.changed'; channelId: string; kind: ChannelKind; name: string; message: Arrived } & Unread)
  /** The same for a direct message, of which there may have been more than this last one. */
  | { type: 'direct.arrived'; channelId: string; message: Arrived }
  /** The person has read further, here or on another device. */
  | ({ type: 'read.updated'; channelId: string; seq: number } & Unread)
  /** A friend comes, goes, or does something else. */
  | ({ type: 'friend.changed'; userId: string } & (WireStatus | { state: 'offline' }))
  /** The person has chosen to show something else, here or on another device. */
  | ({ type: 'status.changed' } & OwnStatus)
  | { type: 'notification.created'; notification: Notice }
  /** A session of the person began, changed, asks something or ended. */
  | { type: 'study.changed'; session: SessionView }
  | { type: 'closing'; code: CloseCode; reconnect: boolean }
