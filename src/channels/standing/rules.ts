import type { MemberRole } from '../live/contract'

/** How a person stands to a room; see `selectStanding`. */
export interface StandingRow {
  visibility: 'public' | 'private'
  /** Null for who is not an active member. */
  role: MemberRole | null
  mutedUntil: number | null
}

/** Owners and moderators, who look after what members share. */
export const looksAfterRoom = (role: MemberRole | null) => role === 'owner' || role === 'moderator'

export const isMuted = (mutedUntil: number | null, now: number) => mutedUntil !== null && mutedUntil > now
