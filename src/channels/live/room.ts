import { decide } from './chat'
import { receiveFrame, refuseFrame } from './frames'
import { channelChanged, memberChanged } from './members'
import type { Effect, Facts, Person, RoomEvent, RoomState, Step } from './model'
import { isUnseen, presenceChanged, socketClosed, socketOpened } from './presence'
import { assertNever, closeCodes, type ServerEvent } from './protocol'
import { eraseMessage } from './removals'
import { studyChanged } from './studies'
import { timerDue } from './timer'

/** The pure core of a live room (L26): what happens next follows from the state, the facts and the event alone. */

export function apply(state: RoomState, facts: Facts, event: RoomEvent): Step {
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
    case 'command':
      return decide(state, facts, event)
    case 'channel.changed':
      return channelChanged(state, facts, event)
    case 'member.changed':
      return memberChanged(state, facts, event)
    case 'message.erased':
      return eraseMessage(state, facts, event)
    case 'blocks.changed': {
      const { userId, blockedIds } = event
      return { state, effects: [{ do: 'toPerson', userId, event: { type: 'blocks.changed', blockedIds } }] }
    }
    case 'todo.changed':
      return { state, effects: [{ do: 'toAll', event: { type: 'todo.changed', ...event.change } }] }
    case 'study.changed':
      return studyChanged(state, facts, event)
    case 'grace.ended': {
      const person = facts.person(event.userId)
      if (!person || person.graceUntil === null || person.graceUntil > event.now) return { state, effects: [] }
      return gone(state, facts, event.userId, person, event.now)
    }
    case 'count.due': {
      const told = { ...state, countDue: false, countToldAt: event.now }
      if (!state.counting) return { state: told, effects: [] }
      const count: ServerEvent = { type: 'presence.changed', count: state.present, members: null }
      return { state: told, effects: [{ do: 'toAll', event: count, loose: true }] }
    }
    case 'timer.due':
      return timerDue(state, facts, event)
    default:
      return assertNever(event)
  }
}

export const endCodes = {
  silent: closeCodes.goneSilent,
  behind: closeCodes.tooFarBehind,
  session: closeCodes.signedOut,
} as const

function gone(state: RoomState, facts: Facts, userId: string, person: Person, now: number): Step {
  const forgotten: Effect = { do: 'keepPerson', userId, person: null }
  if (isUnseen(facts, userId, person)) return { state, effects: [forgotten] }
  const told = presenceChanged(state, facts, { userId, shown: null, now })
  return { state: told.state, effects: [forgotten, ...told.effects] }
}
