import type { Ctx } from '../../app/context'
import { refusedBy } from '../../shared/db'
import type { AppError } from '../../shared/errors'
import { pushChange } from '../actions'
import { errorsOf, groupErrors, type KindErrors } from '../errors'
import type { ChannelView } from '../views/store'
import { type EntryRow, insertWaiting } from './store'

/** Whether a batch was refused because its channel has no seat left. */
export const isFull = (error: unknown) => refusedBy(error) === 'channels_capacity'

/** What a collision with channels_capacity means to somebody who joins. */
export const asFull = (error: unknown, errors: KindErrors): unknown => (isFull(error) ? errors.full() : error)

/** Why the channel does not take this person at all, seats aside; null if it does. */
export function unfitness(entry: EntryRow, errors: KindErrors): AppError | null {
  if (entry.isBanned === 1) {
    const until = entry.banUntil === null ? null : new Date(entry.banUntil).toISOString()
    return errors.banned({ extra: { reason: entry.banReason, until } })
  }
  if (entry.isActive === 0) return groupErrors.inactive()
  if (entry.isLevelReached === 0) return errors.levelRequired({ extra: { minLevel: entry.minLevel } })
  return null
}

/**
 * The refusal for somebody before whom others wait. A seat that is free all the same, because it was freed by an
 * erasure or somebody became eligible only now, goes to those who wait.
 */
export async function seatPromised(ctx: Ctx, view: ChannelView): Promise<AppError> {
  if (view.memberCount < view.maxMembers) {
    const change = await insertWaiting(ctx, view.id)
    if (change) await pushChange(ctx, change)
  }
  return errorsOf(view.kind).full('Others wait for the next seat.')
}
