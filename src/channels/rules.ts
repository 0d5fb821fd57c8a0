import type { MemberRole } from './live/contract'
import type { ChannelSettings } from './tables'

const rank: Record<MemberRole, number> = { member: 1, moderator: 2, owner: 3 }

/** Nobody acts on an equal or higher role, and so never on themselves. */
export const canActOn = (actor: MemberRole, target: MemberRole) => rank[actor] > rank[target]

/** A role is given only from above: to somebody below, and to a height below one's own. */
export const canGiveRole = (actor: MemberRole, target: MemberRole, role: MemberRole) =>
  canActOn(actor, target) && canActOn(actor, role)

export const canEditChannel = (role: MemberRole) => rank[role] >= rank.moderator

export const canDeleteChannel = (role: MemberRole) => role === 'owner'

export const canTransferChannel = (role: MemberRole) => role === 'owner'

const mayInviteFrom: Record<ChannelSettings['whoMayInvite'], MemberRole> = {
  members: 'member',
  moderators: 'moderator',
  owner: 'owner',
}

export const mayInvite = (role: MemberRole, whoMayInvite: ChannelSettings['whoMayInvite']) =>
  rank[role] >= rank[mayInviteFrom[whoMayInvite]]

/** Links are taken back by who made them and by who looks after the channel. */
export const canRevokeLink = (role: MemberRole, userId: string, createdBy: string) =>
  rank[role] >= rank.moderator || userId === createdBy
