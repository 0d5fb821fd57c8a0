import { errorFields, makeLog } from '../src/app/log'
import type { Head } from '../src/channels/live/reading'
import { markEveryMs, markTurn, reportEveryMs } from '../src/channels/live/report'
import { reportHead } from '../src/channels/live/store'
import type { ChannelNews } from '../src/inbox/contract'
import { openDb } from '../src/shared/db'
import type { LiveRoom } from './live-room'
import { storeHeldMark } from './room-marks'

/** How many inboxes hear at the same time. */
const atOnce = 50
/** Of more marks than that, this part of a minute's is told at once, and the rest in as many goes, a second apart. */
const goes = 60
const goEveryMs = 1000
/** Up to so many who write and are here are told of their own words with each report. */
const writersAReport = 20

/**
 * Tells D1 how far the conversation is and how many are there, and those who are online and not here what is new (L29):
 * one UPDATE, one SELECT, one call for each of them. Who wrote or was named hears first, wherever they are: what one has
 * written must never look unread.
 */
export async function tellHead(room: LiveRoom, env: Env): Promise<void> {
  const now = Date.now()
  room.state = { ...room.state, reporting: false, reportedAt: now }
  const channel = room.log.channel()
  if (!channel || channel.deletedAt !== null) return
  const { reading } = room.log
  const head = reading.head()
  const before = reading.reportedSeq()
  const isNew = head !== null && head.seq > before
  try {
    const concerned = isNew ? reading.listConcerned(before) : []
    const writers = new Set(concerned.filter(({ wrote }) => wrote).map(({ userId }) => userId))
    const first = whoHearsNow(room, concerned, now)
    await tellEach(first, (userId) => tellMark(room, env, userId, isNew ? head : null, writers.has(userId)))
    const here = room.connectedIds()
    const told = { head, liveCount: channel.frozen ? 0 : room.state.present, now }
    const online = await reportHead(openDb(env.DB), channel.id, told, isNew ? [...here, ...first] : null)
    if (!isNew) return
    reading.keepReported(head.seq)
    const news = newsOf(room, head)
    if (news) await tellEach(online, (userId) => env.USER_INBOX.getByName(userId).hear(news))
  } catch (error) {
    room.state = { ...room.state, reporting: true }
    room.perform({ do: 'wakeAt', kind: 'head', key: '', at: Date.now() + reportEveryMs })
    throw error
  }
}

/**
 * Who is here reads what they write. Where so many do that telling each of them would be most of the room's work, they
 * are told once a minute, as of other marks of theirs, and not all of them in the same second.
 */
function whoHearsNow(room: LiveRoom, concerned: { userId: string; wrote: boolean }[], now: number): string[] {
  const patient = concerned.filter(({ userId, wrote }) => wrote && room.isConnected(userId))
  if (patient.length <= writersAReport) return concerned.map(({ userId }) => userId)
  for (const { userId } of patient) {
    room.log.reading.wroteLately.add(userId)
    room.perform({ do: 'wakeAt', kind: 'mark', key: userId, at: markTurn(userId, now) })
  }
  const later = new Set(patient.map(({ userId }) => userId))
  return concerned.map(({ userId }) => userId).filter((userId) => !later.has(userId))
}

/** Brings these people's marks to their inboxes. What fails is tried again in a minute. */
export async function forwardMarks(room: LiveRoom, env: Env, userIds: string[]): Promise<void> {
  for (const userId of userIds) {
    storeHeldMark(room, userId)
    room.log.agenda.letSleep('mark', userId)
  }
  await tellEach(userIds, (userId) => tellMark(room, env, userId, null, room.log.reading.wroteLately.delete(userId)))
}

/**
 * Stores the marks that came by socket, and brings them to their inboxes.
 * @param until when the sweep was: who reads on meanwhile is told of with the next one
 */
export async function forwardHeldMarks(room: LiveRoom, env: Env, until: number, now: number): Promise<void> {
  const { reading } = room.log
  const waiting = reading.listHeld(until)
  const some = waiting.slice(0, Math.max(atOnce, Math.ceil(waiting.length / goes)))
  if (some.length < waiting.length)
    room.perform({ do: 'wakeAt', kind: 'marks', key: String(until), at: now + goEveryMs })
  await forwardMarks(room, env, some)
}

/** The marks that came by HTTP, or with a member who joined, before the reply to that. */
export async function forwardDueMarks(room: LiveRoom, env: Env): Promise<void> {
  const due = room.log.agenda.listDueOf('mark', Date.now(), atOnce)
  if (due.length > 0) await forwardMarks(room, env, due)
}

async function tellMark(room: LiveRoom, env: Env, userId: string, head: Head | null, wrote = false): Promise<void> {
  const channel = room.log.channel()
  if (!channel) return
  const news = (head && !room.isConnected(userId) && newsOf(room, head)) || newsOf(room, null)
  if (!news) return
  storeHeldMark(room, userId)
  try {
    await env.USER_INBOX.getByName(userId).hear({ ...news, mark: room.log.reading.tally(userId), wrote })
  } catch (error) {
    makeLog({ object: 'StudyRoom' }).warn('room.mark_not_told', errorFields(error))
    room.perform({ do: 'wakeAt', kind: 'mark', key: userId, at: Date.now() + markEveryMs })
  }
}

/** @param head with its message as what has arrived; null: only the mark is new */
function newsOf(room: LiveRoom, head: Head | null): ChannelNews | null {
  const channel = room.log.channel()
  if (!channel) return null
  const now = head ?? room.log.reading.head()
  const sender = head && room.log.member(head.senderId)
  return {
    channelId: channel.id,
    kind: channel.kind,
    name: channel.name,
    head: { ord: now?.ord ?? 0, calls: now?.calls ?? 0 },
    mark: null,
    message: head && {
      sender: { id: head.senderId, name: sender?.name ?? '' },
      text: head.text,
      createdAt: new Date(head.at).toISOString(),
    },
  }
}

/** One who cannot be reached keeps nobody else from hearing: a list, and the next report, say the same. */
async function tellEach(userIds: string[], tell: (userId: string) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < userIds.length; at += atOnce) {
    const results = await Promise.allSettled(userIds.slice(at, at + atOnce).map(tell))
    for (const result of results)
      if (result.status === 'rejected')
        makeLog({ object: 'StudyRoom' }).warn('room.news_not_told', errorFields(result.reason))
  }
}
