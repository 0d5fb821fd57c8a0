import type { LiveRoom } from './live-room'
import { releaseMark } from './room-marks'

/** Forgets an erased person, at most `limit` messages at a time. @returns whether that was all */
export function eraseMember(room: LiveRoom, userId: string, messages: 'keep' | 'remove', limit: number): boolean {
  const { log, personLog } = room
  const now = Date.now()
  const ids = messages === 'keep' ? [] : personLog.listMessageIds(userId, limit)
  for (const id of ids) {
    const message = log.message(id)
    if (message) room.run({ type: 'message.erased', message, now })
  }
  const member = log.member(userId)
  const nameless = { username: 'deleted', name: 'Deleted user', avatarKey: null }
  if (member) log.save({ table: 'members', member: { ...member, ...nameless }, event: null })
  personLog.forget(userId)
  releaseMark(room, userId)
  log.reading.letGo(userId)
  log.studies.forget(userId)
  room.settle()
  return ids.length < limit
}

/** Deletes what a ban wants gone, at most `limit` messages at a time. @returns whether that was all */
export function purgeMember(room: LiveRoom, key: string, limit: number): boolean {
  const [userId = '', since, until, by = ''] = key.split(' ')
  const ids = room.log.removals.listWritten(userId, Number(since), Number(until), limit)
  for (const id of ids) {
    const message = room.log.message(id)
    if (message) room.run({ type: 'message.erased', message, by, now: Date.now() })
  }
  return ids.length < limit
}
