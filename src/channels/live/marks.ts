import { done } from './answers'
import type { Effect, Facts, RoomState, Step } from './model'
import type { ServerEvent } from './protocol'
import { markEveryMs } from './report'

/** How far people have read: what comes of a mark, and who hears of it. Pure. */

/** In channels of at most this many members everyone hears how far the others have read. */
export const openReceiptsUpTo = 20

interface Reader {
  userId: string
  /** Where the mark came from; none for HTTP. */
  socketId?: string
  now: number
}

/** By HTTP it is stored at once, and the shell brings it to the inbox; a socket keeps it until the next sweep (L29). */
export function markRead(state: RoomState, facts: Facts, { userId, socketId, now }: Reader, asked: number): Step {
  const before = facts.mark(userId)
  const seq = Math.min(asked, state.seq)
  if (seq <= before) return done(state, [], { seq: before })
  const mark = { seq, at: now }
  const effects: Effect[] =
    socketId === undefined ? storeMark(userId, mark, now + markEveryMs) : [{ do: 'holdMark', userId, socketId, mark }]
  return done(state, [...effects, ...tellRead(facts, userId, seq)], { seq })
}

/** @param tellAt when the person's inbox is to hear of it */
function storeMark(userId: string, mark: { seq: number; at: number }, tellAt: number): Effect[] {
  return [
    { do: 'save', write: { table: 'marks', userId, ...mark } },
    { do: 'wakeAt', kind: 'mark', key: userId, at: tellAt },
  ]
}

/** What was said before somebody came is not new to them. */
export function readUntilNow(facts: Facts, userId: string, joinedAt: number, now: number): Effect[] {
  const seq = facts.seqAt(joinedAt)
  return seq <= facts.mark(userId) ? [] : storeMark(userId, { seq, at: now }, now)
}

/** A socket that goes takes no mark with it. */
export function markOfLeaving(facts: Facts, userId: string, isLast: boolean, now: number): Effect[] {
  const tellAt = isLast ? now : now + markEveryMs
  const held = facts.heldMark(userId)
  if (held) return storeMark(userId, held, tellAt)
  return isLast && facts.markWaits(userId) ? [{ do: 'wakeAt', kind: 'mark', key: userId, at: tellAt }] : []
}

/** Hidden receipts are hidden both ways: who does not show theirs hears of their own only. */
function tellRead(facts: Facts, userId: string, seq: number): Effect[] {
  const event: ServerEvent = { type: 'read.updated', userId, seq }
  const shows = (id: string) => facts.member(id)?.showsReads ?? false
  const isOpen = shows(userId) && facts.memberCount() <= openReceiptsUpTo && !facts.channel()?.frozen
  if (!isOpen) return [{ do: 'toPerson', userId, event }]
  const present = [...facts.presentIds()]
  if (present.every(shows)) return [{ do: 'toAll', event, loose: true }]
  return present.filter(shows).map((id) => ({ do: 'toPerson', userId: id, event }))
}
