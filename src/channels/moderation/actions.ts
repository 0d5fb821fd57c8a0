import type { UserCtx } from '../../app/context'
import { requestErrors } from '../../shared/errors'
import { cutPage } from '../../shared/page'
import { userErrors } from '../../users/errors'
import { avatarUrl } from '../../users/rules'
import { pushChange } from '../actions'
import { errorsOf } from '../errors'
import { accessView, requireRole, untilWritten } from '../lifecycle/actions'
import type { ChannelKind, MemberRole } from '../live/contract'
import { accessMember } from '../members/actions'
import { canActOn, canModerate, maxTimeoutMs } from '../rules'
import { requireVisible } from '../views/store'
import type { Ban, NewBan, NewTimeout, Timeout } from './schemas'
import { type BanView, deleteBan, deleteTimeout, findViewAndBan, listBansOf, upsertBan, upsertTimeout } from './store'

const iso = (at: number) => new Date(at).toISOString()

const toBan = ({ userId, username, name, avatarKey, reason, until, ...ban }: BanView): Ban => ({
  user: { id: userId, username, name, avatarUrl: avatarUrl(avatarKey) },
  reason,
  until: until === null ? null : iso(until),
  createdBy: { id: ban.creatorId, name: ban.creatorName, avatarUrl: avatarUrl(ban.creatorAvatarKey) },
  createdAt: iso(ban.createdAt),
})

/** @throws request.invalid unless the time lies ahead, and no further than `withinMs` */
function requireAhead(ctx: UserCtx, until: string, withinMs: number, message: string): number {
  const at = Date.parse(until)
  if (!(at > ctx.now() && at <= ctx.now() + withinMs))
    throw requestErrors.invalid({ errors: [{ field: 'body.until', message }] })
  return at
}

/** The channel, the caller's role in it and the person in question, who may be a member. */
async function accessBan(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string) {
  const { rows, target, ban } = await findViewAndBan(ctx, kinds, channelId, userId)
  const view = requireVisible(rows, errorsOf(kinds[0] ?? 'room'))
  const role = requireModerator(view.kind, requireRole(view))
  return { view, role, target, ban }
}

function requireModerator(kind: ChannelKind, role: MemberRole): MemberRole {
  if (!canModerate(role)) throw errorsOf(kind).notAllowed()
  return role
}

/**
 * For those who look after a channel alone.
 * @throws room.not_found, channel.membership_required, room.not_allowed
 */
export async function requireModeratorOf(ctx: UserCtx, kinds: ChannelKind[], channelId: string): Promise<void> {
  const view = await accessView(ctx, kinds, channelId)
  requireModerator(view.kind, requireRole(view))
}

/**
 * Bans somebody, member or not. Repeating it writes the new reason and end.
 * @throws room.not_found, channel.membership_required, room.not_allowed, user.not_found, request.invalid
 */
export async function banMember(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
  input: NewBan,
): Promise<Ban> {
  const { reason, purge } = input
  const until =
    input.until === null ? null : requireAhead(ctx, input.until, Number.POSITIVE_INFINITY, 'must lie in the future')
  const { ban, change } = await untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role, target } = await accessBan(ctx, kinds, channelId, userId)
    if (!target) throw userErrors.notFound()
    if (!canActOn(role, target.role ?? 'member') || userId === ctx.actor.userId) throw errorsOf(view.kind).notAllowed()
    return upsertBan(ctx, { channelId, kind: view.kind, actorRole: role, target, reason, until, purge })
  })
  if (change) await pushChange(ctx, change)
  return toBan(ban)
}

/**
 * Lifts a ban. Where there is none, nothing happens.
 * @throws room.not_found, channel.membership_required, room.not_allowed
 */
export async function liftBan(ctx: UserCtx, kinds: ChannelKind[], channelId: string, userId: string): Promise<void> {
  const change = await untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role, target, ban } = await accessBan(ctx, kinds, channelId, userId)
    if (!ban || !target) return 'none'
    return deleteBan(ctx, { channelId, kind: view.kind, actorRole: role, target })
  })
  if (change !== 'none') await pushChange(ctx, change)
}

/**
 * A page of the bans that hold, the oldest first, for those who look after the channel.
 * @throws room.not_found, channel.membership_required, room.not_allowed, page.bad_cursor
 */
export async function listBans(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ data: Ban[]; nextCursor: string | null }> {
  const binding = `bans ${ctx.actor.userId} ${channelId}`
  const position = page.cursor === undefined ? null : await ctx.cursors.decode(binding, page.cursor)
  const after = position && { createdAt: Number(position[0]), userId: String(position[1]) }
  const found = await listBansOf(ctx, kinds, channelId, after, page.limit + 1)
  const view = requireVisible(found.rows, errorsOf(kinds[0] ?? 'room'))
  requireModerator(view.kind, requireRole(view))
  const { rows, last } = cutPage(found.bans, page.limit)
  return {
    data: rows.map(toBan),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.userId])),
  }
}

/**
 * Lets a member read and not write for a while. Repeating it writes the new reason and end.
 * @throws room.not_found, channel.membership_required, room.not_allowed, room.member_not_found, request.invalid
 */
export async function timeOutMember(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
  { reason, until }: NewTimeout,
): Promise<Timeout> {
  const end = requireAhead(ctx, until, maxTimeoutMs, 'must lie in the future, at most 28 days from now')
  const { change, user } = await untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role, target } = await accessMember(ctx, kinds, channelId, userId)
    if (!canActOn(role, target.role)) throw errorsOf(view.kind).notAllowed()
    const pair = { channelId, kind: view.kind, actorRole: role, target }
    const written = await upsertTimeout(ctx, pair, { reason, until: end })
    return written && { change: written, user: target }
  })
  await pushChange(ctx, change)
  const { username, name, avatarKey } = user
  return { user: { id: userId, username, name, avatarUrl: avatarUrl(avatarKey) }, reason, until: iso(end) }
}

/**
 * Lets a member write again. Where there is no timeout, nothing happens.
 * @throws room.not_found, channel.membership_required, room.not_allowed, room.member_not_found
 */
export async function liftTimeout(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
): Promise<void> {
  const change = await untilWritten(kinds[0] ?? 'room', async () => {
    const { view, role, target } = await accessMember(ctx, kinds, channelId, userId)
    if (!canActOn(role, target.role)) throw errorsOf(view.kind).notAllowed()
    return deleteTimeout(ctx, { channelId, kind: view.kind, actorRole: role, target })
  })
  if (change.members.length > 0) await pushChange(ctx, change)
}
