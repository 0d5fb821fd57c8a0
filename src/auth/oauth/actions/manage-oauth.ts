import type { Ctx, UserCtx } from '../../../app/context'
import { requireFresh } from '../../mfa/actions/require-fresh'
import { passkeyErrors } from '../../passkeys/errors'
import { deleteIdentityUnlessLast } from '../../sign-in-methods-store'
import { oauthErrors } from '../errors'
import { credentialsOf, isProvider, providers, toLinkedAccount } from '../rules'
import { listIdentities } from '../store'

/** The providers that the settings switch on. */
export function listProviders(ctx: Ctx) {
  return { data: providers.filter((provider) => credentialsOf(ctx.config, provider) !== null) }
}

/** The accounts elsewhere that sign in to the caller's: at most one of each provider. */
export async function listLinkedAccounts(ctx: UserCtx) {
  return { data: (await listIdentities(ctx)).map(toLinkedAccount), nextCursor: null }
}

/**
 * Cuts the link with a provider, also when that is switched off.
 * @throws auth.oauth_not_linked, auth.last_sign_in_method, auth.fresh_sign_in_required, auth.invalid_credentials,
 * rate.limited
 */
export async function removeLinkedAccount(ctx: UserCtx, provider: string, { password }: { password?: string }) {
  await requireFresh(ctx, { password })
  const linked = (await listIdentities(ctx)).some((row) => row.provider === provider)
  if (!isProvider(provider) || !linked) throw oauthErrors.notLinked()
  if (!(await deleteIdentityUnlessLast(ctx, provider))) throw passkeyErrors.lastWayIn()
}
