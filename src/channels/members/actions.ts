import type { UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import { avatarUrl } from '../../users/rules'
import { pushChange } from '../actions'
import { asFull, seatPromised, unfitness } from '../entry/actions'
import { insertMember } from '../entry/store'
import { channelErrors, errorsOf } from '../errors'
import { requireRole, untilWritten } from '../lifecycle/actions'
import { deleteChannelRow } from '../lifecycle/store'
import type { ChannelKind, MemberRole } from '../live/contract'
import { canActOn, canGiveRole, canTransferChannel, shownRole } from '../rules'
import { type ChannelView, isVisible, requireVisible, toView } from '../views/store'
import type { Member } from './schemas'
import {
  findViewAndMember,
  listMembersOf,
  type MemberView,
  ownsFewer,
  updateHandedOver,
  updateLeft,
  updateOwner,
  updateRemoved,
  updateRole,
} from './store'

/** A member as people see it. */
export const toMember = (
  kind: ChannelKind,
  { userId, username, name, avatarKey, role, joinedAt }: MemberView,
): Member => ({
  user: { id: userId, username, name, avatarUrl: avatarUrl(avatarKey) },
  role: shownRole(kind, role),
  joinedAt: new Date(joinedAt).toISOString(),
})

/**
 * Joins a channel, unless that needs somebody's yes: then `view` shows no active membership. Joining again changes
 * nothing.
 * @throws room.not_found, room.full, room.banned, room.level_required and their like, group.inactive
 */
export async function enterChannel(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
): Promise<{ view: ChannelView; joined: boolean }> {
  const errors = errorsOf(kinds[0] ?? 'room')
  const { entry, change, joined } = await insertMember(ctx, kinds, channelId).catch((error) => {
    throw asFull(error, errors)
  })
  if (joined && change) await pushChange(ctx, change)
  if (!entry) throw errors.notFound()
  const view = toView(entry)
  if (!isVisible(view) && entry.isInvited === 0) throw errors.notFound()
  if (view.membership?.state === 'active') return { view, joined }
  const unfit = unfitness(entry, errors)
  if (unfit) throw unfit
  const needsYes = view.joinPolicy !== 'open' && entry.isInvited === 0
  if (!needsYes && entry.othersFirst === 1) throw await seatPromised(ctx, view)
  return { view, joined: false }
}

/**
 * Leaves a channel; the next on the waitlist moves up. Leaving again changes nothing, and who only asks to join takes
 * that back. A leaving group leader is succeeded by the longest-standing moderator, else member; the last one to leave
 * deletes the group.
 * @param limit how many channels of these kinds a successor may own
 * @throws room.not_found, room.owner_must_transfer, channel.membership_required
 */
export async function leaveChannel(
  ctx: UserCtx,
  limit: { kinds: ChannelKind[]; max: number },
  channelId: string,
): Promise<void> {
  const { kinds } = limit
  const errors = errorsOf(kinds[0] ?? 'room')
  const change = await untilWritten(kinds[0] ?? 'room', async () => {
    const { view, left, withdrawn, successor, ...written } = await updateLeft(ctx, limit, channelId)
    if (left) return written.change
    if (!view) throw errors.notFound()
    // Somebody whose reply was lost asks again, and may no longer see what was left.
    if (withdrawn || view.membership?.state === 'left') return 'left before'
    if (view.membership?.state !== 'active')
      throw view.visibility === 'public' ? channelErrors.membershipRequired() : errors.notFound()
    if (view.kind !== 'group') throw errors.ownerMustTransfer()
    if (successor) return updateHandedOver(ctx, { channelId, kind: view.kind, target: successor }, limit)
    if (view.memberCount > 1) throw errors.ownerMustTransfer('Nobody else in the group can lead one more.')
    return deleteChannelRow(ctx, view, 'owner', { onlyIfAlone: true })
  })
  if (change !== 'left before') await pushChange(ctx, change)
}

/** @throws room.not_found, channel.membership_required, room.not_allowed, room.member_not_found */
export async function removeMember(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
  reason: string | null,
): Promise<void> {
  const change = await untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role, target } = await accessMember(ctx, kinds, channelId, userId)
    if (!canActOn(role, target.role)) throw errorsOf(view.kind).notAllowed()
    return updateRemoved(ctx, { channelId, kind: view.kind, actorRole: role, target }, reason)
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
): Promise<Member> {
  return untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role: actorRole, target } = await accessMember(ctx, kinds, channelId, userId)
    if (!canGiveRole(actorRole, target.role, role)) throw errorsOf(view.kind).notAllowed()
    if (target.role === role) return toMember(view.kind, target)
    const change = await updateRole(ctx, { channelId, kind: view.kind, actorRole, target }, role)
    if (change) await pushChange(ctx, change)
    return change && toMember(view.kind, { ...target, role })
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
    if (!canTransferChannel(role)) throw errors.notAllowed('Only who owns it may hand it to somebody else.')
    if (userId === ctx.actor.userId) return view
    const written = await updateOwner(ctx, { channelId, kind: view.kind, target }, limit)
    if (written?.change) await pushChange(ctx, written.change)
    if (!written && !(await ownsFewer(ctx, userId, limit)))
      throw errors.tooMany(`This person owns ${limit.max} already.`)
    return written?.view ?? null
  })
}

/**
 * The channel, the caller's role in it and the member on whom the caller wants to act.
 * @throws room.not_found, channel.membership_required, room.member_not_found
 */
export async function accessMember(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
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
): Promise<{ data: Member[]; nextCursor: string | null }> {
  const binding = `members ${ctx.actor.userId} ${channelId}`
  const position = page.cursor === undefined ? null : await ctx.cursors.decode(binding, page.cursor)
  const after = position && { joinedAt: Number(position[0]), userId: String(position[1]) }
  const found = await listMembersOf(ctx, kinds, channelId, after, page.limit + 1)
  const { kind } = requireVisible(found.rows, errorsOf(kinds[0] ?? 'room'))
  const { rows, last } = cutPage(found.members, page.limit)
  return {
    data: rows.map((row) => toMember(kind, row)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.joinedAt, last.userId])),
  }
}
