import { errorFields, makeLog } from '../src/app/log'
import { friendsInTouch, shownOf } from '../src/inbox/live/presence'
import { findFriendsOnline, keepShown } from '../src/inbox/live/store'
import { openDb } from '../src/shared/db'
import type { LiveInbox } from './live-inbox'

/** How many inboxes are called at the same time. */
const atOnce = 50

/**
 * Tells friends and D1 how the person shows themselves now: one call for each friend in touch, however many changes
 * there were since the last one.
 */
export async function tellFriends(inbox: LiveInbox, env: Env): Promise<void> {
  if (!inbox.state.present) return
  const now = Date.now()
  const userId = inbox.log.userId()
  const shown = shownOf(inbox.state, inbox.log.hidesPresence(), now)
  inbox.toldFriends(shown, now)
  await keepShown(openDb(env.DB), userId, shown)
  await each(inbox.log.friends.list(), async (friend) => {
    const answer = await env.USER_INBOX.getByName(friend.userId).meet(userId, shown)
    if (answer.here) inbox.hearOfFriend(friend.userId, answer.shown)
    else inbox.loseFriend(friend.userId)
  })
  inbox.settle()
}

/** The person has gone: nobody is in touch with them any more. */
export async function partFriends(inbox: LiveInbox, env: Env): Promise<void> {
  const userId = inbox.log.userId()
  await each(inbox.log.friends.list(), async (friend) => {
    inbox.log.friends.remove(friend.userId)
    await env.USER_INBOX.getByName(friend.userId).part(userId)
  })
}

/** Asks D1 who of the friends is online, which repairs what a lost call would have told, and ends what has ended. */
export async function refreshFriends(inbox: LiveInbox, env: Env): Promise<void> {
  if (!inbox.state.present) return
  const userId = inbox.log.userId()
  const found = await findFriendsOnline(openDb(env.DB), userId, Date.now(), friendsInTouch)
  const ended = inbox.takeFriends(found)
  await each(ended, (friend) => env.USER_INBOX.getByName(friend).part(userId))
  await tellFriends(inbox, env)
}

async function each<Item>(items: Item[], call: (item: Item) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += atOnce) {
    const results = await Promise.allSettled(items.slice(at, at + atOnce).map(call))
    for (const result of results)
      if (result.status === 'rejected')
        makeLog({ object: 'UserInbox' }).warn('inbox.friend_not_told', errorFields(result.reason))
  }
}
