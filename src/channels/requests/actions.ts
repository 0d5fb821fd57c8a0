import type { UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import { avatarUrl } from '../../users/rules'
import { pushChange } from '../actions'
import { asFull, seatPromised } from '../entry/actions'
import { errorsOf, groupErrors } from '../errors'
import { requireRole, untilWritten } from '../lifecycle/actions'
import type { ChannelKind } from '../live/contract'
import { toMember } from '../members/actions'
import type { Member } from '../members/schemas'
import { canModerate } from '../rules'
import { requireVisible } from '../views/store'
import type { JoinRequest } from './schemas'
import {
  findViewAndRequest,
  insertApproved,
  insertJoinRequest,
  listRequestsOf,
  type RequestView,
  updateDenied,
} from './store'

const toRequest = ({ userId, username, name, avatarKey, createdAt }: RequestView): JoinRequest => ({
  user: { id: userId, username, name, avatarUrl: avatarUrl(avatarKey) },
  createdAt: new Date(createdAt).toISOString(),
})

/**
 * Asks to join a channel that wants to be asked. Asking again changes nothing.
 * @returns when the caller asked, in milliseconds since 1970
 * @throws group.request_denied, room.busy and its like
 */
export async function askToJoin(ctx: UserCtx, kinds: ChannelKind[], channelId: string): Promise<number> {
  const request = await insertJoinRequest(ctx, kinds, channelId)
  if (request?.state === 'open') return request.createdAt
  throw request?.state === 'denied' ? groupErrors.requestDenied() : errorsOf(kinds[0] ?? 'room').busy()
}

async function accessRequest(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
  const { rows, request } = await findViewAndRequest(ctx, kinds, channelId, userId)
  const view = requireVisible(rows, errorsOf(kinds[0] ?? 'room'))
  const role = requireRole(view)
  if (!canModerate(role)) throw errorsOf(view.kind).notAllowed()
  if (!request) throw groupErrors.requestNotFound()
  return { view, answer: { channelId, kind: view.kind, actorRole: role, userId } }
}

/**
 * Lets somebody in who has asked.
 * @throws group.not_found, channel.membership_required, group.not_allowed, group.request_not_found, group.full,
 *   group.inactive
 */
export async function approveRequest(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
): Promise<Member> {
  const { member, kind, change } = await untilWritten(kinds[0] ?? 'room', async () => {
    const { view, answer } = await accessRequest(ctx, kinds, channelId, userId)
    if (!view.isActive) throw groupErrors.inactive()
    const written = await insertApproved(ctx, answer).catch((error) => {
      throw asFull(error, errorsOf(view.kind))
    })
    if (!written.member && written.othersFirst) throw await seatPromised(ctx, view)
    return written.member && { member: written.member, kind: view.kind, change: written.change }
  })
  if (change) await pushChange(ctx, change)
  return toMember(kind, member)
}

/** @throws group.not_found, channel.membership_required, group.not_allowed, group.request_not_found */
export async function denyRequest(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
  reason: string | null,
): Promise<void> {
  await untilWritten(kinds[0] ?? 'room', async () => {
    const { answer } = await accessRequest(ctx, kinds, channelId, userId)
    return (await updateDenied(ctx, answer, reason)) || null
  })
}

/**
 * A page of the open requests, the oldest first, for those who look after the channel.
 * @throws group.not_found, channel.membership_required, group.not_allowed, page.bad_cursor
 */
export async function listJoinRequests(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ data: JoinRequest[]; nextCursor: string | null }> {
  const binding = `join requests ${ctx.actor.userId} ${channelId}`
  const position = page.cursor === undefined ? null : await ctx.cursors.decode(binding, page.cursor)
  const after = position && { createdAt: Number(position[0]), userId: String(position[1]) }
  const found = await listRequestsOf(ctx, kinds, channelId, after, page.limit + 1)
  const view = requireVisible(found.rows, errorsOf(kinds[0] ?? 'room'))
  if (!canModerate(requireRole(view))) throw errorsOf(view.kind).notAllowed()
  const { rows, last } = cutPage(found.requests, page.limit)
  return {
    data: rows.map(toRequest),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.userId])),
  }
}
