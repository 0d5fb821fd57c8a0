import type { UserCtx } from '../../../app/context'
import { mfaErrors } from '../errors'
import { hashRecoveryCode, makeRecoveryCodes } from '../recovery-codes'
import { renewRecoveryCodes as replaceCodes } from '../store'
import { requireFresh } from './require-fresh'

/**
 * Ten new recovery codes; all before are void.
 * @throws auth.mfa_off, auth.fresh_sign_in_required, auth.invalid_credentials, rate.limited
 */
export async function renewRecoveryCodes(ctx: UserCtx, { password }: { password?: string }) {
  const { user } = await requireFresh(ctx, { password })
  const recoveryCodes = makeRecoveryCodes()
  const hashes = await Promise.all(recoveryCodes.map((each) => hashRecoveryCode(user.id, each)))
  if (!(await replaceCodes(ctx, hashes))) throw mfaErrors.off()
  return { recoveryCodes }
}
