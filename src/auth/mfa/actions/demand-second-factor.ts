import type { Ctx } from '../../../app/context'
import { hashSecret, newSecret } from '../../../shared/secrets'
import type { UserRow } from '../../../users/tables'
import { throttled } from '../../actions/throttle'
import { authErrors } from '../../errors'
import { insertMfaChallenge } from '../challenge-store'
import { mfaThrottle, type SecondFactor } from '../rules'
import type { MfaChallengeRow } from '../tables'

interface Proven {
  account: { user: UserRow; isKnownAddress: number }
  firstFactor: MfaChallengeRow['firstFactor']
  transport: MfaChallengeRow['transport']
  methods: SecondFactor[]
  address: string
  /** As it was when the first factor was proven. */
  passwordHash: string | null
  newHash?: string | null
  throttleKeys?: string[]
}

/**
 * What somebody gets instead of a session who has proven the first factor and owes the second. Every way to sign in
 * but a passkey goes through here.
 * @throws rate.limited when too many such sign-ins have stopped at this point, auth.invalid_credentials
 */
export async function demandSecondFactor(ctx: Ctx, proven: Proven) {
  const { account, firstFactor, transport, address, passwordHash, newHash = null, throttleKeys = [] } = proven
  const { id } = account.user
  const mfaToken = newSecret()
  const print = newHash ?? passwordHash
  const challenge = {
    tokenHash: await hashSecret(mfaToken),
    userId: id,
    firstFactor,
    passwordPrint: print === null ? null : await hashSecret(print),
    transport,
  }
  const throttle = mfaThrottle(id, address, account.isKnownAddress === 1, ctx.config.SECOND_FACTORS_UNFINISHED)
  const { written, refused, full } = await insertMfaChallenge(ctx, challenge, throttle, {
    passwordHash,
    newHash,
    throttleKeys,
  })
  if (refused) throw throttled(ctx, full)
  // The account has changed since it was read.
  if (!written) throw authErrors.invalidCredentials()
  return { mfaRequired: true as const, mfaToken, methods: proven.methods }
}
