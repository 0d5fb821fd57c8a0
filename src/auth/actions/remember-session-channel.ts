import type { UserCtx } from '../../app/context'
import { authErrors } from '../errors'
import { insertSessionChannel } from '../store'

/**
 * Notes that the session opens a socket to this channel, so that its end closes it. Comes when the object has the ticket
 * and nobody else has: an end before this is seen here, and an end after it reaches the object, which voids the ticket.
 * @throws auth.token_invalid when the session has ended since the guard let it in
 */
export async function rememberSessionChannel(ctx: UserCtx, channelId: string): Promise<void> {
  if (!(await insertSessionChannel(ctx, channelId))) throw authErrors.tokenInvalid()
}
