import type { RoomLimits } from '../../app/config'

/** How often a room sends, and how far behind a socket may be. Pure. */

/** In a full room frames cost more than what is in them: a busy window is at most this much longer than two quiet ones. */
const busyMs = 16

const socketsPerTurn = 100
const maxTurns = 10

/** In how many turns a busy room of this size is told. */
export const turnsFor = (sockets: number) => Math.max(1, Math.min(maxTurns, Math.floor(sockets / socketsPerTurn)))

type WindowLimits = Pick<RoomLimits, 'ROOM_WINDOW_MICROSECONDS_PER_SOCKET' | 'ROOM_WINDOW_MAX_MS'>

export interface LastFlush {
  events: number
  /** How long after the flush before it. */
  gapMs: number
}

/**
 * How long events wait for company (L7): three times as long where flushes follow each other closely, and longer the
 * more events the last one carried. One alone after a pause never makes the next wait longer.
 */
export function windowMs(limits: WindowLimits, sockets: number, last?: LastFlush): number {
  const { events, gapMs } = last ?? { events: 0, gapMs: Number.POSITIVE_INFINITY }
  const upTo = (ms: number) => Math.min(ms, limits.ROOM_WINDOW_MAX_MS)
  const quiet = upTo((limits.ROOM_WINDOW_MICROSECONDS_PER_SOCKET * sockets) / 1000)
  const least = gapMs <= 4 * quiet ? upTo(3 * quiet) : quiet
  return Math.max(least, Math.min((quiet * events) / 2, upTo(2 * quiet + busyMs)))
}

/** How many bytes of unseen events one socket may owe for five seconds (L22). */
export function backlogBytes(limits: RoomLimits, sockets: number): number {
  return Math.min(limits.ROOM_BACKLOG_BYTES_PER_SOCKET, limits.ROOM_BACKLOG_BYTES / Math.max(1, sockets))
}
