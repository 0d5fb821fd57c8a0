import type { Effect, Facts, MessageRow, RoomState, Step } from './model'

/** When the object tells others how far the conversation is and how many are there (L29). Pure. */

export const reportEveryMs = 5000
/** How long the mark of somebody who reads by socket may wait on its way to their inbox. */
export const markEveryMs = 60_000

const turnMs = 1000

/** When the mark of this person is brought next in a busy room: once a minute, each in their own second of it. */
export function markTurn(userId: string, now: number): number {
  const turns = markEveryMs / turnMs
  const turn = [...userId].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 0) % turns
  const slot = Math.floor(now / turnMs)
  const wait = ((turn - (slot % turns) + turns - 1) % turns) + 1
  return (slot + wait) * turnMs
}

/**
 * Plans the next report, unless one is planned: five seconds after what it has to tell, so that a minute of talk makes
 * twelve. A direct message is told at once when the last report is that long ago.
 */
export function reportSoon(
  state: RoomState,
  facts: Pick<Facts, 'channel'>,
  now: number,
): { state: RoomState; effects: Effect[] } {
  if (state.reporting) return { state, effects: [] }
  const isDirect = facts.channel()?.kind === 'conversation'
  const at = isDirect ? Math.max(now, state.reportedAt + reportEveryMs) : now + reportEveryMs
  return { state: { ...state, reporting: true }, effects: [{ do: 'wakeAt', kind: 'head', key: '', at }] }
}

/** Lists of channels show the beginning of the last message: when that changes, they are to hear of it. */
export const toldAnew = (state: RoomState, facts: Facts, message: MessageRow, now: number): Step =>
  message.ord === state.ord ? reportSoon(state, facts, now) : { state, effects: [] }
