import type { Ctx, UserCtx } from '../app/context'
import { discoverChannels, listMyChannels } from '../channels/discovery/actions'
import {
  accessView,
  type ChannelView,
  createChannel,
  deleteChannel,
  editChannel,
  requireRole,
} from '../channels/lifecycle/actions'
import { createLink, joinByLink, type LinkView, listLinks, previewLink, revokeLink } from '../channels/links/actions'
import { readPresent } from '../channels/live/actions'
import type { ChannelKind } from '../channels/live/contract'
import {
  changeRole,
  joinChannel,
  leaveChannel,
  listMembers,
  type MemberView,
  removeMember,
  transferChannel,
} from '../channels/members/actions'
import type { ListQuery, Member, NewRoom, Room, RoomEdit, RoomsQuery } from './schemas'

/** A room is a channel of one of these kinds. */
const roomKinds: ChannelKind[] = ['room', 'personal']

const iso = (at: number) => new Date(at).toISOString()

export function toRoom(view: ChannelView): Room {
  const { id, name, description, visibility, settings, memberCount, version } = view
  return {
    id,
    name,
    description,
    kind: view.kind === 'personal' ? 'personal' : 'shared',
    visibility,
    owner: view.owner && { ...view.owner, avatarUrl: null },
    maxParticipants: view.maxMembers,
    memberCount,
    isActive: true,
    settings,
    membership:
      view.membership?.state === 'active'
        ? { role: view.membership.role, joinedAt: iso(view.membership.joinedAt) }
        : null,
    version,
    createdAt: iso(view.createdAt),
    updatedAt: iso(view.updatedAt),
  }
}

const toMember = ({ userId, username, name, role, joinedAt }: MemberView): Member => ({
  user: { id: userId, username, name, avatarUrl: null },
  role,
  joinedAt: iso(joinedAt),
})

const toLink = (link: LinkView) => ({
  code: link.code,
  maxUses: link.maxUses,
  uses: link.uses,
  expiresAt: link.expiresAt === null ? null : iso(link.expiresAt),
  createdBy: { id: link.creatorId, name: link.creatorName, avatarUrl: null },
  createdAt: iso(link.createdAt),
})

const ownedLimit = (ctx: Ctx) => ({ kinds: roomKinds, max: ctx.config.ROOMS_PER_OWNER })

export async function createRoom(ctx: UserCtx, input: NewRoom): Promise<Room> {
  const personal = input.kind === 'personal'
  const view = await createChannel(
    ctx,
    {
      id: ctx.newId('room'),
      kind: personal ? 'personal' : 'room',
      name: input.name,
      description: input.description,
      visibility: personal ? 'private' : (input.visibility ?? 'public'),
      settings: input.settings,
      maxMembers: personal ? 1 : (input.maxParticipants ?? 50),
    },
    ownedLimit(ctx),
  )
  return toRoom(view)
}

export async function listRooms(ctx: UserCtx, input: RoomsQuery) {
  const { views, nextCursor } = await discoverChannels(ctx, 'room', input)
  return { data: views.map(toRoom), nextCursor }
}

export async function listMyRooms(ctx: UserCtx, input: ListQuery) {
  const { views, nextCursor } = await listMyChannels(ctx, roomKinds, input)
  return { data: views.map(toRoom), nextCursor }
}

export async function readRoom(ctx: UserCtx, roomId: string): Promise<Room> {
  return toRoom(await accessView(ctx, roomKinds, roomId))
}

export async function editRoom(ctx: UserCtx, roomId: string, input: RoomEdit, ifMatch?: string): Promise<Room> {
  const { maxParticipants, ...rest } = input
  const edit = maxParticipants === undefined ? rest : { ...rest, maxMembers: maxParticipants }
  return toRoom(await editChannel(ctx, roomKinds, roomId, edit, ifMatch))
}

export const deleteRoom = (ctx: UserCtx, roomId: string, ifMatch?: string) =>
  deleteChannel(ctx, roomKinds, roomId, ifMatch)

export async function joinRoom(ctx: UserCtx, roomId: string) {
  const { view, joined } = await joinChannel(ctx, roomKinds, roomId)
  return { room: toRoom(view), joined }
}

export const leaveRoom = (ctx: UserCtx, roomId: string) => leaveChannel(ctx, roomKinds, roomId)

export async function listRoomMembers(ctx: UserCtx, roomId: string, page: ListQuery) {
  const { members, nextCursor } = await listMembers(ctx, roomKinds, roomId, page)
  return { data: members.map(toMember), nextCursor }
}

export async function changeRoomRole(ctx: UserCtx, roomId: string, userId: string, role: 'moderator' | 'member') {
  return toMember(await changeRole(ctx, roomKinds, roomId, userId, role))
}

export const removeRoomMember = (ctx: UserCtx, roomId: string, userId: string) =>
  removeMember(ctx, roomKinds, roomId, userId)

export async function transferRoom(ctx: UserCtx, roomId: string, userId: string): Promise<Room> {
  return toRoom(await transferChannel(ctx, ownedLimit(ctx), roomId, userId))
}

export async function createRoomLink(
  ctx: UserCtx,
  roomId: string,
  input: { maxUses: number | null; expiresIn: number | null },
) {
  return toLink(await createLink(ctx, roomKinds, roomId, input))
}

export async function listRoomLinks(ctx: UserCtx, roomId: string, page: ListQuery) {
  const { links, nextCursor } = await listLinks(ctx, roomKinds, roomId, page)
  return { data: links.map(toLink), nextCursor }
}

export const revokeRoomLink = (ctx: UserCtx, roomId: string, code: string) => revokeLink(ctx, roomKinds, roomId, code)

export const previewRoomLink = previewLink

export async function joinRoomByLink(ctx: UserCtx, code: string) {
  const { view, joined } = await joinByLink(ctx, code)
  return { room: toRoom(view), joined }
}

/** Who is in the room now. Only its members may know. @throws room.not_found, channel.membership_required */
export async function readPresence(ctx: UserCtx, roomId: string) {
  requireRole(await accessView(ctx, roomKinds, roomId))
  const { count, members } = await readPresent(ctx, roomId)
  return {
    count,
    members:
      members?.map(({ userId, name, state }) => ({ user: { id: userId, name, avatarUrl: null }, state })) ?? null,
  }
}
