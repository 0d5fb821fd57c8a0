import { decide } from './chat'
import type { Status } from './contract'
import type { Effect, Facts, FrameFlaw, LiveSocket, Person, RoomEvent, RoomState, Step, Tally } from './model'
import { isFrozen, isInvisible, isUnseen, presenceChanged, socketClosed } from './presence'
import { assertNever, type CloseCode, closeCodes } from './protocol'
import { isTimedOut, whyBarred } from './rights'
import { shownNow, tellDoing } from './studies'

/** What comes in on a socket, and how much of it one person may send (L9, L19). Pure. */

const typingEveryMs = 3000
const tallyMs = 60_000

type Received = Extract<RoomEvent, { type: 'frame' }>

const seenEveryMs = 1000

export function receiveFrame(state: RoomState, facts: Facts, event: Received): Step {
  const { userId, socketId, frame, id, files, now } = event
  const person = facts.person(userId)
  if (!person) return { state, effects: [] }
  const isFree = (socket: LiveSocket) => socket.id === socketId && now - socket.seenAt >= seenEveryMs
  if (frame.kind === 'seen' && person.sockets.some(isFree)) {
    const sockets = person.sockets.map((socket) => (isFree(socket) ? { ...socket, seenAt: now } : socket))
    const seen: Effect = { do: 'keepPerson', userId, person: { ...person, sockets } }
    return { state, effects: [seen, { do: 'countSeen', socketId, n: frame.n }] }
  }
  const frames = tally(person.frames, now)
  if (frames.count > facts.limits.ROOM_FRAMES_PER_MINUTE)
    return socketClosed(state, facts, event, closeCodes.tooManyFrames)
  const counted: Person = { ...person, frames }
  switch (frame.kind) {
    case 'seen':
      return { state, effects: [{ do: 'keepPerson', userId, person: counted }] }
    case 'typing': {
      if (now - person.typedAt < typingEveryMs || !mayBeSeenTyping(facts, userId, person, now))
        return { state, effects: [{ do: 'keepPerson', userId, person: counted }] }
      const typing: Effect = { do: 'keepPerson', userId, person: { ...counted, typedAt: now } }
      return { state, effects: [typing, { do: 'showTyping', userId }] }
    }
    case 'status':
      return setStatus(state, facts, { userId, status: frame.status, person: counted, now })
    case 'command': {
      const { command, nonce } = frame
      const step = decide(state, facts, { userId, socketId, command, nonce, id, files, now })
      step.effects.unshift({ do: 'keepPerson', userId, person: counted })
      return step
    }
    default:
      return assertNever(frame)
  }
}

function mayBeSeenTyping(facts: Facts, userId: string, person: Person, now: number): boolean {
  const member = facts.member(userId)
  if (isFrozen(facts)) return false
  return (
    whyBarred(facts, userId) === null && !isUnseen(facts, userId, person) && member !== null && !isTimedOut(member, now)
  )
}

interface StatusChange {
  userId: string
  status: Status
  person: Person
  now: number
}

/** What somebody says they are doing (L14): told, never stored. Above 100 present nobody is told, as nobody is named. */
function setStatus(state: RoomState, facts: Facts, { userId, status, person, now }: StatusChange): Step {
  const effects: Effect[] = [
    { do: 'keepPerson', userId, person: { ...person, status } },
    { do: 'keepStatus', userId, status },
  ]
  if (whyBarred(facts, userId) !== null) return { state, effects: [] }
  const member = facts.member(userId)
  if (member?.showsPresence === false) return { state, effects }
  const [was, will] = [isInvisible(person), status.state === 'invisible']
  const shown = shownNow(facts, member, status, now)
  if (was !== will) {
    const told = presenceChanged(state, facts, { userId, shown: will ? null : shown, now })
    return { state: told.state, effects: [...effects, ...told.effects] }
  }
  return { state, effects: will ? effects : [...effects, ...tellDoing(state, facts, userId, shown)] }
}

type Refused = Extract<RoomEvent, { type: 'frame.refused' }>

/** A frame that could not be read (L9). It counts as a frame, and ten invalid ones in a minute are too many. */
export function refuseFrame(state: RoomState, facts: Facts, event: Refused): Step {
  const { userId, socketId, flaw, now } = event
  const person = facts.person(userId)
  const socket = person?.sockets.find(({ id }) => id === socketId)
  if (!person || !socket) return { state, effects: [] }
  const frames = tally(person.frames, now)
  const bad = tally(socket.bad, now)
  const code = whyClosed(facts, flaw, frames, bad)
  if (code !== null) return socketClosed(state, facts, event, code)
  const sockets = person.sockets.map((one) => (one === socket ? { ...socket, bad } : one))
  const effects: Effect[] = [{ do: 'keepPerson', userId, person: { ...person, frames, sockets } }]
  if (flaw.kind === 'invalid') {
    const { code: reason, detail, nonce } = flaw
    effects.push({
      do: 'toSocket',
      socketId,
      event: { type: 'error', code: reason, detail, nonce: nonce ?? undefined },
    })
  }
  return { state, effects }
}

export function whyClosed(facts: Pick<Facts, 'limits'>, flaw: FrameFlaw, frames: Tally, bad: Tally): CloseCode | null {
  if (flaw.kind === 'tooLarge') return closeCodes.frameTooLarge
  if (flaw.kind === 'broken' || bad.count >= facts.limits.ROOM_BAD_FRAMES_PER_MINUTE) return closeCodes.badFrames
  return frames.count > facts.limits.ROOM_FRAMES_PER_MINUTE ? closeCodes.tooManyFrames : null
}

/** Counts one more; a minute after the first it starts anew. */
export function tally({ since, count }: Tally, now: number): Tally {
  return now - since < tallyMs ? { since, count: count + 1 } : { since: now, count: 1 }
}
