import type { UserCtx } from '../../app/context'
import { authErrors } from '../../auth/errors'
import { relationOf } from '../../friends/rules'
import { defaultSettings, isInAudience } from '../../profiles/rules'
import { cutPage } from '../../shared/page'
import { userErrors } from '../../users/errors'
import { avatarUrl } from '../../users/rules'
import { pushChange } from '../actions'
import { isFull, seatPromised, unfitness } from '../entry/actions'
import { errorsOf, groupErrors, invitationErrors, roomErrors } from '../errors'
import { requireRole, untilWritten } from '../lifecycle/actions'
import type { ChannelKind, MemberRole } from '../live/contract'
import { mayInvite } from '../rules'
import { type ChannelView, requireVisible, toView } from '../views/store'
import type { Invitation, InvitationsQuery } from './schemas'
import {
  findInvitingKind,
  findViewAndInvitee,
  type InvitationRow,
  type Invitee,
  insertInvitation,
  insertInvited,
  listOpenInvitations,
  updateDeclined,
} from './store'

const toInvitation = (row: InvitationRow): Invitation => ({
  id: row.id,
  channel: {
    id: row.channelId,
    kind: row.kind === 'group' ? 'group' : 'room',
    name: row.channelName,
    description: row.description,
    memberCount: row.memberCount,
  },
  invitedBy: { id: row.inviterId, name: row.inviterName, avatarUrl: avatarUrl(row.inviterAvatarKey) },
  createdAt: new Date(row.createdAt).toISOString(),
})

/**
 * The caller's role, if it may invite.
 * @throws channel.membership_required, room.not_allowed
 */
export function requireInviter(view: ChannelView): MemberRole {
  const role = requireRole(view)
  if (!mayInvite(role, view.settings.whoMayInvite))
    throw errorsOf(view.kind).notAllowed(`Here only ${view.settings.whoMayInvite} may invite.`)
  return role
}

/** A block is no more than somebody who takes no invitations: nobody learns of it. */
function requireWelcome(ctx: UserCtx, invitee: Invitee): void {
  const relation = relationOf({
    viewerId: ctx.actor.userId,
    userId: invitee.userId,
    areFriends: invitee.isFriend === 1,
    share: invitee.shares === 1,
  })
  const isWelcome = isInAudience(invitee.mayInvite ?? defaultSettings.mayInvite, relation)
  if (invitee.isBlocked === 1 || !isWelcome) throw invitationErrors.notWelcome()
}

/**
 * Invites somebody. An open invitation stays as it is.
 * @throws auth.email_verification_required, room.not_found, channel.membership_required, room.not_allowed,
 *   room.personal, user.not_found, invitation.not_welcome, room.already_member, room.person_banned, invitation.too_many
 */
export async function invitePerson(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  userId: string,
): Promise<{ invitation: Invitation; isNew: boolean }> {
  if (!ctx.actor.verified) throw authErrors.emailVerificationRequired()
  const max = ctx.config.INVITATIONS_PER_CHANNEL
  const { invitation, isNew } = await untilWritten(kinds[0] ?? 'room', async () => {
    const { rows, invitee } = await findViewAndInvitee(ctx, kinds, channelId, userId)
    const view = requireVisible(rows, errorsOf(kinds[0] ?? 'room'))
    const errors = errorsOf(view.kind)
    const role = requireInviter(view)
    if (view.kind === 'personal') throw roomErrors.personal()
    if (!view.isActive) throw groupErrors.inactive()
    if (!invitee) throw userErrors.notFound()
    if (invitee.isMember === 1) throw errors.alreadyMember()
    requireWelcome(ctx, invitee)
    if (invitee.isBanned === 1) throw errors.personBanned()
    const written = await insertInvitation(ctx, { view, role, userId, max })
    if (!written.invitation && written.full) throw invitationErrors.tooMany(`There are ${max} already.`)
    return written.invitation && { invitation: written.invitation, isNew: written.isNew }
  })
  return { invitation: toInvitation(invitation), isNew }
}

/** The caller's open invitations, the newest first. @throws page.bad_cursor */
export async function listInvitations(ctx: UserCtx, { limit, cursor }: InvitationsQuery) {
  const binding = `invitations ${ctx.actor.userId}`
  const position = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const before = position && { createdAt: Number(position[0]), id: String(position[1]) }
  const { rows, last } = cutPage(await listOpenInvitations(ctx, before, limit + 1), limit)
  return {
    data: rows.map(toInvitation),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.id])),
  }
}

/**
 * Joins by an invitation, a private channel too. Accepting again changes nothing.
 * @throws invitation.not_found, room.full, room.banned, room.level_required and the like of groups, group.inactive
 */
export async function acceptInvitation(
  ctx: UserCtx,
  invitationId: string,
): Promise<{ view: ChannelView; joined: boolean }> {
  const { state, entry, joined, change } = await insertInvited(ctx, invitationId).catch(async (error) => {
    const kind = isFull(error) ? await findInvitingKind(ctx, invitationId) : null
    throw kind === null ? error : errorsOf(kind).full()
  })
  if (!state || !entry) throw invitationErrors.notFound()
  if (joined && change) await pushChange(ctx, change)
  const view = toView(entry)
  if (view.membership?.state === 'active') return { view, joined }
  const errors = errorsOf(view.kind)
  const unfit = unfitness(entry, errors)
  if (state !== 'open') throw invitationErrors.notFound()
  if (unfit) throw unfit
  throw entry.othersFirst === 1 ? await seatPromised(ctx, view) : errors.busy()
}

/** Declines an invitation; the inviter is not told. Declining again changes nothing. @throws invitation.not_found */
export async function declineInvitation(ctx: UserCtx, invitationId: string): Promise<void> {
  const before = await updateDeclined(ctx, invitationId)
  if (before !== 'open' && before !== 'declined') throw invitationErrors.notFound()
}
