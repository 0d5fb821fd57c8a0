import type { Ctx, UserCtx } from '../../../app/context'
import { auditEvent } from '../../../audit/actions'
import type { CodeOutcome } from '../../../codes/rules'
import { checkPhoneCode, requirePhone } from '../../../phone/actions'
import { readMe } from '../../../profiles/actions'
import { refusedBy } from '../../../shared/db'
import { finishSignIn } from '../../actions/finish-sign-in'
import { issueTokens, newSession } from '../../actions/issue-tokens'
import { findUsernames, makeAccount } from '../../actions/make-account'
import { authErrors } from '../../errors'
import { demandSecondFactor } from '../../mfa/actions/demand-second-factor'
import { requireFresh } from '../../mfa/actions/require-fresh'
import { factorsOf } from '../../mfa/rules'
import { addressOf } from '../../rules'
import { phoneSignInErrors } from '../errors'
import type { VerifyPhone } from '../schemas'
import { findByPhone, linkPhone, startSessionByPhone } from '../store'

const isSignedIn = (ctx: Ctx): ctx is UserCtx => ctx.actor.kind === 'user'

/**
 * Ends with a code what `sendOtp` began: links the number with the account of whoever is signed in, signs in whoever has
 * the number, or makes an account for a new one.
 * @param replaced the refresh token of the session that this browser was signed in with: it ends
 * @throws auth.phone_code_invalid, auth.name_required, auth.phone_taken, auth.required, phone.unavailable
 */
export async function verifyPhone(ctx: Ctx, input: VerifyPhone, replaced: string | null) {
  if (isSignedIn(ctx)) return { outcome: 'linked' as const, user: await link(ctx, input) }
  // Somebody whose session is over wanted to link the number, not to make a second account.
  if (input.password !== undefined) throw authErrors.required()
  await requireRightCode(ctx, input)
  const account = await findByPhone(ctx, input.phone, addressOf(ctx))
  return account ? signIn(ctx, input, account, replaced) : signUp(ctx, input)
}

/** @throws auth.phone_code_invalid */
async function requireRightCode(ctx: Ctx, { phone, code }: VerifyPhone): Promise<void> {
  requirePhone(ctx)
  const outcome = await checkPhoneCode(ctx, { phone, code })
  if (outcome === 'approved') return
  await auditEvent(ctx, { event: 'login.failed', details: { firstFactor: 'phone' } })
  throw phoneSignInErrors.codeInvalid(why[outcome])
}

const why: Record<Exclude<CodeOutcome, 'approved'>, string> = {
  wrong: 'The code is not the one that was sent.',
  expired: 'The code was used or is too old. Ask for a new one.',
  too_many: 'There were too many wrong tries. Ask for a new code.',
}

async function link(ctx: UserCtx, input: VerifyPhone) {
  const { user } = await requireFresh(ctx, { password: input.password, strict: true })
  await requireRightCode(ctx, input)
  await linkPhone(ctx, input.phone).catch((error) => {
    throw refusedBy(error) === 'users.phone' ? phoneSignInErrors.phoneTaken() : error
  })
  return readMe(ctx, user.id)
}

type Account = NonNullable<Awaited<ReturnType<typeof findByPhone>>>

async function signIn(ctx: Ctx, { phone, transport }: VerifyPhone, account: Account, replaced: string | null) {
  const { user } = account
  const address = addressOf(ctx)
  const methods = factorsOf(account)
  if (user.status === 'active' && methods.length > 0) {
    const { passwordHash } = user
    const proven = { account, firstFactor: 'phone' as const, transport, methods, address, passwordHash }
    return { outcome: 'second factor' as const, ...(await demandSecondFactor(ctx, proven)) }
  }
  const session = newSession(ctx, user.id, transport)
  if (await startSessionByPhone(ctx, session, phone, address))
    return { outcome: 'signed in' as const, ...(await finishSignIn(ctx, user, session, replaced)) }
  await auditEvent(ctx, { event: 'login.failed', subjectId: user.id, details: { firstFactor: 'phone' } })
  throw authErrors.invalidCredentials()
}

async function signUp(ctx: Ctx, { phone, name, transport }: VerifyPhone) {
  // A number says nothing of a school.
  if (ctx.config.ALLOWED_EMAIL_DOMAINS.length > 0) throw phoneSignInErrors.signUpByMail()
  if (name === undefined) throw phoneSignInErrors.nameRequired()
  const usernames = await findUsernames(ctx, { email: null, name })
  const account = { email: null, emailVerifiedAt: null, phone, passwordHash: null, name, timezone: 'UTC' }
  const { user, session } = await makeAccount(ctx, { ...account, transport, profile: {} }, usernames).catch((error) => {
    throw refusedBy(error) === 'users.phone' ? phoneSignInErrors.phoneTaken() : error
  })
  return { outcome: 'signed up' as const, user: await readMe(ctx, user.id), tokens: await issueTokens(ctx, session) }
}
