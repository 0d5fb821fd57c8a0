import type { Config } from '../app/config'
import type { SessionRow } from './tables'

const day = 24 * 60 * 60 * 1000

/** How long a session lives without a refresh, and how long in all, in milliseconds. */
export const sessionIdleMs = 7 * day
export const sessionAbsoluteMs = 30 * day

/** How long an address counts as known after the last sign-in from it, and how long a session that is over stays listed. */
export const knownAddressMs = 180 * day
export const pastSessionMs = 90 * day

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

/** The throttles of one try to sign in. @param account the user's id, or a pseudonym of a name that nobody has */
export function logInThrottles(
  limits: LogInLimits,
  account: string,
  address: string,
  isKnownAddress: boolean,
): [Throttle, ...Throttle[]] {
  const here: [Throttle, Throttle] = [
    {
      name: 'login',
      key: `login:${account}:${address}`,
      max: limits.LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS,
      windowMs: 15 * minute,
    },
    {
      name: 'login-address',
      key: `login-address:${address}`,
      max: limits.LOGIN_FAILURES_PER_ADDRESS,
      windowMs: 15 * minute,
    },
  ]
  // Where the owner has signed in before, strangers elsewhere cannot use up the tries.
  if (isKnownAddress) return here
  const max = limits.LOGIN_FAILURES_PER_ACCOUNT_FROM_NEW_ADDRESSES
  return [...here, { name: 'login-account', key: `login-account:${account}`, max, windowMs: 60 * minute }]
}

type LogInLimits = Pick<Config, Extract<keyof Config, `LOGIN_${string}`>>

export const registerThrottle = (address: string, max: number): Throttle => ({
  name: 'register',
  key: `register:${address}`,
  max,
  windowMs: 60 * minute,
})

/** Sign-ins that begin without a name: by passkey, or with an account elsewhere. */
export const startedThrottle = (address: string, max: number): Throttle => ({
  name: 'sign-in',
  key: `sign-in:${address}`,
  max,
  windowMs: 60 * minute,
})

export const refreshThrottle = (sessionId: string, max: number): Throttle => ({
  name: 'refresh',
  key: `refresh:${sessionId}`,
  max,
  windowMs: 5 * minute,
})

export const ticketThrottle = (userId: string, max: number): Throttle => ({
  name: 'ticket',
  key: `ticket:${userId}`,
  max,
  windowMs: minute,
})

export const minPasswordLength = 8

/** Argon2id as OWASP asks at least: memory in KiB, passes, lanes. */
export const passwordPolicy = { memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 }

const policyText = `m=${passwordPolicy.memoryCost},t=${passwordPolicy.timeCost},p=${passwordPolicy.parallelism}`

/** Nobody's hash: what an unknown person's password is compared with, so that it takes as long. */
export const dummyHash = `$argon2id$v=19$${policyText}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Whether a hash was made by an older policy than today's and is to be made again at the next sign-in. */
export function wantsRehash(stored: string): boolean {
  return !stored.startsWith(`$argon2id$v=19$${policyText}$`)
}

/** What a person is easily connected with, and Studyhall itself. */
interface PasswordContext {
  email: string
  name: string
  username?: string
}

/**
 * Whether a password is little more than a word that everybody would try for this person: the word itself, or the word
 * with up to three characters around it.
 */
export function isGuessable(password: string, { email, name, username }: PasswordContext): boolean {
  const squeeze = (text: string) => text.toLowerCase().replace(/[\s._-]+/g, '')
  const squeezed = squeeze(password)
  const [mailbox = '', domain = ''] = email.split('@')
  const words = ['studyhall', 'study', 'hall', email, mailbox, domain, name, ...name.split(/\s+/), username ?? '']
  if (new Set(squeezed).size < 3) return true
  return words.map(squeeze).some((word) => word.length >= 4 && squeezed.replaceAll(word, '').length < 4)
}

/** @param domains lower-cased; `edu` covers cs.x.edu, and an empty list everything */
export function isAllowedDomain(email: string, domains: string[]): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  return domains.length === 0 || domains.some((suffix) => domain === suffix || domain.endsWith(`.${suffix}`))
}

/** How long after a rotation the token before it still gets the same new one: for tabs that ask at once and lost replies. */
const repeatMs = 30_000

/**
 * What a refresh token of ours deserves: `rotate` the current one, `repeat` the reply to the one before it, `reuse` of an
 * older one, which only a copy can be, and `unknown` for one that the session has not come to yet.
 */
export function judgeRefresh(
  session: { refreshN: number; rotatedAt: number | null },
  n: number,
  now: number,
): 'rotate' | 'repeat' | 'reuse' | 'unknown' {
  if (n === session.refreshN) return 'rotate'
  if (n > session.refreshN) return 'unknown'
  const isLast = n === session.refreshN - 1
  return isLast && session.rotatedAt !== null && now - session.rotatedAt <= repeatMs ? 'repeat' : 'reuse'
}

/** Where a try comes from, for counting; all who come without an address count as one. */
export const addressOf = ({ address }: { address: string | null }) => address ?? 'unknown'

const toIso = (ms: number) => new Date(ms).toISOString()

/** A session as its owner sees it. */
export const toSession = (row: SessionRow, currentId: string) => ({
  id: row.id,
  device: row.device,
  address: row.address,
  createdAt: toIso(row.createdAt),
  lastUsedAt: toIso(row.lastUsedAt),
  expiresAt: toIso(row.expiresAt),
  current: row.id === currentId,
})
