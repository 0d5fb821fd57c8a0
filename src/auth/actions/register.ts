import type { Ctx } from '../../app/context'
import { readMe } from '../../profiles/actions'
import { mailLink, newLink } from '../email/actions/mail-link'
import { insertFirstLink } from '../email/store'
import { authErrors } from '../errors'
import { hashPassword } from '../passwords'
import { isAllowedDomain } from '../rules'
import type { Register } from '../schemas'
import { issueTokens } from './issue-tokens'
import { findUsernames, makeAccount } from './make-account'
import { requireGoodPassword } from './require-good-password'

/**
 * Makes an account and signs it in. The address waits to be proven by the link that is mailed there, if mail is on.
 * @param base where this Studyhall is reached, for the link
 * @throws auth.email_taken, user.username_taken, auth.weak_password, auth.email_domain_not_allowed, rate.limited
 */
export async function register(ctx: Ctx, input: Register, base: string) {
  if (!isAllowedDomain(input.email, ctx.config.ALLOWED_EMAIL_DOMAINS)) throw authErrors.emailDomainNotAllowed()
  await requireGoodPassword(ctx, input.password, input)
  const usernames = await findUsernames(ctx, input)
  const { email, password, name, username: _, timezone, transport, ...profile } = input
  const passwordHash = hashPassword(password)
  const account = { email, emailVerifiedAt: null, phone: null, passwordHash, name, timezone }
  const { token, link } = await newLink('verify', email)
  const withIt = (userId: string) => (ctx.mail ? [insertFirstLink(ctx, link, userId)] : [])
  const { user, session } = await makeAccount(ctx, { ...account, transport, profile, withIt }, usernames)
  if (ctx.mail) mailLink(ctx, { purpose: 'verify', email, locale: user.locale, token, base })
  return { user: await readMe(ctx, user.id), tokens: await issueTokens(ctx, session) }
}
