import type { UserCtx } from '../../../app/context'
import { requireFresh } from '../../mfa/actions/require-fresh'
import { deletePasskeyUnlessLast } from '../../sign-in-methods-store'
import { passkeyErrors } from '../errors'
import { toPasskey } from '../rules'
import { findPasskey, listPasskeysOf } from '../store'

/** All passkeys of the caller, the oldest first: there are never more than one page holds. */
export async function listPasskeys(ctx: UserCtx) {
  return { data: (await listPasskeysOf(ctx, ctx.actor.userId)).map(toPasskey), nextCursor: null }
}

/**
 * @throws auth.passkey_not_found, also for somebody else's; auth.last_sign_in_method, auth.fresh_sign_in_required,
 * auth.invalid_credentials, rate.limited
 */
export async function removePasskey(ctx: UserCtx, id: string, { password }: { password?: string }): Promise<void> {
  await requireFresh(ctx, { password })
  if (await deletePasskeyUnlessLast(ctx, id)) return
  throw (await findPasskey(ctx, id)) ? passkeyErrors.lastWayIn() : passkeyErrors.notFound()
}
