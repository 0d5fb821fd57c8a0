import type { UserCtx } from '../../app/context'
import { refusedBy } from '../../shared/db'
import { cutPage } from '../../shared/page'
import { pushChange } from '../actions'
import { channelErrors, errorsOf, type KindErrors } from '../errors'
import { requireRole, untilWritten } from '../lifecycle/actions'
import { type ChannelView, requireVisible } from '../lifecycle/store'
import type { ChannelKind, MemberRole } from '../live/contract'
import { canActOn, canGiveRole, canTransferChannel } from '../rules'
import {
  findViewAndMember,
  insertMember,
  listMembersOf,
  type MemberView,
  ownsFewer,
  updateLeft,
  updateOwner,
  updateRemoved,
  updateRole,
} from './store'

export type { MemberView } from './store'

/** What a collision with channels_capacity means to somebody who joins. */
export function asFull(error: unknown, errors: KindErrors): unknown {
  return refusedBy(error) === 'channels_capacity' ? errors.full() : error
}

/**
 * Joins a public channel. Joining again changes nothing.
 * @throws room.not_found, room.full, room.banned
 */
export async function joinChannel(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
): Promise<{ view: ChannelView; joined: boolean }> {
  const errors = errorsOf(kinds[0] ?? 'room')
  const { rows, change, joined } = await insertMember(ctx, kinds, channelId).catch((error) => {
    throw asFull(error, errors)
  })
  const view = requireVisible(rows, errors)
  if (view.membership?.state === 'banned') throw errors.banned()
  if (joined && change) await pushChange(ctx, change)
  return { view, joined }
}

/**
 * Leaves a channel. Leaving again changes nothing.
 * @throws room.not_found, room.owner_must_transfer, channel.membership_required
 */
export async function leaveChannel(ctx: UserCtx, kinds: ChannelKind[], channelId: string): Promise<void> {
  const errors = errorsOf(kinds[0] ?? 'room')
  const { view, change, left } = await updateLeft(ctx, kinds, channelId)
  if (left && change) return pushChange(ctx, change)
  if (!view) throw errors.notFound()
  // Somebody whose reply was lost asks again, and may no longer see what was left.
  if (view.membership?.state === 'left') return
  if (view.membership?.state === 'active') throw errors.ownerMustTransfer()
  throw view.visibility === 'public' ? channelErrors.membershipRequired() : errors.notFound()
}

/** @throws room.not_found, channel.membership_required, room.not_allowed, room.member_not_found */
export async function removeMember(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
): Promise<void> {
  const change = await untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role, target } = await accessMember(ctx, kinds, channelId, userId)
    if (!canActOn(role, target.role)) throw errorsOf(view.kind).notAllowed()
    return updateRemoved(ctx, { channelId, kind: view.kind, actorRole: role, target })
  })
  await pushChange(ctx, change)
}

/** @throws room.not_found, channel.membership_required, room.not_allowed, room.member_not_found */
export async function changeRole(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
  role: Exclude<MemberRole, 'owner'>,
): Promise<MemberView> {
  return untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role: actorRole, target } = await accessMember(ctx, kinds, channelId, userId)
    if (!canGiveRole(actorRole, target.role, role)) throw errorsOf(view.kind).notAllowed()
    if (target.role === role) return target
    const change = await updateRole(ctx, { channelId, kind: view.kind, actorRole, target }, role)
    if (change) await pushChange(ctx, change)
    return change && { ...target, role }
  })
}

/**
 * Hands the channel to another member; the former owner stays as a moderator.
 * @param limit how many channels of these kinds one person may own
 * @throws room.not_found, channel.membership_required, room.not_allowed, room.member_not_found, room.too_many
 */
export async function transferChannel(
  ctx: UserCtx,
  limit: { kinds: ChannelKind[]; max: number },
  channelId: string,
  userId: string,
): Promise<ChannelView> {
  const { kinds } = limit
  return untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role, target } = await accessMember(ctx, kinds, channelId, userId)
    const errors = errorsOf(view.kind)
    if (!canTransferChannel(role)) throw errors.notAllowed('Only the owner may hand a room to somebody else.')
    if (userId === ctx.actor.userId) return view
    const written = await updateOwner(ctx, { channelId, kind: view.kind, target }, limit)
    if (written?.change) await pushChange(ctx, written.change)
    if (!written && !(await ownsFewer(ctx, userId, limit)))
      throw errors.tooMany(`This person owns ${limit.max} already.`)
    return written?.view ?? null
  })
}

/** The channel, the caller's role in it and the member on whom the caller wants to act. */
async function accessMember(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
  const { rows, target } = await findViewAndMember(ctx, kinds, channelId, userId)
  const view = requireVisible(rows, errorsOf(kinds[0] ?? 'room'))
  const role = requireRole(view)
  if (!target) throw errorsOf(view.kind).memberNotFound()
  return { view, role, target }
}

/**
 * A page of the active members, the longest-standing first, for whoever may see the channel.
 * @throws room.not_found, page.bad_cursor
 */
export async function listMembers(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ members: MemberView[]; nextCursor: string | null }> {
  const binding = `members ${ctx.actor.userId} ${channelId}`
  const position = page.cursor === undefined ? null : await ctx.cursors.decode(binding, page.cursor)
  const after = position && { joinedAt: Number(position[0]), userId: String(position[1]) }
  const found = await listMembersOf(ctx, kinds, channelId, after, page.limit + 1)
  requireVisible(found.rows, errorsOf(kinds[0] ?? 'room'))
  const { rows, last } = cutPage(found.members, page.limit)
  return { members: rows, nextCursor: last && (await ctx.cursors.encode(binding, [last.joinedAt, last.userId])) }
}
