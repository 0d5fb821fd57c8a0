import type { UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import { avatarUrl } from '../../users/rules'
import { seatPromised, unfitness } from '../entry/actions'
import { errorsOf, groupErrors, roomErrors } from '../errors'
import type { ChannelKind } from '../live/contract'
import { isVisible, requireVisible, toView } from '../views/store'
import type { Place, Waitlist } from './schemas'
import { deletePlace, insertPlace, listWaiting } from './store'

const iso = (at: number) => new Date(at).toISOString()

/**
 * Waits for a seat in a full channel. Waiting already, one keeps one's place.
 * @throws room.not_found, room.banned, room.level_required, room.already_member, room.not_full, room.waitlist_full,
 *   room.personal, group.inactive, group.invite_only
 */
export async function waitForSeat(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
): Promise<{ place: Place; isNew: boolean }> {
  const errors = errorsOf(kinds[0] ?? 'room')
  const max = ctx.config.WAITING_PER_CHANNEL
  const { isNew, entry, place, count } = await insertPlace(ctx, kinds, channelId, max)
  if (!entry) throw errors.notFound()
  const view = toView(entry)
  const isOpen = view.visibility === 'public' && view.joinPolicy === 'open'
  if (!isVisible(view) && entry.isInvited === 0 && !place) throw errors.notFound()
  if (place) {
    // Only seats that were freed past every batch are free while somebody waits.
    if (view.memberCount < view.maxMembers) await seatPromised(ctx, view)
    return { place: { position: place.position, createdAt: iso(place.createdAt) }, isNew }
  }
  if (view.kind === 'personal') throw roomErrors.personal()
  if (view.membership?.state === 'active') throw errors.alreadyMember('You are a member already.')
  const unfit = unfitness(entry, errors)
  if (unfit) throw unfit
  if (!isOpen && entry.isInvited === 0)
    throw groupErrors.inviteOnly('Only who needs nobody’s yes can wait: ask to join, or for an invitation.')
  if (view.memberCount < view.maxMembers) throw errors.notFull()
  throw count >= max ? errors.waitlistFull() : errors.busy()
}

/** Gives up waiting. Where one does not wait, nothing happens. @throws room.not_found */
export async function stopWaiting(ctx: UserCtx, kinds: ChannelKind[], channelId: string): Promise<void> {
  const { isGone, rows } = await deletePlace(ctx, kinds, channelId)
  if (!isGone) requireVisible(rows, errorsOf(kinds[0] ?? 'room'))
}

/** Who waits, and where the caller stands. @throws room.not_found, page.bad_cursor */
export async function showWaitlist(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Waitlist> {
  const binding = `waitlist ${ctx.actor.userId} ${channelId}`
  const position = page.cursor === undefined ? null : await ctx.cursors.decode(binding, page.cursor)
  const after = position && { createdAt: Number(position[0]), userId: String(position[1]) }
  const { rows, waiting, place, count } = await listWaiting(ctx, kinds, channelId, after, page.limit + 1)
  const [row] = rows
  const errors = errorsOf(kinds[0] ?? 'room')
  // Who waits by an invitation to a private channel may see how far it is.
  if (!row || (!place && !isVisible(toView(row)))) throw errors.notFound()
  const { rows: shown, last } = cutPage(waiting, page.limit)
  return {
    data: shown.map(({ userId, username, name, avatarKey, createdAt }) => ({
      user: { id: userId, username, name, avatarUrl: avatarUrl(avatarKey) },
      createdAt: iso(createdAt),
    })),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.userId])),
    count,
    position: place?.position ?? null,
  }
}
