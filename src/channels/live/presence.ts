import { editableForMs, maxEmojiPerMessage, maxTextCodePoints } from './chat'
import type { Status, WireShown, WireStatus } from './contract'
import { markOfLeaving } from './marks'
import type { Effect, Facts, LiveSocket, Person, RoomEvent, RoomState, Step, Tally } from './model'
import {
  type CloseCode,
  closeCodes,
  heartbeatSeconds,
  type ReadyEvent,
  type ServerEvent,
  type WirePresent,
} from './protocol'
import { reportSoon } from './report'
import { isTimedOut, whyBarred } from './rights'
import { shownNow } from './studies'
import { timerNow } from './timer'
import { avatarUrl } from './wire'

/** Who is here, and what one person's sockets may do. Pure. */

/** How long somebody without a socket still counts as present (L17). */
export const graceMs = 60_000
/** Without a ping for this long, a socket is dead (L16). */
export const silentMs = 70_000
export const sweepEveryMs = 60_000
export const accessCheckEveryMs = 15 * 60_000
const countAbove = 100
const nameBelow = 80
const countEveryMs = 1000

export const freshTally: Tally = { since: 0, count: 0 }
const newcomer: Person = { sockets: [], graceUntil: null, frames: freshTally, typedAt: 0, status: null }

const unseen: Person = { ...newcomer, status: { state: 'invisible', text: null, until: null } }

/** People as they stand after the object slept: from its open sockets and from the graces that it stored. */
export function awaken(
  sockets: readonly { id: string; sessionId: string }[],
  graceUntil: number | null,
  status: Status | null,
): Person {
  return {
    ...newcomer,
    sockets: sockets.map((socket) => ({ ...socket, bad: freshTally, seenAt: 0 })),
    graceUntil,
    status,
  }
}

/** Invisible people are here and count as offline to everybody else. */
export const isInvisible = ({ status }: Pick<Person, 'status'>) => status?.state === 'invisible'

/** Whether nobody is to hear of this person: they said so here, or by their privacy settings. */
export const isUnseen = (facts: Pick<Facts, 'member'>, userId: string, person: Pick<Person, 'status'>) =>
  isInvisible(person) || facts.member(userId)?.showsPresence === false

/** The state as others see it; what has run out is plainly online. */
export function wireStatus(status: Status | null, now: number): WireStatus {
  if (status === null || status.state === 'invisible' || (status.until !== null && status.until <= now))
    return { state: 'online' }
  const { state, text, until } = status
  return {
    state,
    ...(text === null ? {} : { text }),
    ...(until === null ? {} : { until: new Date(until).toISOString() }),
  }
}

/** After sleep, between the two thresholds, counting goes on: to hear a count is never wrong. */
export const startsCounting = (present: number) => present >= nameBelow

export function presentNow(
  state: RoomState,
  facts: Facts,
  now: number,
  ids: Iterable<string> = facts.presentIds(),
): WirePresent {
  return isFrozen(facts) ? nobodyShown : listPresent(state, facts, now, ids)
}

/** The two of a frozen conversation hear nothing of each other: neither presence nor typing nor read marks. */
export const isFrozen = (facts: Pick<Facts, 'channel'>) => facts.channel()?.frozen ?? false

export const nobodyShown: WirePresent = { count: 0, members: [] }

/** The same whether or not the channel is frozen, for the moment at which that ends. */
export function listPresent(state: RoomState, facts: Facts, now: number, ids: Iterable<string>): WirePresent {
  const count = state.present
  if (state.counting) return { count, members: null }
  const members: WirePresent['members'] = []
  for (const userId of ids) {
    const status = facts.person(userId)?.status ?? null
    if (isUnseen(facts, userId, { status })) continue
    const member = facts.member(userId)
    const user = { id: userId, name: member?.name ?? '', avatarUrl: avatarUrl(member?.avatarKey ?? null) }
    members.push({ user, ...shownNow(facts, member, status, now) })
  }
  return { count, members }
}

type Opened = Extract<RoomEvent, { type: 'socket.opened' }>

export function socketOpened(state: RoomState, facts: Facts, event: Opened): Step {
  const { userId, socketId, sessionId, since, now } = event
  const turnAway = (code: CloseCode): Step => ({ state, effects: [{ do: 'close', socketId, code }] })
  const barred = whyBarred(facts, userId)
  if (barred) return turnAway(barred === 'channel.not_found' ? closeCodes.channelDeleted : closeCodes.removed)
  const known = facts.person(userId)
  const person = known ?? (event.invisible ? unseen : newcomer)
  const oldest = person.sockets[0]
  const replaces = oldest !== undefined && person.sockets.length >= facts.limits.ROOM_SOCKETS_PER_USER
  if (!replaces && state.sockets >= facts.limits.ROOM_SOCKETS) return turnAway(closeCodes.tooFarBehind)

  const kept = replaces ? person.sockets.slice(1) : person.sockets
  const socket: LiveSocket = { id: socketId, sessionId, bad: freshTally, seenAt: 0 }
  const effects: Effect[] = [
    ...withoutGrace(userId, person),
    { do: 'keepPerson', userId, person: { ...person, sockets: [...kept, socket], graceUntil: null } },
  ]
  if (replaces) effects.push({ do: 'close', socketId: oldest.id, code: closeCodes.replaced })
  let next = { ...state, sockets: state.sockets + (replaces ? 0 : 1) }
  const isSeen = !isUnseen(facts, userId, person)
  if (known === null && isSeen) {
    const shown = shownNow(facts, facts.member(userId), null, now)
    const told = presenceChanged(next, facts, { userId, shown, now })
    next = told.state
    effects.push(...told.effects)
  }
  if (!state.sweeping) {
    next = { ...next, sweeping: true }
    effects.push({ do: 'wakeAt', kind: 'sweep', key: '', at: now + sweepEveryMs })
  }
  if (state.sockets === 0) effects.push({ do: 'wakeAt', kind: 'access', key: '', at: now + accessCheckEveryMs })
  const ids = new Set(next.counting ? [] : facts.presentIds())
  if (isSeen) ids.add(userId)
  const ready = readyEvent(next, facts, event, person, ids)
  effects.push({ do: 'admit', socketId, ready, since, resume: howToGoOn(next, facts, since) })
  return { state: next, effects }
}

function readyEvent(state: RoomState, facts: Facts, event: Opened, person: Person, ids: Iterable<string>): ReadyEvent {
  const { userId, socketId, blockedIds, now } = event
  const member = facts.member(userId)
  const mutedUntil = member && isTimedOut(member, now) ? new Date(member.mutedUntil ?? 0).toISOString() : null
  return {
    type: 'ready',
    self: {
      ...{ userId, socketId, role: member?.role ?? 'member', mutedUntil },
      state: isInvisible(person) ? 'invisible' : wireStatus(person.status, now).state,
    },
    seq: state.seq,
    present: presentNow(state, facts, now, ids),
    timer: timerNow(facts, now),
    blockedIds,
    limits: {
      frameBytes: facts.limits.ROOM_FRAME_BYTES,
      framesPerMinute: facts.limits.ROOM_FRAMES_PER_MINUTE,
      textCharacters: maxTextCodePoints,
      emojiPerMessage: maxEmojiPerMessage,
      editableSeconds: editableForMs / 1000,
      slowModeSeconds: facts.channel()?.slowModeSeconds ?? 0,
    },
    now: new Date(now).toISOString(),
    heartbeatSeconds,
  }
}

function howToGoOn(state: RoomState, facts: Facts, since: number | null): 'live' | 'replay' | 'resync' {
  if (since === null) return 'live'
  return since > state.seq || since < state.seq - facts.limits.ROOM_LOG_EVENTS ? 'resync' : 'replay'
}

/**
 * Takes one socket out of a person's.
 * @param code how the server closes it; null when it is closed already
 */
export function socketClosed(
  state: RoomState,
  facts: Facts,
  { userId, socketId, now }: { userId: string; socketId: string; now: number },
  code: CloseCode | null,
): Step {
  const person = facts.person(userId)
  if (!person?.sockets.some(({ id }) => id === socketId)) return { state, effects: [] }
  const sockets = person.sockets.filter(({ id }) => id !== socketId)
  const effects: Effect[] = code === null ? [] : [{ do: 'close', socketId, code }]
  const next = { ...state, sockets: state.sockets - 1 }
  effects.push(...markOfLeaving(facts, userId, sockets.length === 0, now))
  if (sockets.length > 0) {
    effects.push({ do: 'keepPerson', userId, person: { ...person, sockets } })
    return { state: next, effects }
  }
  // Nobody knows that they were here, so nobody waits for them.
  if (isUnseen(facts, userId, person)) {
    effects.push({ do: 'keepPerson', userId, person: null })
    return { state: next, effects }
  }
  // Who was silent for longer than the grace has had it already.
  if (code === closeCodes.goneSilent) {
    effects.push({ do: 'keepPerson', userId, person: null })
    const told = presenceChanged(next, facts, { userId, shown: null, now })
    return { state: told.state, effects: [...effects, ...told.effects] }
  }
  const graceUntil = now + graceMs
  effects.push(
    { do: 'keepPerson', userId, person: { ...person, sockets, graceUntil } },
    { do: 'wakeAt', kind: 'grace', key: userId, at: graceUntil },
  )
  return { state: next, effects }
}

export function withoutGrace(userId: string, person: Person): Effect[] {
  return person.graceUntil === null ? [] : [{ do: 'letSleep', kind: 'grace', key: userId }]
}

interface PresenceChange {
  userId: string
  /** As what somebody came; null: they went. */
  shown: WireShown | null
  now: number
}

/** Tells that somebody came or went: those who are here, and with the next report the lists of rooms. */
export function presenceChanged(state: RoomState, facts: Facts, change: PresenceChange): Step {
  const told = tellPresence(state, facts, change)
  // Who is in a conversation of two is nobody else's business.
  if (facts.channel()?.kind === 'conversation') return told
  const report = reportSoon(told.state, facts, change.now)
  return { state: report.state, effects: [...told.effects, ...report.effects] }
}

/** By name, or above 100 present as a count at most once a second (L17). */
function tellPresence(state: RoomState, facts: Facts, { userId, shown, now }: PresenceChange): Step {
  const present = state.present + (shown ? 1 : -1)
  const counting = state.counting ? present >= nameBelow : present > countAbove
  const next = { ...state, present, counting }
  if (isFrozen(facts)) return { state: next, effects: [] }
  if (!counting && !state.counting) {
    const event: ServerEvent = { type: 'presence.changed', userId, ...(shown ?? { state: 'offline' }) }
    return { state: next, effects: [{ do: 'toAll', event, loose: true }] }
  }
  if (!counting) {
    const others = new Set(facts.presentIds())
    others.delete(userId)
    const event: ServerEvent = { type: 'presence.changed', ...presentNow(next, facts, now, others) }
    return { state: next, effects: [{ do: 'toAll', event, loose: true }] }
  }
  if (now - state.countToldAt >= countEveryMs) {
    const event: ServerEvent = { type: 'presence.changed', count: present, members: null }
    return { state: { ...next, countToldAt: now }, effects: [{ do: 'toAll', event, loose: true }] }
  }
  if (state.countDue) return { state: next, effects: [] }
  const wake: Effect = { do: 'wakeAt', kind: 'count', key: '', at: state.countToldAt + countEveryMs }
  return { state: { ...next, countDue: true }, effects: [wake] }
}

const namedTypists = 5

/**
 * One event for everyone who typed since the last one, at most five by id (L21).
 * @param except who is about to be told; nobody hears of their own typing
 */
export function typingEvent(userIds: ReadonlySet<string>, except: string | null): ServerEvent | null {
  const others = except === null ? [...userIds] : [...userIds].filter((userId) => userId !== except)
  if (others.length === 0) return null
  return { type: 'typing', userIds: others.slice(0, namedTypists), count: others.length }
}
