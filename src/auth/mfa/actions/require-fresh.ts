import type { UserCtx } from '../../../app/context'
import { auditEvent } from '../../../audit/actions'
import { throttled } from '../../actions/throttle'
import { authErrors } from '../../errors'
import { verifyPassword } from '../../passwords'
import { refundThrottle } from '../../throttle-store'
import { mfaErrors } from '../errors'
import { isFresh, proofThrottle } from '../rules'
import { findFactors, findFactorsForTry } from '../store'

interface Proof {
  password?: string
  /** Whether a young session is not enough where there is a password. */
  strict?: boolean
}

/** Leaves an audit row for somebody who is signed in and could not prove to be the owner: it may be a thief. */
export async function noteWrongProof(ctx: UserCtx, proof: 'password' | 'code'): Promise<void> {
  await auditEvent(ctx, { event: 'proof.failed', subjectId: ctx.actor.userId, details: { proof } })
}

/**
 * Lets through somebody who has just proven who they are: by the password that they send along, or by a sign-in of the
 * last ten minutes. Returns what the account says of its factors.
 * @throws auth.fresh_sign_in_required, auth.invalid_credentials, rate.limited
 */
export async function requireFresh(ctx: UserCtx, { password, strict = false }: Proof) {
  if (password === undefined) {
    const factors = await findFactors(ctx)
    const isEnough = factors && !(strict && factors.user.passwordHash !== null) && isFresh(factors.startedAt, ctx.now())
    if (!isEnough) throw mfaErrors.freshSignInRequired()
    return factors
  }
  const throttle = proofThrottle(ctx.actor.userId, ctx.config.PROOFS_PER_USER)
  const { factors, refused, full } = await findFactorsForTry(ctx, throttle)
  if (refused) throw throttled(ctx, full)
  if (!factors || !verifyPassword(factors.user.passwordHash, password)) {
    await noteWrongProof(ctx, 'password')
    throw authErrors.invalidCredentials()
  }
  // Nobody waits for it: lost, it costs one try until the window ends.
  ctx.later(refundThrottle(ctx, throttle.key).catch(() => undefined))
  return factors
}
