import { errorFields, makeLog } from '../src/app/log'
import { dropAttachments } from '../src/channels/live/attachments-store'
import type { DueKind } from '../src/channels/live/model'
import { accessCheckEveryMs, sweepEveryMs } from '../src/channels/live/presence'
import { assertNever } from '../src/channels/live/protocol'
import { insertRemovals } from '../src/channels/live/removal-store'
import { removalEvent } from '../src/channels/live/removals'
import { findAccessChanges, recordPomodoros } from '../src/channels/live/store'
import { attendedMs } from '../src/channels/live/visits'
import { recordAttendance } from '../src/meetups/live/store'
import type { StoredEvent } from '../src/outbox/contract'
import { openDb } from '../src/shared/db'
import { purgeMember } from './forgetting'
import type { LiveRoom } from './live-room'
import { listOverdue } from './overdue'
import { forwardHeldMarks, forwardMarks, tellHead } from './room-report'

const atOnce = 200
const outboxAgainMs = 10_000
/** About 20 ms of work. */
const indexAtOnce = 500
/** A search indexes what it needs by itself, so this only keeps it from ever having much to do. */
const indexAfterMs = 10 * 60_000

/**
 * Does what is due, at most 200 at a time; the rest is due at once again. Each kind may be repeated safely.
 * @returns false when the room itself is to be purged
 */
export async function runDue(room: LiveRoom, env: Env, take: TakeEvents): Promise<boolean> {
  for (const { kind, key } of room.log.agenda.listDue(Date.now(), atOnce)) {
    if (kind === 'purge.room') return false
    // The sweep moves itself to the next minute.
    if (kind !== 'sweep') room.log.agenda.letSleep(kind, key)
    await runOne(room, env, take, kind, key)
  }
  room.settle()
  return true
}

async function runOne(
  room: LiveRoom,
  env: Env,
  take: TakeEvents,
  kind: Exclude<DueKind, 'purge.room'>,
  key: string,
): Promise<void> {
  const now = Date.now()
  switch (kind) {
    case 'sweep':
      sweep(room, now)
      await forwardHeldMarks(room, env, now, now)
      break
    case 'grace':
      room.run({ type: 'grace.ended', userId: key, now })
      break
    case 'count':
      room.run({ type: 'count.due', now })
      break
    case 'purge.text':
      room.log.messages.purgeText(Number(key))
      break
    case 'purge.member':
      if (!purgeMember(room, key, atOnce)) room.perform({ do: 'wakeAt', kind: 'purge.member', key, at: now })
      break
    case 'removals':
      await tellRemovals(room, env, take)
      break
    case 'files':
      await tellDropped(room, env, Number(key))
      break
    case 'head':
      if (!room.log.agenda.has('index')) room.perform({ do: 'wakeAt', kind: 'index', key: '', at: now + indexAfterMs })
      await tellHead(room, env)
      break
    case 'mark':
      await forwardMarks(room, env, [key])
      break
    case 'marks':
      await forwardHeldMarks(room, env, Number(key), now)
      break
    case 'index':
      if (!room.log.messages.index.catchUp(indexAtOnce)) room.perform({ do: 'wakeAt', kind: 'index', key: '', at: now })
      break
    case 'outbox':
      await sendOutbox(room, take, now)
      break
    case 'access':
      await checkAccess(room, env, now)
      break
    case 'timer':
      room.run({ type: 'timer.due', now })
      break
    case 'meetup':
      await tellAttendance(room, env, key, now)
      break
    case 'pomodoro':
      await tellPomodoros(room, env)
      break
    default:
      assertNever(kind)
  }
}

/** Hands events for others to the Worker, which writes them into D1 and tells of them. Safe to repeat. */
export type TakeEvents = (events: StoredEvent[]) => Promise<void>

/** What the Worker has not taken is kept, and tried again. */
async function sendOutbox(room: LiveRoom, take: TakeEvents, now: number): Promise<void> {
  const events = room.log.outbox.list(atOnce)
  if (events.length === 0) return
  try {
    await take(events)
  } catch (error) {
    makeLog({ object: 'StudyRoom' }).warn('room.outbox_not_taken', errorFields(error))
    room.perform({ do: 'wakeAt', kind: 'outbox', key: '', at: now + outboxAgainMs })
    return
  }
  room.log.outbox.drop(events)
  if (events.length === atOnce) room.perform({ do: 'wakeAt', kind: 'outbox', key: '', at: now })
}

/** Ends what is silent or over (L16, S21) and forgets unused tickets; goes on while there is anything to sweep. */
function sweep(room: LiveRoom, now: number): void {
  room.log.agenda.postpone('sweep', '', now + sweepEveryMs)
  for (const { who, why } of listOverdue(room.sockets, now)) room.end(who, why)
  for (const news of room.log.studies.listOver(now)) room.run({ type: 'study.changed', news, now })
  const sweeping = room.log.tickets.dropOld(now) || room.sockets.size > 0
  room.state = { ...room.state, sweeping }
  if (!sweeping) room.log.agenda.letSleep('sweep', '')
}

/** Tells D1 that a message with files is gone, and its files with it. */
async function tellDropped(room: LiveRoom, env: Env, messageSeq: number): Promise<void> {
  const channel = room.log.channel()
  const uploadIds = room.log.files.listOf(messageSeq)
  if (!channel || uploadIds.length === 0) return
  try {
    await dropAttachments(openDb(env.DB), channel.id, uploadIds)
  } catch (error) {
    room.perform({ do: 'wakeAt', kind: 'files', key: String(messageSeq), at: Date.now() + sweepEveryMs })
    throw error
  }
  room.log.files.remove(messageSeq)
}

/** Brings the pomodoros that ended to D1, which takes each once, however often it hears of it. */
async function tellPomodoros(room: LiveRoom, env: Env): Promise<void> {
  const channel = room.log.channel()
  const pomodoros = room.log.timers.listPomodoros(atOnce)
  if (!channel || pomodoros.length === 0) return
  // More of them, or the same once more if D1 is away now.
  const again = pomodoros.length === atOnce ? 0 : sweepEveryMs
  room.perform({ do: 'wakeAt', kind: 'pomodoro', key: '', at: Date.now() + again })
  await recordPomodoros(openDb(env.DB), channel.id, pomodoros)
  room.log.timers.dropPomodoros(pomodoros)
  if (pomodoros.length < atOnce) room.perform({ do: 'letSleep', kind: 'pomodoro', key: '' })
}

/** Tells D1 what moderators have deleted: for the authors, and for the audit log. */
async function tellRemovals(room: LiveRoom, env: Env, take: TakeEvents): Promise<void> {
  const channel = room.log.channel()
  const pending = room.log.removals.listPending(atOnce)
  if (!channel || pending.length === 0) return
  try {
    await insertRemovals(openDb(env.DB), channel.id, pending)
    await take(pending.map((removal) => removalEvent(channel.id, removal)))
  } catch (error) {
    room.perform({ do: 'wakeAt', kind: 'removals', key: '', at: Date.now() + sweepEveryMs })
    throw error
  }
  room.log.removals.forget(pending.map(({ id }) => id))
  if (pending.length === atOnce) room.perform({ do: 'wakeAt', kind: 'removals', key: '', at: Date.now() })
}

/** Tells D1 who was here long enough during a meetup that has ended. */
async function tellAttendance(room: LiveRoom, env: Env, meetupId: string, now: number): Promise<void> {
  room.perform({ do: 'wakeAt', kind: 'meetup', key: meetupId, at: now + sweepEveryMs })
  const userIds = room.log.visits.listLongEnough(meetupId, attendedMs)
  if (userIds.length > 0) await recordAttendance(openDb(env.DB), meetupId, userIds, now)
  room.log.visits.end(meetupId)
  room.perform({ do: 'letSleep', kind: 'meetup', key: meetupId })
}

/** Asks D1 once which sessions and memberships still hold, which also repairs what a lost call would have told (L5). */
async function checkAccess(room: LiveRoom, env: Env, now: number): Promise<void> {
  const channel = room.log.channel()
  if (room.sockets.size === 0 || !channel) return
  room.perform({ do: 'wakeAt', kind: 'access', key: '', at: now + accessCheckEveryMs })
  // Keeps the count of people fresh, which is taken for none when it is old.
  room.perform({ do: 'wakeAt', kind: 'head', key: '', at: now })
  const pairs = new Map<string, { sessionId: string; userId: string; rev: number }>()
  for (const { who } of room.sockets.all()) {
    const { sessionId, userId } = who
    pairs.set(`${sessionId} ${userId}`, { sessionId, userId, rev: room.log.member(userId)?.rev ?? 0 })
  }
  const found = await findAccessChanges(openDb(env.DB), channel, [...pairs.values()], now)
  for (const sessionId of found.endedSessionIds) room.dropSession(sessionId)
  room.take(found.channel, found.members)
}
