import { wireStatus } from '../../channels/live/presence'
import type { FriendShown, Shown } from '../contract'
import type { InboxState } from './inbox'

/** What a person's friends see of them, over all their devices. Pure. */

/** Friends hear of a change at most this often. */
export const tellEveryMs = 2000
/** With how many friends who are online an inbox is in touch at most: the newest friendships. */
export const friendsInTouch = 200
/** How many of them a socket hears of by name when it opens; changes are told of all. */
export const namedFriends = 100

/**
 * Null: nothing, as if the person were away. A device that is idle makes the person idle only when all of them are, and
 * never one who has said that they study or rest.
 */
export function shownOf(state: InboxState, hides: boolean, now: number): Shown {
  if (!state.present || hides || state.status?.state === 'invisible') return null
  const shown = wireStatus(state.status, now)
  const isIdle = state.sockets.length > 0 && state.sockets.every(({ idle }) => idle)
  return isIdle && shown.state === 'online' ? { ...shown, state: 'idle' } : shown
}

export interface FriendsOnline {
  count: number
  people: ({ userId: string } & NonNullable<Shown>)[]
}

export function friendsOnline(friends: readonly FriendShown[]): FriendsOnline {
  const people = friends.flatMap(({ userId, shown }) => (shown ? [{ userId, ...shown }] : []))
  return { count: people.length, people: people.slice(0, namedFriends) }
}

export const sameShown = (one: Shown | undefined, other: Shown | undefined) =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
