import type { DayZone, EndReason, Running, Segment, Topic } from '../contract'

/** The session that runs, as a machine: every rule of docs/study.md about when it ends and what it is doing. */

const minute = 60_000

/** How long a ping keeps a session alive. */
export const leaseMs = 180_000
/** A lost lease is noticed this long after the last ping; where it ends is the same however late that is. */
export const leaseWatchMs = 300_000
export const askAfterMs = 30 * minute
export const answerWithinMs = 5 * minute
export const autoEndMinutes = { min: 5, default: 120, max: 360 }
export const breakMinutes = { min: 1, max: 120 }
/** Shorter sessions leave no trace. */
export const shortestMs = 20_000

interface Start extends Topic, DayZone {
  id: string
  now: number
  autoEndMinutes: number
}

export function begin({ id, now, autoEndMinutes, ...about }: Start): Running {
  return {
    ...about,
    id,
    startedAt: now,
    segments: [],
    doing: 'active',
    since: now,
    breakEndsAt: null,
    autoEndsAt: now + autoEndMinutes * minute,
    lastPingAt: now,
    provenAt: now,
    askedAt: null,
  }
}

/** Where and why a session ended, and when that was settled. */
export interface End {
  at: number
  reason: EndReason
  settledAt: number
}

/** What happens by itself, and when. */
type Turn = { at: number } & ({ to: 'active' | 'asked' } | { to: 'end'; endsAt: number; reason: EndReason })

/** Until when without proof; pauses and breaks are not idle. */
const idleSince = ({ doing, provenAt, since }: Running) => (doing === 'active' ? Math.max(provenAt, since) : null)

function turnsOf(session: Running): Turn[] {
  const { lastPingAt, autoEndsAt, askedAt, provenAt, breakEndsAt } = session
  const turns: Turn[] = [
    { at: autoEndsAt, to: 'end', endsAt: autoEndsAt, reason: 'auto' },
    { at: lastPingAt + leaseMs, to: 'end', endsAt: lastPingAt, reason: 'lost' },
  ]
  const idle = idleSince(session)
  if (askedAt !== null) turns.push({ at: askedAt + answerWithinMs, to: 'end', endsAt: provenAt, reason: 'idle' })
  else if (idle !== null) turns.push({ at: idle + askAfterMs, to: 'asked' })
  if (breakEndsAt !== null) turns.push({ at: breakEndsAt, to: 'active' })
  return turns
}

/** When the session wants to be looked at next. */
export function nextWakeAt(session: Running): number {
  const others = turnsOf(session).filter((turn) => !('reason' in turn) || turn.reason !== 'lost')
  return Math.min(session.lastPingAt + leaseWatchMs, ...others.map(({ at }) => at))
}

/** Everything that has happened by itself until now, in order. */
export function settle(session: Running, now: number): { session: Running; end: End | null } {
  for (let at = session; ; ) {
    const [next] = turnsOf(at).sort((a, b) => a.at - b.at)
    if (!next || next.at > now) return { session: at, end: null }
    if (next.to === 'end') return { session: at, end: { at: next.endsAt, reason: next.reason, settledAt: next.at } }
    // Who is asked late has the full time for an answer.
    at = next.to === 'asked' ? { ...at, askedAt: now } : turnTo(at, 'active', next.at)
  }
}

/** Time never runs backwards in a session, whatever the clock does. */
export const notBefore = ({ lastPingAt, since }: Running, now: number) => Math.max(now, lastPingAt, since)

function turnTo(session: Running, doing: Running['doing'], at: number, breakEndsAt: number | null = null): Running {
  if (session.doing === doing && doing !== 'break') return session
  const closed: Segment = { kind: session.doing, from: session.since, to: at }
  const segments = at > session.since ? [...session.segments, closed] : session.segments
  return { ...session, segments, doing, since: at, breakEndsAt }
}

/** Something that a person does with a running session. */
export type Action =
  | { do: 'ping'; active: boolean }
  | { do: 'pause' | 'resume' | 'confirm' }
  | { do: 'break'; minutes: number | null }
  | { do: 'extend'; minutes: number }

/** Does it, to a session that is settled and has not ended. Whatever it is, it keeps the session alive. */
export function act(session: Running, action: Action, now: number): Running {
  if (action.do === 'ping' && !action.active) return { ...session, lastPingAt: now }
  const alive = { ...session, lastPingAt: now, provenAt: now, askedAt: null }
  switch (action.do) {
    case 'ping':
    case 'confirm':
      return alive
    case 'pause':
      return turnTo(alive, 'pause', now)
    case 'resume':
      return turnTo(alive, 'active', now)
    case 'break':
      return turnTo(alive, 'break', now, action.minutes === null ? null : now + action.minutes * minute)
    case 'extend': {
      const latest = now + autoEndMinutes.max * minute
      const wanted = session.autoEndsAt + action.minutes * minute
      return { ...alive, autoEndsAt: Math.min(wanted, Math.max(latest, session.autoEndsAt)) }
    }
  }
}

/**
 * Where a session ends that its person ends. Of an end that was made offline no more than the lease behind the last ping
 * is believed, and nothing that has not happened yet.
 * @param claimedAt when the person says it ended; null: now
 */
export function endByPerson(session: Running, claimedAt: number | null, now: number): { session: Running; end: End } {
  if (claimedAt === null) {
    const settled = settle(session, now)
    return { session: settled.session, end: settled.end ?? { at: now, reason: 'user', settledAt: now } }
  }
  const at = Math.max(session.startedAt, Math.min(claimedAt, now, session.lastPingAt + leaseMs))
  // What ends a session by itself may have done so before that; the lease has not.
  const settled = settle({ ...session, lastPingAt: Math.max(session.lastPingAt, at) }, at)
  return { session: settled.session, end: settled.end ?? { at, reason: 'user', settledAt: now } }
}

/** All segments of a session that ended there; what came later is cut off. An unanswered question leaves its time as idle. */
export function segmentsUntil(session: Running, { at, reason, settledAt }: End): Segment[] {
  const open: Segment = { kind: session.doing, from: session.since, to: Math.max(session.since, at) }
  const cut = [...session.segments, open]
    .map((segment) => ({ ...segment, to: Math.min(segment.to, at) }))
    .filter(({ from, to }) => from < to)
  return reason === 'idle' && settledAt > at ? [...cut, { kind: 'idle', from: at, to: settledAt }] : cut
}
