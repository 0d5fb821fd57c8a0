import type { ChannelReplica, MemberReplica } from '../../src/channels/live/contract'

export const channel = (over: Partial<ChannelReplica> = {}): ChannelReplica => ({
  id: 'room_1',
  kind: 'room',
  name: 'Algebra',
  slowModeSeconds: 0,
  whoMayStartTimer: 'members',
  frozen: false,
  rev: 1,
  deletedAt: null,
  ...over,
})

export const member = (userId: string, over: Partial<MemberReplica> = {}): MemberReplica => ({
  userId,
  username: userId,
  name: userId.toUpperCase(),
  avatarKey: null,
  role: 'member',
  state: 'active',
  joinedAt: 1000,
  mutedUntil: null,
  showsPresence: true,
  showsReads: true,
  showsStudy: true,
  rev: 1,
  ...over,
})
