const day = 24 * 60 * 60 * 1000

/** How long a session lives without a refresh, and how long in all, in milliseconds. */
export const sessionIdleMs = 7 * day
export const sessionAbsoluteMs = 30 * day

/** Not ended, not idle for too long, not too old. Times in milliseconds since 1970. */
export function isAlive(session: { endedAt: number | null; expiresAt: number; endsAt: number }, now: number): boolean {
  return session.endedAt === null && now < session.expiresAt && now < session.endsAt
}

const minute = 60 * 1000

/** How many tries a key has in a window that starts with its first one. */
export interface Throttle {
  /** What the RateLimit headers call it. */
  name: string
  key: string
  max: number
  windowMs: number
}

export interface FullThrottle extends Omit<Throttle, 'key'> {
  resetsAt: number
}

export const ticketThrottle = (userId: string, max: number): Throttle => ({
  name: 'ticket',
  key: `ticket:${userId}`,
  max,
  windowMs: minute,
})
