import { accessCheckEveryMs, sweepEveryMs } from '../src/channels/live/presence'
import { assertNever } from '../src/channels/live/protocol'
import { findEndedSessions } from '../src/channels/live/store'
import type { InboxDueKind } from '../src/inbox/live/inbox'
import { deleteOnline, keepOnline, onlineMs } from '../src/inbox/live/store'
import { openDb } from '../src/shared/db'
import { partFriends, refreshFriends, tellFriends } from './inbox-friends'
import type { LiveInbox } from './live-inbox'
import { listOverdue } from './overdue'

const atOnce = 200

/** Does what is due, at most 200 at a time; the rest is due at once again. Each kind may be repeated safely. */
export async function runInboxDue(inbox: LiveInbox, env: Env): Promise<void> {
  const now = Date.now()
  if (inbox.sweepAt !== null && inbox.sweepAt <= now) sweep(inbox, now)
  for (const { kind, key } of inbox.log.agenda.listDue(now, atOnce)) {
    inbox.log.agenda.letSleep(kind, key)
    await runOne(inbox, env, kind)
  }
  inbox.settle()
}

async function runOne(inbox: LiveInbox, env: Env, kind: InboxDueKind): Promise<void> {
  const now = Date.now()
  switch (kind) {
    case 'access':
      await checkAccess(inbox, env, now)
      break
    case 'tell':
      await tellFriends(inbox, env)
      break
    case 'status':
      inbox.run({ type: 'status.due', now })
      break
    case 'gone':
      await goOffline(inbox, env, now)
      break
    default:
      assertNever(kind)
  }
}

/** Ends what is silent or over (L16) and forgets unused tickets; goes on while there is anything to sweep. */
function sweep(inbox: LiveInbox, now: number): void {
  for (const { who, why } of listOverdue(inbox.sockets, now)) inbox.end(who, why)
  const sweeping = inbox.log.tickets.dropOld(now) || inbox.sockets.size > 0
  inbox.sweepAt = sweeping ? now + sweepEveryMs : null
}

/** Asks D1 once which sessions still hold, which also repairs what a lost call would have told (L5). */
async function checkAccess(inbox: LiveInbox, env: Env, now: number): Promise<void> {
  if (inbox.sockets.size === 0) return
  inbox.wakeAt('access', '', now + accessCheckEveryMs)
  const sessionIds = new Set(inbox.sockets.all().map(({ who }) => who.sessionId))
  const db = openDb(env.DB)
  for (const sessionId of await findEndedSessions(db, [...sessionIds], now)) inbox.dropSession(sessionId)
  if (inbox.sockets.size === 0) return
  inbox.log.keepOnlineUntil(now + onlineMs)
  await keepOnline(db, inbox.log.userId(), now + onlineMs)
  await refreshFriends(inbox, env)
}

/** The last socket closed a minute ago, or the one that a ticket was for never came. */
async function goOffline(inbox: LiveInbox, env: Env, now: number): Promise<void> {
  if (inbox.sockets.size > 0) return
  if (inbox.log.tickets.areWaiting()) return inbox.wakeAt('gone', '', now + sweepEveryMs)
  // Done again in a minute if D1 does not take it now.
  inbox.wakeAt('gone', '', now + sweepEveryMs)
  inbox.run({ type: 'gone', now })
  inbox.toldFriends(null, now)
  await partFriends(inbox, env)
  await deleteOnline(openDb(env.DB), inbox.log.userId(), inbox.log.onlineUntil())
  inbox.log.agenda.letSleep('gone', '')
}
