import type { Ctx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { authErrors } from '../errors'
import { demandSecondFactor } from '../mfa/actions/demand-second-factor'
import { factorsOf } from '../mfa/rules'
import { hashPassword, verifyPassword } from '../passwords'
import { pseudonym } from '../refresh-tokens'
import { addressOf, logInThrottles, wantsRehash } from '../rules'
import type { LogIn } from '../schemas'
import { findAccount, startSession, takeThrottles } from '../store'
import { finishSignIn } from './finish-sign-in'
import { newSession } from './issue-tokens'
import { throttled } from './throttle'

/**
 * Signs somebody in by password, or asks for the second factor. Known and unknown people cost the same queries and the
 * same hash.
 * @param replaced the refresh token of the session that this browser was signed in with: it ends
 * @throws auth.invalid_credentials, rate.limited
 */
export async function logIn(ctx: Ctx, input: LogIn, replaced: string | null) {
  const login = input.email ?? input.username ?? ''
  const address = addressOf(ctx)
  const account = await findAccount(ctx, login, address)
  const subject = account?.user.id ?? (await pseudonym(ctx.config, login))
  const throttles = logInThrottles(ctx.config, subject, address, account?.isKnownAddress === 1)
  const [taken, full] = await ctx.db.batch(takeThrottles(ctx, throttles))
  if (taken.length === 0) {
    ctx.log.warn('login.throttled', { userId: account?.user.id, throttle: full[0]?.name })
    throw throttled(ctx, full)
  }

  const user = account?.user
  const passwordHash = user?.passwordHash ?? null
  const isRight = verifyPassword(passwordHash, input.password) && user?.status === 'active'
  if (account && user && isRight && passwordHash !== null) {
    const newHash = wantsRehash(passwordHash) ? hashPassword(input.password) : null
    const proven = { passwordHash, newHash, address, throttleKeys: throttles.map(({ key }) => key) }
    const methods = factorsOf(account)
    if (methods.length > 0) {
      const { transport } = input
      return demandSecondFactor(ctx, { account, firstFactor: 'password', transport, methods, ...proven })
    }
    const session = newSession(ctx, user.id, input.transport)
    if (await startSession(ctx, session, proven)) return finishSignIn(ctx, user, session, replaced)
  }
  const details = user ? undefined : { pseudonym: subject }
  await auditEvent(ctx, { event: 'login.failed', subjectId: user?.id ?? null, details })
  throw authErrors.invalidCredentials()
}
