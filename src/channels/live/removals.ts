import type { StoredEvent } from '../../outbox/contract'
import type { Effect, Facts, MessageRow, RoomState, Step } from './model'
import { toldAnew } from './report'

/** Messages that somebody else takes away: a moderator, a ban, or an erasure. Pure. */

export const tombstoneKeptMs = 30 * 24 * 60 * 60_000

/** A message that was deleted by who looks after the channel, for D1 to note and for its author to see. */
export interface Removal {
  /** Of the moderation action. */
  id: string
  messageId: string
  userId: string
  actorId: string
  reason: string | null
  at: number
}

/** What a deletion leaves behind beyond its tombstone when the author did not ask for it. */
export function removalEffects(removal: Removal): Effect[] {
  return [
    { do: 'save', write: { table: 'removals', removal } },
    { do: 'wakeAt', kind: 'removals', key: '', at: removal.at },
  ]
}

/** What its author is told, and why, not by whom. The same number under another name: one event, however often. */
export const removalEvent = (channelId: string, { id, userId, reason, at }: Removal): StoredEvent => ({
  ...{ id: `evt${id.slice(3)}`, type: 'message.removed', actorId: null, channelId, subjectId: id },
  ...{ audience: 'listed', recipients: [userId], facts: { reason }, createdAt: at, expiresAt: null },
})

export const forgetTextLater = (message: MessageRow, now: number): Effect => ({
  do: 'wakeAt',
  kind: 'purge.text',
  key: String(message.seq),
  at: now + tombstoneKeptMs,
})

/** The files of a deleted message go for good: nobody may read them any more, and they take up their owner's room. */
export const dropFiles = ({ seq, extra }: MessageRow, now: number): Effect[] =>
  extra?.attachments ? [{ do: 'wakeAt', kind: 'files', key: String(seq), at: now }] : []

interface Erased {
  message: MessageRow
  /** Who banned the author; absent for an erasure. */
  by?: string
  now: number
}

/**
 * Takes a message away with many others. An erasure empties the text by itself: a moderator has no 30 days to look at
 * it. After a ban there are these 30 days.
 */
export function eraseMessage(state: RoomState, facts: Facts, { message, by, now }: Erased): Step {
  if (message.deletedAt !== null) return { state, effects: [] }
  const seq = state.seq + 1
  const userId = by ?? message.userId
  const effects: Effect[] = [
    { do: 'save', write: { table: 'tombstones', message, userId, seq, at: now } },
    { do: 'toAll', event: { type: 'message.deleted', seq, message: { id: message.id } } },
    ...dropFiles(message, now),
  ]
  if (by !== undefined) effects.push(forgetTextLater(message, now))
  const next = toldAnew({ ...state, seq }, facts, message, now)
  return { state: next.state, effects: [...effects, ...next.effects] }
}
