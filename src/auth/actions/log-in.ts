import type { Ctx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { selectMe, toMeReply } from '../../profiles/actions'
import { authErrors } from '../errors'
import { demandSecondFactor } from '../mfa/actions/demand-second-factor'
import { factorsOf } from '../mfa/rules'
import { hashPassword, verifyPassword } from '../passwords'
import { pseudonym } from '../refresh-tokens'
import { addressOf, logInThrottles, wantsRehash } from '../rules'
import type { LogIn } from '../schemas'
import { countTryAndFindAccount, startSession } from '../store'
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
  const nobody = await pseudonym(ctx.config, login)
  const throttlesOf = (who: string, isKnown: boolean) => logInThrottles(ctx.config, who, address, isKnown)
  const name = { login, pseudonym: nobody, address }
  const { account, refused, full } = await countTryAndFindAccount(ctx, name, throttlesOf)
  if (refused) {
    ctx.log.warn('login.throttled', { userId: account?.user.id, throttle: full[0]?.name })
    throw throttled(ctx, full)
  }

  const user = account?.user
  const passwordHash = user?.passwordHash ?? null
  const isRight = verifyPassword(passwordHash, input.password) && user?.status === 'active'
  if (account && user && isRight && passwordHash !== null) {
    const newHash = wantsRehash(passwordHash) ? hashPassword(input.password) : null
    const throttleKeys = throttlesOf(user.id, account.isKnownAddress === 1).map(({ key }) => key)
    const proven = { passwordHash, newHash, address, throttleKeys }
    const methods = factorsOf(account)
    if (methods.length > 0) {
      const { transport } = input
      return demandSecondFactor(ctx, { account, firstFactor: 'password', transport, methods, ...proven })
    }
    const session = newSession(ctx, user.id, input.transport)
    const me = await startSession(ctx, session, proven, selectMe(ctx, user.id))
    if (me) return finishSignIn(ctx, user, session, replaced, toMeReply(ctx, me))
  }
  const details = user ? undefined : { pseudonym: nobody }
  await auditEvent(ctx, { event: 'login.failed', subjectId: user?.id ?? null, details })
  throw authErrors.invalidCredentials()
}
