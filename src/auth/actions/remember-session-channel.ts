import type { UserCtx } from '../../app/context'
import { insertSessionChannel } from '../store'

/** Notes that the session opens a socket to this channel, so that its end closes it. Comes before the ticket. */
export async function rememberSessionChannel(ctx: UserCtx, channelId: string): Promise<void> {
  await insertSessionChannel(ctx, channelId)
}
