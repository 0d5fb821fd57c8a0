import type { UserCtx } from '../../../app/context'
import { authErrors } from '../../errors'
import { findFactors } from '../store'

/** What the caller has set up beside the password. */
export async function showMfa(ctx: UserCtx) {
  const factors = await findFactors(ctx)
  if (!factors) throw authErrors.tokenInvalid()
  const { hasTotp, passkeyCount, recoveryCodesLeft } = factors
  return { totp: hasTotp === 1, passkeys: passkeyCount, recoveryCodesLeft }
}
