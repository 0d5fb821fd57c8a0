import type { MemberReplica } from './contract'
import type { Facts, MessageRow } from './model'
import type { RefusalCode } from './protocol'

/** Who may do what, by the role of now (L23). Pure. */

/** Why somebody may do nothing here, or null. */
export function whyBarred(facts: Facts, userId: string): RefusalCode | null {
  const channel = facts.channel()
  if (channel && channel.deletedAt !== null) return 'channel.not_found'
  return channel && facts.member(userId)?.state === 'active' ? null : 'channel.membership_required'
}

export const isTimedOut = ({ mutedUntil }: MemberReplica, now: number) => mutedUntil !== null && mutedUntil > now

/** Owners and moderators. */
export function looksAfter(facts: Pick<Facts, 'member'>, userId: string): boolean {
  const member = facts.member(userId)
  return member?.state === 'active' && member.role !== 'member'
}

const rank = { member: 0, moderator: 1, owner: 2 } as const

/** Authors delete their own; a higher role deletes those of a lower one. Who is no longer a member ranks lowest. */
export function mayDelete(actor: MemberReplica | null, author: MemberReplica | null, message: MessageRow): boolean {
  if (actor?.state !== 'active') return false
  if (actor.userId === message.userId) return true
  return rank[actor.role] > (author?.state === 'active' ? rank[author.role] : rank.member)
}
