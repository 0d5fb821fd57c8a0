import type { UserCtx } from '../../../app/context'
import { refusedBy } from '../../../shared/db'
import { base64url, hashSecret, randomBytes } from '../../../shared/secrets'
import { requireFresh } from '../../mfa/actions/require-fresh'
import { hashRecoveryCode, makeRecoveryCodes } from '../../mfa/recovery-codes'
import { findFactors, replaceRecoveryCodes } from '../../mfa/store'
import { passkeyErrors } from '../errors'
import { maxPasskeys, type Site, toPasskey } from '../rules'
import { insertPasskey, insertPasskeyChallenge, listPasskeysOf, takePasskeyChallenge } from '../store'
import { askForNewPasskey, challengeOf, type NewPasskeyAnswer, readNewPasskey } from '../webauthn'

/**
 * What the browser needs to make a passkey for the caller.
 * @throws auth.fresh_sign_in_required, auth.invalid_credentials, auth.too_many_passkeys, rate.limited
 */
export async function startPasskey(ctx: UserCtx, { password }: { password?: string }, site: Site) {
  const { user } = await requireFresh(ctx, { password })
  const known = await listPasskeysOf(ctx, user.id)
  if (known.length >= maxPasskeys) throw passkeyErrors.tooMany()
  const challenge = randomBytes(32)
  const hash = await hashSecret(base64url(challenge))
  await insertPasskeyChallenge(ctx, { hash, purpose: 'register', boundTo: ctx.actor.sessionId })
  return askForNewPasskey(site, challenge, user, known)
}

/**
 * Registers the passkey that the browser has made. It signs in by itself, and stands for the second factor after a
 * password; with the first second factor come ten recovery codes.
 * @throws auth.passkey_invalid, auth.passkey_already_there, auth.too_many_passkeys
 */
export async function registerPasskey(ctx: UserCtx, input: { passkey: NewPasskeyAnswer; name: string }, site: Site) {
  const { userId, sessionId } = ctx.actor
  const challenge = challengeOf(input.passkey)
  if (challenge === null) throw passkeyErrors.invalid()
  const hash = await hashSecret(challenge)
  const taken = await takePasskeyChallenge(ctx, { hash, purpose: 'register', boundTo: sessionId })
  const made = taken ? await readNewPasskey(site, challenge, input.passkey) : null
  const factors = made && (await findFactors(ctx))
  if (!made || !factors) throw passkeyErrors.invalid()
  const recoveryCodes = factors.recoveryCodesLeft > 0 ? null : makeRecoveryCodes()
  const hashes = await Promise.all((recoveryCodes ?? []).map((code) => hashRecoveryCode(userId, code)))
  const passkey = { ...made, id: ctx.newId('passkey'), userId, name: input.name, createdAt: ctx.now() }
  try {
    const withIt = (proof: Parameters<typeof replaceRecoveryCodes>[2]) =>
      recoveryCodes ? replaceRecoveryCodes(ctx, hashes, proof) : []
    if (!(await insertPasskey(ctx, passkey, withIt))) throw passkeyErrors.tooMany()
  } catch (error) {
    if (refusedBy(error) === 'passkeys.credential_id') throw passkeyErrors.alreadyThere()
    throw error
  }
  return { passkey: toPasskey({ ...passkey, lastUsedAt: null }), ...(recoveryCodes ? { recoveryCodes } : {}) }
}
