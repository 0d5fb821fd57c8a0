import type { RoomLimits } from '../../app/config'
import type { Status } from '../../channels/live/contract'
import { tally, whyClosed } from '../../channels/live/frames'
import type { FrameFlaw, Tally } from '../../channels/live/model'
import { accessCheckEveryMs, freshTally, graceMs, wireStatus } from '../../channels/live/presence'
import { assertNever, type CloseCode, closeCodes, heartbeatSeconds } from '../../channels/live/protocol'
import { endCodes } from '../../channels/live/room'
import type { SessionView } from '../../study/contract'
import type { ChannelNews, Mark, Notice, Shown } from '../contract'
import { type FriendsOnline, sameShown, shownOf, tellEveryMs } from './presence'
import type { InboxFrame, InboxReady, InboxServerEvent, OwnStatus } from './protocol'
import { type UnreadTotals, unreadIn } from './unread'

/** The pure core of an inbox (L26): what happens next follows from the state, the facts and the event alone. */

export interface InboxSocket {
  readonly id: string
  readonly bad: Tally
  /** When it last said, free of charge, what it has received. */
  readonly seenAt: number
  /** Nobody is at this device. */
  readonly idle: boolean
}

/** What is live about one person. */
export interface InboxState {
  /** Oldest first. */
  readonly sockets: readonly InboxSocket[]
  readonly frames: Tally
  /** From the first socket until a minute after the last. */
  readonly present: boolean
  /** Null: online, without more words. */
  readonly status: Status | null
  readonly toldAt: number
}

export interface InboxFacts {
  limits: RoomLimits
  userId(): string
  unread(): UnreadTotals
  mark(channelId: string): Mark | null
  friendsOnline(): FriendsOnline
  /** What friends were told last. */
  told(): Shown
  /** Whether the settings hide the person from all friends. */
  hidesPresence(): boolean
}

export type InboxEvent = { readonly now: number } & (
  | { type: 'socket.opened'; socketId: string }
  | { type: 'socket.closed'; socketId: string }
  | { type: 'socket.ended'; socketId: string; why: keyof typeof endCodes }
  | { type: 'frame'; socketId: string; frame: InboxFrame }
  | { type: 'frame.refused'; socketId: string; flaw: FrameFlaw }
  | { type: 'notified'; notices: Notice[] }
  | { type: 'news'; news: ChannelNews }
  /** Its time may be over. */
  | { type: 'status.due' }
  | { type: 'gone' }
  | { type: 'study.changed'; sessions: SessionView[] }
)

/** What the alarm may be for. What belongs to the study clock is its own. */
export type InboxDueKind = 'access' | 'gone' | 'tell' | 'status'

/** What the shell has to do, in this order. */
export type InboxEffect =
  | { do: 'keepMark'; channelId: string; mark: Mark }
  | { do: 'keepStatus'; status: Status | null }
  | { do: 'keepIdle'; socketId: string; idle: boolean }
  | { do: 'admit'; socketId: string; ready: InboxReady }
  | { do: 'toAll'; event: InboxServerEvent; loose?: true }
  | { do: 'toSocket'; socketId: string; event: InboxServerEvent }
  | { do: 'countSeen'; socketId: string; n: number }
  | { do: 'close'; socketId: string; code: CloseCode }
  | { do: 'wakeAt'; kind: InboxDueKind; at: number }
  | { do: 'letSleep'; kind: InboxDueKind }

export interface InboxStep {
  state: InboxState
  effects: InboxEffect[]
}

export const emptyInbox: InboxState = {
  sockets: [],
  frames: freshTally,
  present: false,
  status: null,
  toldAt: 0,
}

export function applyToInbox(state: InboxState, facts: InboxFacts, event: InboxEvent): InboxStep {
  switch (event.type) {
    case 'socket.opened':
      return socketOpened(state, facts, event)
    case 'socket.closed':
      return socketClosed(state, facts, event, null)
    case 'socket.ended':
      return socketClosed(state, facts, event, endCodes[event.why])
    case 'frame':
      return receiveFrame(state, facts, event)
    case 'frame.refused':
      return refuseFrame(state, facts, event)
    case 'notified':
      return {
        state,
        effects: event.notices.map((notification) => ({
          do: 'toAll',
          event: { type: 'notification.created', notification },
        })),
      }
    case 'news':
      return { state, effects: tellNews(facts, event.news) }
    case 'status.due':
      return endStatus(state, facts, event.now)
    case 'gone':
      return { state: { ...state, present: false }, effects: [] }
    case 'study.changed':
      return {
        state,
        effects: event.sessions.map((session) => ({ do: 'toAll', event: { type: 'study.changed', session } })),
      }
    default:
      return assertNever(event)
  }
}

type Of<Type extends InboxEvent['type']> = Extract<InboxEvent, { type: Type }>

function socketOpened(state: InboxState, facts: InboxFacts, { socketId, now }: Of<'socket.opened'>): InboxStep {
  const { sockets } = state
  const effects: InboxEffect[] = []
  const oldest = sockets[0]
  const replaces = oldest !== undefined && sockets.length >= facts.limits.ROOM_SOCKETS_PER_USER
  if (replaces) effects.push({ do: 'close', socketId: oldest.id, code: closeCodes.replaced })
  effects.push({ do: 'letSleep', kind: 'gone' })
  if (sockets.length === 0) effects.push({ do: 'wakeAt', kind: 'access', at: now + accessCheckEveryMs })
  const { ROOM_FRAME_BYTES: frameBytes, ROOM_FRAMES_PER_MINUTE: framesPerMinute } = facts.limits
  const ready: InboxReady = {
    type: 'ready',
    self: { userId: facts.userId(), socketId, ...ownStatus(state.status, now) },
    friends: facts.friendsOnline(),
    unread: facts.unread(),
    limits: { frameBytes, framesPerMinute },
    heartbeatSeconds,
  }
  effects.push({ do: 'admit', socketId, ready })
  const kept = replaces ? sockets.slice(1) : sockets
  const all = [...kept, { id: socketId, bad: freshTally, seenAt: 0, idle: false }]
  const next = { ...state, sockets: all, present: true }
  // Who comes gets in touch, also when there is nothing that friends are to see.
  if (!state.present) effects.push({ do: 'wakeAt', kind: 'tell', at: now })
  return follow(next, facts, effects, now)
}

/** @param code how the server closes it; null when it is closed already */
function socketClosed(
  state: InboxState,
  facts: InboxFacts,
  { socketId, now }: { socketId: string; now: number },
  code: CloseCode | null,
): InboxStep {
  if (!state.sockets.some(({ id }) => id === socketId)) return { state, effects: [] }
  const sockets = state.sockets.filter(({ id }) => id !== socketId)
  const effects: InboxEffect[] = code === null ? [] : [{ do: 'close', socketId, code }]
  // Who was silent for longer than the grace has had it already (L17).
  const goneAt = code === closeCodes.goneSilent ? now : now + graceMs
  if (sockets.length > 0) return follow({ ...state, sockets }, facts, effects, now)
  effects.push({ do: 'wakeAt', kind: 'gone', at: goneAt })
  return { state: { ...state, sockets }, effects }
}

/** The furthest mark wins; what is unread is told as it is after that. */
function tellNews(facts: InboxFacts, news: ChannelNews): InboxEffect[] {
  const { channelId, kind, name, head, mark, message } = news
  const known = facts.mark(channelId)
  const isNewer =
    mark !== null && (!known || mark.seq > known.seq || (mark.seq === known.seq && mark.asOf >= known.asOf))
  const unread = unreadIn(head, isNewer ? mark : known)
  const effects: InboxEffect[] = isNewer ? [{ do: 'keepMark', channelId, mark }] : []
  if (isNewer && mark.seq > (known?.seq ?? 0))
    effects.push({ do: 'toAll', event: { type: 'read.updated', channelId, seq: mark.seq, ...unread } })
  if (!message || message.sender.id === facts.userId()) return effects
  effects.push({ do: 'toAll', event: { type: 'unread.changed', channelId, kind, name, ...unread, message } })
  if (kind === 'conversation') effects.push({ do: 'toAll', event: { type: 'direct.arrived', channelId, message } })
  return effects
}

/** `seen` once a second and socket is free; everything else counts (L19). */
function receiveFrame(state: InboxState, facts: InboxFacts, event: Of<'frame'>): InboxStep {
  const { socketId, frame, now } = event
  const isFree = (socket: InboxSocket) => socket.id === socketId && now - socket.seenAt >= 1000
  if (frame.kind === 'seen' && state.sockets.some(isFree)) {
    const sockets = state.sockets.map((socket) => (isFree(socket) ? { ...socket, seenAt: now } : socket))
    return { state: { ...state, sockets }, effects: [{ do: 'countSeen', socketId, n: frame.n }] }
  }
  const frames = tally(state.frames, now)
  if (frames.count > facts.limits.ROOM_FRAMES_PER_MINUTE)
    return socketClosed(state, facts, event, closeCodes.tooManyFrames)
  const counted = { ...state, frames }
  return frame.kind === 'status' ? setStatus(counted, facts, event, frame.status) : { state: counted, effects: [] }
}

/** What the person shows; `idle` alone is said of the device only. */
function setStatus(state: InboxState, facts: InboxFacts, { socketId, now }: Of<'frame'>, status: Status): InboxStep {
  const idle = status.state === 'idle' && status.text === null && status.until === null
  const sockets = state.sockets.map((socket) => (socket.id === socketId ? { ...socket, idle } : socket))
  const effects: InboxEffect[] = [{ do: 'keepIdle', socketId, idle }]
  if (idle) return follow({ ...state, sockets }, facts, effects, now)
  effects.push(
    { do: 'keepStatus', status },
    { do: 'toAll', event: { type: 'status.changed', ...ownStatus(status, now) } },
  )
  if (status.until !== null) effects.push({ do: 'wakeAt', kind: 'status', at: status.until })
  return follow({ ...state, sockets, status }, facts, effects, now)
}

function endStatus(state: InboxState, facts: InboxFacts, now: number): InboxStep {
  const until = state.status?.until ?? null
  if (until === null) return { state, effects: [] }
  if (until > now) return { state, effects: [{ do: 'wakeAt', kind: 'status', at: until }] }
  const effects: InboxEffect[] = [
    { do: 'keepStatus', status: null },
    { do: 'toAll', event: { type: 'status.changed', state: 'online' } },
  ]
  return follow({ ...state, status: null }, facts, effects, now)
}

const ownStatus = (status: Status | null, now: number): OwnStatus =>
  status?.state === 'invisible' ? { state: 'invisible' } : wireStatus(status, now)

/** Plans to tell friends when they see something else than they were told: at once, and then every two seconds. */
function follow(state: InboxState, facts: InboxFacts, effects: InboxEffect[], now: number): InboxStep {
  const shown = shownOf(state, facts.hidesPresence(), now)
  if (!sameShown(shown, facts.told()))
    effects.push({ do: 'wakeAt', kind: 'tell', at: Math.max(now, state.toldAt + tellEveryMs) })
  return { state, effects }
}

/** A frame that could not be read (L9). */
function refuseFrame(state: InboxState, facts: InboxFacts, event: Of<'frame.refused'>): InboxStep {
  const { socketId, flaw, now } = event
  const socket = state.sockets.find(({ id }) => id === socketId)
  if (!socket) return { state, effects: [] }
  const frames = tally(state.frames, now)
  const bad = tally(socket.bad, now)
  const code = whyClosed(facts, flaw, frames, bad)
  if (code !== null) return socketClosed({ ...state, frames }, facts, event, code)
  const sockets = state.sockets.map((one) => (one === socket ? { ...socket, bad } : one))
  const effects: InboxEffect[] = []
  if (flaw.kind === 'invalid') {
    const { code: reason, detail, nonce } = flaw
    effects.push({
      do: 'toSocket',
      socketId,
      event: { type: 'error', code: reason, detail, nonce: nonce ?? undefined },
    })
  }
  return { state: { ...state, frames, sockets }, effects }
}
