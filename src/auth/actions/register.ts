import type { Ctx } from '../../app/context'
import { readMe } from '../../profiles/actions'
import { codePoints } from '../../shared/text'
import { isCommonPassword } from '../common-passwords'
import { authErrors } from '../errors'
import { hashPassword } from '../passwords'
import { isAllowedDomain, isGuessable, minPasswordLength } from '../rules'
import type { Register } from '../schemas'
import { issueTokens } from './issue-tokens'
import { findUsernames, makeAccount } from './make-account'

/**
 * Makes an account and signs it in.
 * @throws auth.email_taken, user.username_taken, auth.weak_password, auth.email_domain_not_allowed, rate.limited
 */
export async function register(ctx: Ctx, input: Register) {
  if (!isAllowedDomain(input.email, ctx.config.ALLOWED_EMAIL_DOMAINS)) throw authErrors.emailDomainNotAllowed()
  requireGoodPassword(input)
  const usernames = await findUsernames(ctx, input)
  const { email, password, name, username: _, timezone, transport, ...profile } = input
  const passwordHash = hashPassword(password)
  const person = { email, emailVerifiedAt: null, phone: null, passwordHash, name, timezone, transport, profile }
  const { user, session } = await makeAccount(ctx, person, usernames)
  return { user: await readMe(ctx, user.id), tokens: await issueTokens(ctx, session) }
}

function requireGoodPassword({ password, email, name, username }: Register): void {
  if (codePoints(password) < minPasswordLength)
    throw authErrors.weakPassword(`The password needs at least ${minPasswordLength} characters.`)
  if (isCommonPassword(password)) throw authErrors.weakPassword('Very many people use this password.')
  if (isGuessable(password, { email, name, username }))
    throw authErrors.weakPassword(
      'The password is little more than your name, your address, Studyhall or one character.',
    )
}
