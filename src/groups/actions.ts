import type { Ctx, UserCtx } from '../app/context'
import { discoverChannels, listMyChannels } from '../channels/discovery/actions'
import { groupErrors } from '../channels/errors'
import {
  accessView,
  type ChannelView,
  createChannel,
  deleteChannel,
  editChannel,
  headOf,
} from '../channels/lifecycle/actions'
import { enterChannel, leaveChannel, transferChannel } from '../channels/members/actions'
import { askToJoin } from '../channels/requests/actions'
import { groupKinds, logoUrl, toOwner } from '../channels/rules'
import { countUnread } from '../inbox/actions'
import { prepareLogo, prepareLogoEdit, withLogo } from '../uploads/picture-actions'
import type { Group, GroupEdit, GroupsQuery, ListQuery, NewGroup } from './schemas'

const iso = (at: number) => new Date(at).toISOString()

export function toGroup(view: ChannelView): Group {
  const { id, name, description, visibility, settings, joinPolicy, schedule, location, memberCount, version } = view
  const { subject, membership, liveCount } = view
  return {
    id,
    title: name,
    description,
    subject: subject && { id: subject.id, name: subject.name, iconUrl: subject.iconPath },
    schedule,
    location,
    visibility,
    joinPolicy,
    status: view.isActive ? 'active' : 'inactive',
    logoUrl: logoUrl(view.logoKey),
    leader: toOwner(view.owner),
    maxMembers: view.maxMembers,
    memberCount,
    liveCount,
    settings,
    membership:
      membership?.state === 'active'
        ? { role: membership.role === 'owner' ? 'leader' : membership.role, joinedAt: iso(membership.joinedAt) }
        : null,
    version,
    createdAt: iso(view.createdAt),
    updatedAt: iso(view.updatedAt),
  }
}

const ledLimit = (ctx: Ctx) => ({ kinds: groupKinds, max: ctx.config.GROUPS_PER_OWNER })

/** @throws group.too_many, subject.not_found */
export async function createGroup(ctx: UserCtx, newGroup: NewGroup): Promise<Group> {
  const { title, settings, logoUploadId, ...input } = newGroup
  const logo = logoUploadId === undefined ? null : await prepareLogo(ctx, logoUploadId)
  // Where people are let in one by one, not every member should be a way round that.
  const whoMayInvite = settings.whoMayInvite ?? (input.joinPolicy === 'open' ? 'members' : 'moderators')
  const view = await createChannel(
    ctx,
    {
      ...input,
      id: ctx.newId('group'),
      kind: 'group',
      name: title,
      settings: { ...settings, whoMayInvite },
      minLevel: 1,
      isActive: true,
    },
    ledLimit(ctx),
    logo?.statements,
  )
  return toGroup(withLogo(view, logo))
}

export async function listGroups(ctx: UserCtx, input: GroupsQuery) {
  const { views, nextCursor } = await discoverChannels(ctx, 'group', input)
  return { data: views.map(toGroup), nextCursor }
}

export async function listMyGroups(ctx: UserCtx, input: ListQuery) {
  const { views, nextCursor } = await listMyChannels(ctx, groupKinds, input)
  const unreadOf = await countUnread(ctx, views.map(headOf))
  return { data: views.map((view) => ({ ...toGroup(view), ...unreadOf(view.id) })), nextCursor }
}

export async function readGroup(ctx: UserCtx, groupId: string): Promise<Group> {
  return toGroup(await accessView(ctx, groupKinds, groupId))
}

export async function editGroup(ctx: UserCtx, groupId: string, input: GroupEdit, ifMatch?: string): Promise<Group> {
  const { title, status, logoUploadId, ...rest } = input
  const logo = await prepareLogoEdit(ctx, groupKinds, groupId, logoUploadId)
  const edit = {
    ...rest,
    ...(title === undefined ? {} : { name: title }),
    ...(status === undefined ? {} : { isActive: status === 'active' }),
  }
  const view = await editChannel(ctx, groupKinds, groupId, { edit, ifMatch, also: logo?.statements })
  return toGroup(withLogo(view, logo))
}

export const deleteGroup = (ctx: UserCtx, groupId: string, ifMatch?: string) =>
  deleteChannel(ctx, groupKinds, groupId, ifMatch)

export type JoinOutcome =
  | { status: 'joined' | 'member'; group: Group }
  /** `askedAt` is ISO 8601. */
  | { status: 'requested'; askedAt: string }

/**
 * Joins a group, or asks to where its policy wants that.
 * @throws group.not_found, group.full, group.banned, group.inactive, group.invite_only, group.request_denied, group.busy
 */
export async function joinGroup(ctx: UserCtx, groupId: string): Promise<JoinOutcome> {
  const { view, joined } = await enterChannel(ctx, groupKinds, groupId)
  if (view.membership?.state === 'active') return { status: joined ? 'joined' : 'member', group: toGroup(view) }
  if (view.joinPolicy === 'invite') throw groupErrors.inviteOnly()
  return { status: 'requested', askedAt: iso(await askToJoin(ctx, groupKinds, groupId)) }
}

export const leaveGroup = (ctx: UserCtx, groupId: string) => leaveChannel(ctx, ledLimit(ctx), groupId)

export async function transferGroup(ctx: UserCtx, groupId: string, userId: string): Promise<Group> {
  return toGroup(await transferChannel(ctx, ledLimit(ctx), groupId, userId))
}
