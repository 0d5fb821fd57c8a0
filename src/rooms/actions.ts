import type { Ctx, UserCtx } from '../app/context'
import { discoverChannels, listMyChannels } from '../channels/discovery/actions'
import { roomErrors } from '../channels/errors'
import {
  accessView,
  type ChannelView,
  createChannel,
  deleteChannel,
  editChannel,
  headOf,
  requireRole,
} from '../channels/lifecycle/actions'
import { readPresent } from '../channels/live/actions'
import { enterChannel, leaveChannel, transferChannel } from '../channels/members/actions'
import { logoUrl, roomKinds, toOwner } from '../channels/rules'
import { blocksBetween } from '../friends/actions'
import { countUnread } from '../inbox/actions'
import { prepareLogo, prepareLogoEdit, withLogo } from '../uploads/picture-actions'
import { avatarUrl } from '../users/rules'
import type { ListQuery, NewRoom, Room, RoomEdit, RoomsQuery } from './schemas'

const toSubjectRef = ({ id, name, iconPath }: NonNullable<ChannelView['subject']>) => ({ id, name, iconUrl: iconPath })

const iso = (at: number) => new Date(at).toISOString()

export function toRoom(view: ChannelView): Room {
  const { id, name, description, visibility, settings, memberCount, liveCount, version } = view
  return {
    id,
    name,
    description,
    kind: view.kind === 'personal' ? 'personal' : 'shared',
    visibility,
    subject: view.subject && toSubjectRef(view.subject),
    owner: toOwner(view.owner),
    maxParticipants: view.maxMembers,
    memberCount,
    liveCount,
    isActive: true,
    logoUrl: logoUrl(view.logoKey),
    minLevel: view.minLevel,
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

const ownedLimit = (ctx: Ctx) => ({ kinds: roomKinds, max: ctx.config.ROOMS_PER_OWNER })

export async function createRoom(ctx: UserCtx, input: NewRoom): Promise<Room> {
  const logo = input.logoUploadId === undefined ? null : await prepareLogo(ctx, input.logoUploadId)
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
      subjectId: input.subjectId ?? null,
      joinPolicy: 'open',
      minLevel: input.minLevel,
      isActive: true,
      schedule: null,
      location: null,
      maxMembers: personal ? 1 : (input.maxParticipants ?? 50),
    },
    ownedLimit(ctx),
    logo?.statements,
  )
  return toRoom(withLogo(view, logo))
}

export async function listRooms(ctx: UserCtx, input: RoomsQuery) {
  const { views, nextCursor } = await discoverChannels(ctx, 'room', input)
  return { data: views.map(toRoom), nextCursor }
}

export async function listMyRooms(ctx: UserCtx, input: ListQuery) {
  const { views, nextCursor } = await listMyChannels(ctx, roomKinds, input)
  const unreadOf = await countUnread(ctx, views.map(headOf))
  return { data: views.map((view) => ({ ...toRoom(view), ...unreadOf(view.id) })), nextCursor }
}

export async function readRoom(ctx: UserCtx, roomId: string): Promise<Room> {
  return toRoom(await accessView(ctx, roomKinds, roomId))
}

export async function editRoom(ctx: UserCtx, roomId: string, input: RoomEdit, ifMatch?: string): Promise<Room> {
  const { maxParticipants, logoUploadId, ...rest } = input
  const logo = await prepareLogoEdit(ctx, roomKinds, roomId, logoUploadId)
  const edit = maxParticipants === undefined ? rest : { ...rest, maxMembers: maxParticipants }
  const view = await editChannel(ctx, roomKinds, roomId, { edit, ifMatch, also: logo?.statements })
  return toRoom(withLogo(view, logo))
}

export const deleteRoom = (ctx: UserCtx, roomId: string, ifMatch?: string) =>
  deleteChannel(ctx, roomKinds, roomId, ifMatch)

export async function joinRoom(ctx: UserCtx, roomId: string) {
  const { view, joined } = await enterChannel(ctx, roomKinds, roomId)
  // A room needs nobody's yes: whoever is not in now was overtaken by a change of the room.
  if (view.membership?.state !== 'active') throw roomErrors.busy()
  return { room: toRoom(view), joined }
}

export const leaveRoom = (ctx: UserCtx, roomId: string) => leaveChannel(ctx, ownedLimit(ctx), roomId)

export async function transferRoom(ctx: UserCtx, roomId: string, userId: string): Promise<Room> {
  return toRoom(await transferChannel(ctx, ownedLimit(ctx), roomId, userId))
}

/** Who is in the room now. Only its members may know. @throws room.not_found, channel.membership_required */
export async function readPresence(ctx: UserCtx, roomId: string) {
  requireRole(await accessView(ctx, roomKinds, roomId))
  const { count, members } = await readPresent(ctx, roomId)
  const hidden = await blocksBetween(ctx, ctx.actor.userId, members?.map(({ userId }) => userId) ?? [])
  return {
    count,
    members:
      members
        ?.filter(({ userId }) => !hidden.has(userId))
        .map(({ userId, name, avatarKey, state, text, until, study }) => ({
          user: { id: userId, name, avatarUrl: avatarUrl(avatarKey) },
          ...{ state, text, until: until === null ? null : new Date(until).toISOString(), study },
        })) ?? null,
  }
}
