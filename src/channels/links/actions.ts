import type { Ctx, UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import { newSecret } from '../../shared/secrets'
import { avatarUrl } from '../../users/rules'
import { pushChange } from '../actions'
import { isFull, seatPromised, unfitness } from '../entry/actions'
import { errorsOf, linkErrors, roomErrors } from '../errors'
import { requireInviter } from '../invitations/actions'
import { accessView, requireRole, untilWritten } from '../lifecycle/actions'
import type { ChannelKind } from '../live/contract'
import { canRevokeLink } from '../rules'
import { type ChannelView, requireVisible, toView } from '../views/store'
import type { InviteLink } from './schemas'
import {
  findLinkedChannel,
  findLinkedKind,
  findViewAndLink,
  insertLink,
  insertLinkedMember,
  type LinkView,
  listLinksOf,
  updateRevoked,
} from './store'

const toLink = (link: LinkView): InviteLink => ({
  code: link.code,
  maxUses: link.maxUses,
  uses: link.uses,
  expiresAt: link.expiresAt === null ? null : new Date(link.expiresAt).toISOString(),
  createdBy: { id: link.creatorId, name: link.creatorName, avatarUrl: avatarUrl(link.creatorAvatarKey) },
  createdAt: new Date(link.createdAt).toISOString(),
})

/**
 * @param input expiresIn in seconds; null means never, and any number of times
 * @throws room.not_found, channel.membership_required, room.not_allowed, room.personal, invite_link.too_many
 */
export async function createLink(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  input: { maxUses: number | null; expiresIn: number | null },
): Promise<InviteLink> {
  const max = ctx.config.LINKS_PER_CHANNEL
  return untilWritten(kinds[0] ?? 'room', async () => {
    const view = await accessView(ctx, kinds, channelId)
    const role = requireInviter(view)
    if (view.kind === 'personal') throw roomErrors.personal()
    const lifetimeMs = input.expiresIn === null ? null : input.expiresIn * 1000
    const { link, full } = await insertLink(
      ctx,
      view,
      role,
      { code: newSecret(), maxUses: input.maxUses, lifetimeMs },
      max,
    )
    if (!link && full) throw linkErrors.tooMany(`There are ${max} already.`)
    return link && toLink(link)
  })
}

/**
 * A page of the working links, the oldest first, for those who may make some.
 * @throws room.not_found, channel.membership_required, room.not_allowed, page.bad_cursor
 */
export async function listLinks(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ data: InviteLink[]; nextCursor: string | null }> {
  const binding = `links ${ctx.actor.userId} ${channelId}`
  const position = page.cursor === undefined ? null : await ctx.cursors.decode(binding, page.cursor)
  const after = position && { createdAt: Number(position[0]), code: String(position[1]) }
  const found = await listLinksOf(ctx, kinds, channelId, after, page.limit + 1)
  requireInviter(requireVisible(found.rows, errorsOf(kinds[0] ?? 'room')))
  const { rows, last } = cutPage(found.links, page.limit)
  return {
    data: rows.map(toLink),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.code])),
  }
}

/** @throws room.not_found, channel.membership_required, room.not_allowed, invite_link.not_found */
export async function revokeLink(ctx: UserCtx, kinds: ChannelKind[], channelId: string, code: string): Promise<void> {
  await untilWritten(kinds[0] ?? 'room', async () => {
    const { rows, createdBy } = await findViewAndLink(ctx, kinds, channelId, code)
    const view = requireVisible(rows, errorsOf(kinds[0] ?? 'room'))
    const role = requireRole(view)
    if (createdBy === null) throw linkErrors.notFound()
    if (!canRevokeLink(role, ctx.actor.userId, createdBy)) throw errorsOf(view.kind).notAllowed()
    return (await updateRevoked(ctx, view, role, code)) || null
  })
}

/** What a link leads to, for anybody. @throws invite_link.not_found */
export async function previewLink(ctx: Ctx, code: string) {
  const channel = await findLinkedChannel(ctx, code)
  if (!channel) throw linkErrors.notFound()
  return channel
}

/**
 * Joins by a link, a private channel too. Who is in already uses nothing up, and is told so even by a link that has
 * ended meanwhile: the reply to the use that ended it may have been lost.
 * @throws invite_link.not_found, room.full, room.banned, room.level_required, group.inactive and the like of groups
 */
export async function joinByLink(ctx: UserCtx, code: string): Promise<{ view: ChannelView; joined: boolean }> {
  const found = await insertLinkedMember(ctx, code).catch(async (error) => {
    const kind = isFull(error) ? await findLinkedKind(ctx, code) : null
    throw kind === null ? error : errorsOf(kind).full()
  })
  if (!found) throw linkErrors.notFound()
  const { entry, works, joined, change } = found
  if (joined && change) await pushChange(ctx, change)
  const view = toView(entry)
  if (view.membership?.state === 'active') return { view, joined }
  if (!works) throw linkErrors.notFound()
  const errors = errorsOf(view.kind)
  const unfit = unfitness(entry, errors)
  if (unfit) throw unfit
  if (entry.othersFirst === 1) throw await seatPromised(ctx, view)
  throw linkErrors.notFound()
}
