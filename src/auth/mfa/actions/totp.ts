import type { UserCtx } from '../../../app/context'
import { randomBytes } from '../../../shared/secrets'
import { takeFromThrottle } from '../../actions/throttle'
import { mfaErrors } from '../errors'
import { hashRecoveryCode, makeRecoveryCodes } from '../recovery-codes'
import { proofThrottle, totpSetupMs } from '../rules'
import { seal, unseal } from '../sealing'
import { confirmTotpSecret, deleteTotpSecret, findFactors, putTotpSecret } from '../store'
import { base32, matchTotp, totpSecretBytes, totpUri } from '../totp'
import { compareCode } from './compare-code'
import { noteWrongProof, requireFresh } from './require-fresh'

/**
 * Begins with an authenticator app. Nothing changes for the next sign-in until its first code has come.
 * @throws auth.fresh_sign_in_required, auth.invalid_credentials, auth.totp_already_on, rate.limited
 */
export async function setUpTotp(ctx: UserCtx, { password }: { password?: string }) {
  const { user } = await requireFresh(ctx, { password })
  const secret = randomBytes(totpSecretBytes)
  const written = await putTotpSecret(ctx, await seal(ctx.config, user.id, secret))
  if (!written) throw mfaErrors.totpAlreadyOn()
  const expiresAt = new Date(ctx.now() + totpSetupMs).toISOString()
  return { secret: base32(secret), uri: totpUri(secret, user.email ?? user.username), expiresAt }
}

/**
 * Ends the setup with the app's first code; from now on a password alone opens no session.
 * @returns ten recovery codes, which nobody can ever show again
 * @throws auth.totp_not_started, auth.totp_already_on, auth.mfa_code_invalid
 */
export async function confirmTotp(ctx: UserCtx, { code }: { code: string }) {
  const factors = await findFactors(ctx)
  const waiting = factors?.totp
  if (waiting?.confirmedAt) throw mfaErrors.totpAlreadyOn()
  const now = ctx.now()
  if (!factors || !waiting || waiting.createdAt <= now - totpSetupMs) throw mfaErrors.totpNotStarted()
  const { userId } = ctx.actor
  const secret = await unseal(ctx.config, userId, waiting.sealed)
  const step = await matchTotp(secret, { code, now, lastStep: waiting.lastStep })
  if (step === null) throw mfaErrors.codeInvalid()
  const codes = makeRecoveryCodes()
  const hashes = await Promise.all(codes.map((each) => hashRecoveryCode(userId, each)))
  const resealed = await seal(ctx.config, userId, secret)
  const confirmed = await confirmTotpSecret(ctx, { sealed: waiting.sealed, resealed, step, hashes })
  if (!confirmed) throw mfaErrors.totpAlreadyOn()
  return { recoveryCodes: codes }
}

/**
 * Takes the authenticator app off, for somebody who has the password and the app, or a recovery code.
 * @throws auth.totp_off, auth.fresh_sign_in_required, auth.invalid_credentials, auth.mfa_code_invalid, rate.limited
 */
export async function removeTotp(ctx: UserCtx, { password, code }: { password?: string; code: string }): Promise<void> {
  const { totp } = await requireFresh(ctx, { password, strict: true })
  if (!totp?.confirmedAt) throw mfaErrors.totpOff()
  const { userId } = ctx.actor
  await takeFromThrottle(ctx, { ...proofThrottle(userId, ctx.config.PROOFS_PER_USER), key: `proof-code:${userId}` })
  const proven = await compareCode(ctx, userId, totp, code)
  if (!proven || !(await deleteTotpSecret(ctx, proven))) {
    await noteWrongProof(ctx, 'code')
    throw mfaErrors.codeInvalid()
  }
}
