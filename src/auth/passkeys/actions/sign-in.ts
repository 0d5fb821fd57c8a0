import type { Ctx } from '../../../app/context'
import { auditEvent } from '../../../audit/actions'
import { base64url, hashSecret, randomBytes } from '../../../shared/secrets'
import { finishSignIn } from '../../actions/finish-sign-in'
import { newSession } from '../../actions/issue-tokens'
import { takeFromThrottle } from '../../actions/throttle'
import { findOpenChallenge } from '../../mfa/challenge-store'
import { mfaErrors } from '../../mfa/errors'
import { addressOf, startedThrottle } from '../../rules'
import type { SessionRow } from '../../tables'
import { passkeyErrors } from '../errors'
import type { Site } from '../rules'
import { insertPasskeyChallenge, listPasskeysOf, startSessionByPasskey } from '../store'
import { askForPasskey, type PasskeyAnswer } from '../webauthn'
import { comparePasskey } from './compare-passkey'

/**
 * What the browser needs to ask for a passkey: of anybody, or, with an mfaToken, of the one who has begun to sign in.
 * @throws auth.mfa_token_invalid, rate.limited
 */
export async function startPasskeySignIn(ctx: Ctx, { mfaToken }: { mfaToken?: string }, site: Site) {
  const challenge = randomBytes(32)
  const hash = await hashSecret(base64url(challenge))
  await takeFromThrottle(ctx, startedThrottle(addressOf(ctx), ctx.config.SIGN_INS_STARTED_PER_ADDRESS))
  if (mfaToken === undefined) {
    await insertPasskeyChallenge(ctx, { hash, purpose: 'sign-in', boundTo: '' })
    return askForPasskey(site, challenge, [])
  }
  const tokenHash = await hashSecret(mfaToken)
  const open = await findOpenChallenge(ctx, tokenHash)
  const known = open ? await listPasskeysOf(ctx, open.userId) : []
  if (known.length === 0) throw mfaErrors.tokenInvalid()
  await insertPasskeyChallenge(ctx, { hash, purpose: 'second-factor', boundTo: tokenHash })
  return askForPasskey(site, challenge, known)
}

/**
 * Signs in whoever the passkey belongs to. It was unlocked by its owner, so it stands for both factors.
 * @param replaced the refresh token of the session that this browser was signed in with: it ends
 * @throws auth.passkey_invalid
 */
export async function signInWithPasskey(
  ctx: Ctx,
  input: { passkey: PasskeyAnswer; transport: SessionRow['transport'] },
  site: Site,
  replaced: string | null,
) {
  const question = { purpose: 'sign-in' as const, boundTo: '', userId: null }
  const { passkey, user, counter } = await comparePasskey(ctx, input.passkey, site, question).catch(async (error) => {
    await auditEvent(ctx, { event: 'login.failed', details: { firstFactor: 'passkey' } })
    throw error
  })
  const session = newSession(ctx, user.id, input.transport)
  const started = await startSessionByPasskey(ctx, session, passkey.id, counter, addressOf(ctx))
  if (!started) throw passkeyErrors.invalid()
  return finishSignIn(ctx, user, session, replaced)
}
