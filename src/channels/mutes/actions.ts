import type { UserCtx } from '../../app/context'
import { requestErrors } from '../../shared/errors'
import { accessChannel } from '../actions'
import { channelErrors } from '../errors'
import type { Mute, MuteInput } from './schemas'
import { deleteMute, findMute, upsertMute } from './store'

const toMute = (until: number | null): Mute => ({
  muted: true,
  until: until === null ? null : new Date(until).toISOString(),
})

/**
 * Asks for no notifications of a channel, for a while or until it is taken back. Repeating it changes the time.
 * @throws channel.not_found, channel.membership_required
 */
export async function muteChannel(ctx: UserCtx, channelId: string, { until }: MuteInput): Promise<Mute> {
  const at = until === undefined ? null : Date.parse(until)
  if (at !== null && at <= ctx.now())
    throw requestErrors.invalid({ errors: [{ field: 'body.until', message: 'must be in the future' }] })
  if (!(await upsertMute(ctx, channelId, at))) {
    await accessChannel(ctx, channelId)
    throw channelErrors.notFound()
  }
  return toMute(at)
}

/** Repeating it changes nothing. */
export async function unmuteChannel(ctx: UserCtx, channelId: string): Promise<void> {
  await deleteMute(ctx, channelId)
}

/** @throws channel.not_found, channel.membership_required */
export async function readMute(ctx: UserCtx, channelId: string): Promise<Mute> {
  const [mute] = await Promise.all([findMute(ctx, channelId), accessChannel(ctx, channelId)])
  return mute ? toMute(mute.until) : { muted: false, until: null }
}
