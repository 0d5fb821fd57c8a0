import { avatarUrl } from '../users/rules'
import type { ChannelKind, MemberRole } from './live/contract'
import type { ChannelSettings } from './tables'

/** A room is a channel of one of these kinds, a group of this one. The first names the errors. */
export const roomKinds: ChannelKind[] = ['room', 'personal']
export const groupKinds: ChannelKind[] = ['group']

const rank: Record<MemberRole, number> = { member: 1, moderator: 2, owner: 3 }

/** Nobody acts on an equal or higher role, and so never on themselves. */
export const canActOn = (actor: MemberRole, target: MemberRole) => rank[actor] > rank[target]

/** A role is given only from above: to somebody below, and to a height below one's own. */
export const canGiveRole = (actor: MemberRole, target: MemberRole, role: MemberRole) =>
  canActOn(actor, target) && canActOn(actor, role)

export const canEditChannel = (role: MemberRole) => rank[role] >= rank.moderator

/** Bans, timeouts, requests and who waits are for those who look after the channel. */
export const canModerate = canEditChannel

/** How long a timeout lasts at most, and how long a denied request rests before it may be made again. */
export const maxTimeoutMs = 28 * 24 * 60 * 60_000
export const denialMs = 7 * 24 * 60 * 60_000

/** How far back a ban deletes what somebody wrote. */
export const purgeReachMs = 7 * 24 * 60 * 60_000

export const canDeleteChannel = (role: MemberRole) => role === 'owner'

export const canTransferChannel = (role: MemberRole) => role === 'owner'

const mayInviteFrom: Record<ChannelSettings['whoMayInvite'], MemberRole> = {
  members: 'member',
  moderators: 'moderator',
  owner: 'owner',
}

export const mayInvite = (role: MemberRole, whoMayInvite: ChannelSettings['whoMayInvite']) =>
  rank[role] >= rank[mayInviteFrom[whoMayInvite]]

/** The term under which a search finds what is about a subject; nobody types it. */
export const subjectTerm = (subjectId: string) => subjectId.replace('_', '')

/** A role as people see it: who owns a group is its leader. */
export const shownRole = (kind: ChannelKind, role: MemberRole) =>
  kind === 'group' && role === 'owner' ? 'leader' : role

/** Links are taken back by who made them and by who looks after the channel. */
export const canRevokeLink = (role: MemberRole, userId: string, createdBy: string) =>
  rank[role] >= rank.moderator || userId === createdBy

type Owner = { id: string; name: string; avatarKey: string | null }

/** An owner or leader as people see them. */
export const toOwner = (owner: Owner | null) =>
  owner && { id: owner.id, name: owner.name, avatarUrl: avatarUrl(owner.avatarKey) }

/** Where the picture of a room or group is; like that of a person. */
export const logoUrl = (logoKey: string | null) => (logoKey === null ? null : `/api/v1/logos/${logoKey}`)
