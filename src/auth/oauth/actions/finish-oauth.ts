import type { Ctx } from '../../../app/context'
import { auditEvent } from '../../../audit/actions'
import { refusedBy } from '../../../shared/db'
import { hashSecret } from '../../../shared/secrets'
import { closeSockets } from '../../actions/end-session'
import { finishSignIn } from '../../actions/finish-sign-in'
import { newSession } from '../../actions/issue-tokens'
import { findUsernames, makeAccount } from '../../actions/make-account'
import { claimAccount } from '../../claim-store'
import { authErrors } from '../../errors'
import { demandSecondFactor } from '../../mfa/actions/demand-second-factor'
import { factorsOf } from '../../mfa/rules'
import { addressOf, isAllowedDomain } from '../../rules'
import { OauthFailure } from '../adapters/contract'
import { oauthErrors } from '../errors'
import { secretsOf } from '../pkce'
import { nameFrom } from '../rules'
import {
  findAccountsOf,
  findSessionOwner,
  type Identity,
  insertClaimedIdentity,
  insertIdentity,
  linkIdentity,
  sameVerifiedAddress,
  startSessionByIdentity,
  takeOauthState,
  whileSignedIn,
} from '../store'
import { requireProvider } from './require-provider'

interface Callback {
  provider: string
  redirectUri: string
  /** Missing where the provider was not allowed to go on. */
  code?: string
  state: string
  /** What our cookie has brought back. */
  cookie: string | null
  /** The refresh token of the session that this browser was signed in with: it ends. */
  replaced: string | null
}

type Account = NonNullable<Awaited<ReturnType<typeof findAccountsOf>>['linked']>

/**
 * Ends what `startOauth` or `startOauthLink` has begun. An account is known by its link; without one, by an address that
 * is verified on both sides; and one whose address nobody has verified here goes to whoever the provider knows by it.
 * @throws auth.oauth_state_invalid, auth.oauth_denied, auth.oauth_failed, auth.provider_unavailable,
 * auth.oauth_mail_unverified, auth.oauth_address_held, auth.oauth_already_linked, auth.email_domain_not_allowed, rate.limited
 */
export async function finishOauth(ctx: Ctx, callback: Callback) {
  const { provider, adapter } = requireProvider(ctx.config, callback.provider)
  if (callback.cookie === null) throw oauthErrors.stateInvalid()
  const [hash, cookieHash] = await Promise.all([hashSecret(callback.state), hashSecret(callback.cookie)])
  const state = await takeOauthState(ctx, { hash, cookieHash, provider })
  if (!state) throw oauthErrors.stateInvalid()
  if (callback.code === undefined) throw oauthErrors.denied()
  const { codeVerifier, nonce } = await secretsOf(callback.cookie)
  const exchange = { code: callback.code, codeVerifier, nonce, redirectUri: callback.redirectUri, now: ctx.now() }
  const { name, ...profile } = await adapter.exchange(exchange).catch((error) => refuse(ctx, provider, error))
  const identity = { provider, ...profile }
  if (state.sessionId !== null) return linkForSession(ctx, identity, state.sessionId)
  return signIn(ctx, identity, name, callback.replaced)
}

async function refuse(ctx: Ctx, provider: string, error: unknown): Promise<never> {
  if (!(error instanceof OauthFailure)) throw error
  ctx.log.warn('oauth.failed', { provider, kind: error.kind, reason: error.message })
  if (error.kind === 'unavailable') throw oauthErrors.unavailable()
  await auditEvent(ctx, { event: 'login.failed', details: { firstFactor: provider } })
  throw oauthErrors.failed()
}

async function linkForSession(ctx: Ctx, identity: Identity, sessionId: string) {
  if (identity.email === null) throw oauthErrors.mailUnverified()
  const user = await findSessionOwner(ctx, sessionId)
  if (!user) throw oauthErrors.stateInvalid()
  await unlessTaken(async () => {
    if (!(await linkIdentity(ctx, identity, user.id, whileSignedIn(ctx, sessionId)))) throw oauthErrors.stateInvalid()
  })
  return { linked: identity.provider }
}

async function signIn(ctx: Ctx, identity: Identity, name: string, replaced: string | null) {
  const { linked, namesake } = await findAccountsOf(ctx, identity, addressOf(ctx))
  if (linked) return enter(ctx, identity, linked, replaced)
  const { email } = identity
  if (email === null) throw oauthErrors.mailUnverified()
  if (!namesake) return join(ctx, { ...identity, email }, name)
  const { user } = namesake
  if (user.emailVerifiedAt === null) {
    if (factorsOf(namesake).length > 0) throw oauthErrors.addressHeld()
    return enter(ctx, identity, await claim(ctx, { ...identity, email }, user), replaced)
  }
  await unlessTaken(async () => {
    if (!(await linkIdentity(ctx, identity, user.id, sameVerifiedAddress(identity)))) throw oauthErrors.failed()
  })
  return enter(ctx, identity, namesake, replaced)
}

/** The account that somebody else may have made with this address. */
async function claim(ctx: Ctx, identity: Identity & { email: string }, user: Account['user']): Promise<Account> {
  const drops = await unlessTaken(() =>
    claimAccount(ctx, { userId: user.id, email: identity.email }, (proof) => [
      insertClaimedIdentity(ctx, identity, user.id, proof),
    ]),
  )
  if (!drops) throw oauthErrors.failed()
  await closeSockets(ctx, drops)
  const unprotected = { isKnownAddress: 0, hasTotp: 0, hasPasskeys: 0, hasRecoveryCodes: 0 }
  return { ...unprotected, user: { ...user, passwordHash: null, emailVerifiedAt: ctx.now() } }
}

/** Opens the session, or asks for the second factor. */
async function enter(ctx: Ctx, identity: Identity, account: Account, replaced: string | null) {
  const { user } = account
  const [transport, address] = ['cookie' as const, addressOf(ctx)]
  const methods = factorsOf(account)
  if (user.status === 'active' && methods.length > 0) {
    const { passwordHash } = user
    return demandSecondFactor(ctx, {
      account,
      firstFactor: identity.provider,
      transport,
      methods,
      address,
      passwordHash,
    })
  }
  const session = newSession(ctx, user.id, transport)
  if (!(await startSessionByIdentity(ctx, session, identity, address))) {
    await auditEvent(ctx, { event: 'login.failed', subjectId: user.id, details: { firstFactor: identity.provider } })
    throw oauthErrors.failed()
  }
  return { tokens: (await finishSignIn(ctx, user, session, replaced)).tokens }
}

/** Makes an account whose address the provider has verified. */
async function join(ctx: Ctx, identity: Identity & { email: string }, told: string) {
  const { email } = identity
  if (!isAllowedDomain(email, ctx.config.ALLOWED_EMAIL_DOMAINS)) throw authErrors.emailDomainNotAllowed()
  const name = nameFrom(told, email)
  const usernames = await findUsernames(ctx, { email, name })
  const person = {
    email,
    emailVerifiedAt: ctx.now(),
    phone: null,
    passwordHash: null,
    name,
    timezone: 'UTC',
    transport: 'cookie' as const,
    profile: {},
    withIt: (userId: string) => [insertIdentity(ctx, identity, userId)],
  }
  const { user, session } = await unlessTaken(() => makeAccount(ctx, person, usernames))
  return { tokens: (await finishSignIn(ctx, user, session, null)).tokens }
}

async function unlessTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (refusedBy(error)?.startsWith('oauth_identities.')) throw oauthErrors.alreadyLinked()
    throw error
  }
}
