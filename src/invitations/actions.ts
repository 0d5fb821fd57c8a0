import type { UserCtx } from '../app/context'
import { acceptInvitation } from '../channels/invitations/actions'
import type { ChannelView } from '../channels/lifecycle/actions'
import { joinByLink } from '../channels/links/actions'
import { toGroup } from '../groups/actions'
import { toRoom } from '../rooms/actions'

/** A room or a group, whichever the channel is, and its address. */
const toPlace = (view: ChannelView) =>
  view.kind === 'group'
    ? { place: toGroup(view), location: `/api/v1/groups/${view.id}` }
    : { place: toRoom(view), location: `/api/v1/rooms/${view.id}` }

/** @throws what `joinByLink` throws */
export async function usePlaceLink(ctx: UserCtx, code: string) {
  const { view, joined } = await joinByLink(ctx, code)
  return { ...toPlace(view), joined }
}

/** @throws what `acceptInvitation` throws */
export async function acceptPlaceInvitation(ctx: UserCtx, invitationId: string) {
  const { view, joined } = await acceptInvitation(ctx, invitationId)
  return { ...toPlace(view), joined }
}
