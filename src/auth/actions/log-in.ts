import type { Ctx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { toMe } from '../../users/rules'
import { authErrors } from '../errors'
import { hashPassword, verifyPassword } from '../passwords'
import { pseudonym } from '../refresh-tokens'
import { addressOf, logInThrottles, wantsRehash } from '../rules'
import type { LogIn } from '../schemas'
import { findAccount, startSession, takeThrottles } from '../store'
import { findCredential } from './credential'
import { endSession } from './end-session'
import { issueTokens, newSession } from './issue-tokens'
import { throttled } from './throttle'

/**
 * Signs somebody in by password. Known and unknown people cost the same queries and the same hash.
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
  const session = user && isRight ? newSession(ctx, user.id, input.transport) : null
  const started =
    session &&
    passwordHash !== null &&
    (await startSession(ctx, session, {
      passwordHash,
      newHash: wantsRehash(passwordHash) ? hashPassword(input.password) : null,
      address,
      throttleKeys: throttles.map(({ key }) => key),
    }))
  if (!user || !session || !started) {
    const details = user ? undefined : { pseudonym: subject }
    await auditEvent(ctx, { event: 'login.failed', subjectId: user?.id ?? null, details })
    throw authErrors.invalidCredentials()
  }

  const old = replaced === null ? null : await findCredential(ctx, { refreshToken: replaced })
  if (old) await endSession(ctx, old, 'logout')
  return { user: toMe({ ...user, lastActiveAt: ctx.now() }), tokens: await issueTokens(ctx, session) }
}
