import type { UserCtx } from '../../app/context'
import { accessView, requireRole } from '../lifecycle/actions'
import { ask } from './actions'
import type { ChannelKind } from './contract'

/** The timer of a room or group, for its members. @throws room.not_found, channel.membership_required */
export async function readTimer(ctx: UserCtx, kinds: ChannelKind[], channelId: string) {
  requireRole(await accessView(ctx, kinds, channelId))
  const timer = await ask(ctx, channelId, (room) => room.timer(ctx.actor.userId))
  return { timer, now: new Date(ctx.now()).toISOString() }
}
