import type { Category, Way } from './contract'
import type { Frequency } from './tables'

/** Mail waits this long for more of it. */
export const mailWaitMs = 120_000
/** Who has just been told on a screen has this long to look before a push. */
export const presentWaitMs = 60_000
/** For as long nothing is delivered to who studies, if nobody tells of the end. */
export const studyHoldMs = 6 * 60 * 60_000
/** How often a delivery is tried: with the waits between them, for about a day. */
export const maxTries = 30
/** How many notifications one mail or push tells of. */
export const perDelivery = 50

const minute = 60_000

/** How long to wait before a delivery is tried once more: a minute, two, four … at most an hour. */
export const backoffMs = (tries: number) => Math.min(minute * 2 ** Math.max(0, tries - 1), 60 * minute)

const seldom: Category[] = ['messages', 'mentions', 'materials']
/** What is only shown, unless somebody asks for more: there is much of it, and none of it is urgent. */
const shownOnly: Category[] = ['notes']
/** By the time that somebody reads their mail, it is over. */
const neverMailed: Category[] = ['study']

/** How people are told who have chosen nothing. */
export function defaultFrequency(category: Category, way: Way): Frequency {
  if (way !== 'app' && shownOnly.includes(category)) return 'never'
  if (way === 'mail' && neverMailed.includes(category)) return 'never'
  return way === 'mail' && seldom.includes(category) ? 'daily' : 'immediately'
}

/** Of a muted channel one hears nothing of these; who is removed or invited does. */
const mutable: Category[] = ['messages', 'mentions', 'announcements', 'materials', 'notes', 'meetups']

/** What a decision stands on: the event, the person, and how the two stand at this moment. */
export interface Standing {
  category: Category
  frequency: Record<Way, Frequency>
  withdrawn: boolean
  expired: boolean
  blocked: boolean
  muted: boolean
  /** The person had the channel open when it was said there. */
  present: boolean
  /** What a direct message says is known to who was present. */
  direct: boolean
  /** False for who was erased or suspended, or is no longer a member of where it was said. */
  isThere: boolean
  read: boolean
  /** What it is about was deleted. */
  deleted: boolean
  mail: 'ok' | 'off' | 'no_address' | 'bounced'
  push: 'ok' | 'off' | 'no_subscription'
  /** When the quiet hours that hold now are over; null outside of them. */
  quietUntil: number | null
  studying: boolean
  nextDigest: Record<'daily' | 'weekly', number>
}

export type Decision =
  | { state: 'sent'; reason: null; dueAt: null }
  | { state: 'held'; reason: 'batch' | 'now' | 'digest' | 'quiet_hours' | 'studying'; dueAt: number }
  | { state: 'dropped'; reason: DropReason; dueAt: null }

export type DropReason =
  | 'withdrawn'
  | 'expired'
  | 'gone'
  | 'blocked'
  | 'muted'
  | 'present'
  | 'switched_off'
  | 'read'
  | 'deleted'
  | 'off'
  | 'no_address'
  | 'bounced'
  | 'no_subscription'

/** Why nobody is to be told of it in this way, or null. */
export function whyDropped(way: Way, standing: Standing): DropReason | null {
  const { category, frequency, present, direct } = standing
  if (!standing.isThere) return 'gone'
  if (standing.withdrawn) return 'withdrawn'
  if (standing.expired) return 'expired'
  if (standing.deleted) return 'deleted'
  if (standing.blocked) return 'blocked'
  if (standing.muted && mutable.includes(category)) return 'muted'
  if (present && (way !== 'app' || direct)) return 'present'
  if (category !== 'security' && frequency[way] === 'never') return 'switched_off'
  // Whoever has taken an account over could read what its owner is to be warned of.
  if (standing.read && way !== 'app' && category !== 'security') return 'read'
  if (way === 'mail' && standing.mail !== 'ok') return standing.mail
  if (way === 'push' && standing.push !== 'ok') return standing.push
  return null
}

/** Of a session that runs one hears all the same, and security waits for nobody. */
export const waitsForStudy = (category: Category) => category !== 'study' && category !== 'security'

/** Until when it has to wait, or null. Security waits for nobody. */
function whyHeld(standing: Standing, now: number): Extract<Decision, { state: 'held' }> | null {
  if (standing.category === 'security') return null
  if (standing.quietUntil !== null) return { state: 'held', reason: 'quiet_hours', dueAt: standing.quietUntil }
  if (standing.studying && waitsForStudy(standing.category))
    return { state: 'held', reason: 'studying', dueAt: now + studyHoldMs }
  return null
}

/** What becomes of a new event for one person in one way. */
export function decide(way: Way, standing: Standing, now: number): Decision {
  const dropped = whyDropped(way, standing)
  if (dropped) return { state: 'dropped', reason: dropped, dueAt: null }
  const frequency = standing.category === 'security' ? 'immediately' : standing.frequency[way]
  if (frequency === 'daily' || frequency === 'weekly')
    return { state: 'held', reason: 'digest', dueAt: standing.nextDigest[frequency] }
  const held = whyHeld(standing, now)
  if (held) return held
  if (way === 'app') return { state: 'sent', reason: null, dueAt: null }
  if (way === 'mail' && standing.category !== 'security')
    return { state: 'held', reason: 'batch', dueAt: now + mailWaitMs }
  return { state: 'held', reason: 'now', dueAt: now }
}

/** What becomes, at the moment of delivery, of what was held for it. */
export function decideAgain(way: Way, standing: Standing, now: number): Decision {
  const dropped = whyDropped(way, standing)
  if (dropped) return { state: 'dropped', reason: dropped, dueAt: null }
  return whyHeld(standing, now) ?? { state: 'sent', reason: null, dueAt: null }
}
