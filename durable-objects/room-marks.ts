import type { Effect } from '../src/channels/live/model'
import type { LiveRoom } from './live-room'

/** Read marks that came by socket: their sockets keep them through sleep, and once a minute they are stored and told. */

export function holdMark(room: LiveRoom, { userId, socketId, mark }: Extract<Effect, { do: 'holdMark' }>): void {
  room.log.reading.hold(userId, mark)
  room.sockets.keep(socketId, { mark })
}

/** Finds them again after sleep. */
export function wakeMarks(room: LiveRoom): void {
  for (const { who } of room.sockets.all()) if (who.mark) room.log.reading.hold(who.userId, who.mark)
}

/** Once it is being stored, or must not be, the person's sockets forget it. */
export function releaseMark(room: LiveRoom, userId: string): void {
  if (!room.log.reading.heldMark(userId)) return
  for (const { id } of room.log.person(userId)?.sockets ?? []) room.sockets.keep(id, { mark: null })
}

export function storeHeldMark(room: LiveRoom, userId: string): void {
  const held = room.log.reading.heldMark(userId)
  if (held) room.perform({ do: 'save', write: { table: 'marks', userId, ...held } })
}
