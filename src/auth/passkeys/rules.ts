import type { PasskeyRow } from './tables'

/** How long an authenticator may take to answer. */
export const passkeyChallengeMs = 5 * 60 * 1000

export const maxPasskeys = 20

/** Who asks an authenticator: its answer is good for this host and these origins alone. */
export interface Site {
  /** The WebAuthn RP id: a host name. */
  host: string
  origins: string[]
}

/** A counter that does not grow means that there are two of an authenticator; one that does not count stays at 0. */
export const isCounterFresh = (stored: number, told: number) => told > stored || (told === 0 && stored === 0)

const toIso = (ms: number) => new Date(ms).toISOString()

/** A passkey as its owner sees it. */
export const toPasskey = (row: Pick<PasskeyRow, 'id' | 'name' | 'isBackedUp' | 'createdAt' | 'lastUsedAt'>) => ({
  id: row.id,
  name: row.name,
  backedUp: row.isBackedUp,
  createdAt: toIso(row.createdAt),
  lastUsedAt: row.lastUsedAt === null ? null : toIso(row.lastUsedAt),
})
