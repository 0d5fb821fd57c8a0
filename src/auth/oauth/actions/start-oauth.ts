import type { Ctx, UserCtx } from '../../../app/context'
import { hashSecret, newSecret } from '../../../shared/secrets'
import { takeFromThrottle } from '../../actions/throttle'
import { requireFresh } from '../../mfa/actions/require-fresh'
import { addressOf, startedThrottle } from '../../rules'
import { secretsOf } from '../pkce'
import { insertOauthState } from '../store'
import { requireProvider } from './require-provider'

interface Start {
  provider: string
  redirectUri: string
}

/**
 * Begins a sign-in with an account elsewhere.
 * @returns where to send the browser, and the secret that its cookie must bring back
 * @throws auth.provider_not_enabled, rate.limited
 */
export async function startOauth(ctx: Ctx, { provider, redirectUri }: Start) {
  const enabled = requireProvider(ctx.config, provider)
  await takeFromThrottle(ctx, startedThrottle(addressOf(ctx), ctx.config.SIGN_INS_STARTED_PER_ADDRESS))
  return begin(ctx, enabled, redirectUri, null)
}

/**
 * Begins to link the caller's account with one elsewhere.
 * @throws auth.provider_not_enabled, auth.fresh_sign_in_required, auth.invalid_credentials, rate.limited
 */
export async function startOauthLink(ctx: UserCtx, { provider, redirectUri, password }: Start & { password?: string }) {
  const enabled = requireProvider(ctx.config, provider)
  await requireFresh(ctx, { password })
  return begin(ctx, enabled, redirectUri, ctx.actor.sessionId)
}

async function begin(
  ctx: Ctx,
  { provider, adapter }: ReturnType<typeof requireProvider>,
  redirectUri: string,
  sessionId: string | null,
) {
  const [state, cookie] = [newSecret(), newSecret()]
  const [hash, cookieHash] = await Promise.all([hashSecret(state), hashSecret(cookie)])
  await insertOauthState(ctx, { hash, cookieHash, provider }, sessionId)
  const { codeChallenge, nonce } = await secretsOf(cookie)
  return { url: adapter.authorizeUrl({ state, codeChallenge, nonce, redirectUri }), cookie }
}
