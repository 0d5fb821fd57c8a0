import { channelErrors, roomErrors } from '../errors'
import type { MemberRole } from '../live/contract'
import { liveErrors } from '../live/errors'
import { isMuted, type StandingRow } from './rules'

/**
 * The caller's role in a room, for what only its members may see.
 * @throws room.not_found, channel.membership_required
 */
export function requireMember(standing: StandingRow | undefined): MemberRole {
  if (!standing) throw roomErrors.notFound()
  if (standing.role !== null) return standing.role
  throw standing.visibility === 'public' ? channelErrors.membershipRequired() : roomErrors.notFound()
}

/**
 * The same for what changes something there.
 * @throws room.not_found, channel.membership_required, channel.timed_out
 */
export function requireWriter(standing: StandingRow | undefined, now: number): MemberRole {
  const role = requireMember(standing)
  requireNoTimeout(standing?.mutedUntil ?? null, now)
  return role
}

/** @throws channel.timed_out */
export function requireNoTimeout(mutedUntil: number | null, now: number): void {
  if (isMuted(mutedUntil, now))
    throw liveErrors.timedOut(`You may read here, but not write before ${new Date(mutedUntil ?? 0).toISOString()}.`)
}
