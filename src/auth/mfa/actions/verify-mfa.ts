import type { Ctx } from '../../../app/context'
import { auditEvent } from '../../../audit/actions'
import { requestErrors } from '../../../shared/errors'
import { hashSecret } from '../../../shared/secrets'
import { finishSignIn } from '../../actions/finish-sign-in'
import { newSession } from '../../actions/issue-tokens'
import { comparePasskey } from '../../passkeys/actions/compare-passkey'
import type { Site } from '../../passkeys/rules'
import type { PasskeyAnswer } from '../../passkeys/webauthn'
import { addressOf } from '../../rules'
import { finishWithCode, finishWithPasskey, takeMfaTry } from '../challenge-store'
import { mfaErrors } from '../errors'
import { compareCode } from './compare-code'

interface VerifyMfa {
  mfaToken: string
  code?: string
  passkey?: PasskeyAnswer
}

/** What the request says of where it comes from. */
interface Sender {
  site: Site
  /** Whether our own page sends it; nobody else may have cookies set. */
  isSameSite: boolean
  /** The refresh token of the session that this browser was signed in with: it ends. */
  replaced: string | null
}

type Taken = NonNullable<Awaited<ReturnType<typeof takeMfaTry>>>

/**
 * Ends a sign-in with the second factor.
 * @throws auth.mfa_token_invalid, auth.mfa_code_invalid, auth.passkey_invalid, request.cross_site
 */
export async function verifyMfa(ctx: Ctx, input: VerifyMfa, { site, isSameSite, replaced }: Sender) {
  const taken = await takeMfaTry(ctx, await hashSecret(input.mfaToken))
  if (!taken || !(await isStillProven(taken))) throw mfaErrors.tokenInvalid()
  const { challenge, user } = taken
  const byCookie = challenge.transport === 'cookie'
  if (byCookie && !isSameSite) throw requestErrors.crossSite()
  const session = newSession(ctx, user.id, challenge.transport)
  const finish = { challenge, session, passwordHash: user.passwordHash, address: addressOf(ctx) }
  try {
    if (input.passkey) {
      const purpose = { purpose: 'second-factor' as const, boundTo: challenge.tokenHash }
      const { passkey, counter } = await comparePasskey(ctx, input.passkey, site, { ...purpose, userId: user.id })
      if (!(await finishWithPasskey(ctx, finish, passkey, counter))) throw mfaErrors.tokenInvalid()
    } else {
      const proven = await compareCode(ctx, user.id, taken.totp, input.code ?? '')
      if (!proven || !(await finishWithCode(ctx, finish, proven))) throw mfaErrors.codeInvalid()
    }
  } catch (error) {
    const secondFactor = input.passkey ? 'passkey' : 'code'
    await auditEvent(ctx, { event: 'login.failed', subjectId: user.id, details: { secondFactor } })
    throw error
  }
  return { ...(await finishSignIn(ctx, user, session, byCookie ? replaced : null)), transport: challenge.transport }
}

/** Whether what the first factor has proven still holds: the account is open, and the password is the same. */
async function isStillProven({ challenge, user }: Taken): Promise<boolean> {
  const print = user.passwordHash === null ? null : await hashSecret(user.passwordHash)
  return user.status === 'active' && (challenge.firstFactor !== 'password' || challenge.passwordPrint === print)
}
