import type { Ctx } from '../../app/context'
import { enrolPerson, readMe } from '../../profiles/actions'
import { refusedBy } from '../../shared/db'
import { codePoints } from '../../shared/text'
import { userErrors } from '../../users/errors'
import { usernameFrom } from '../../users/rules'
import { isCommonPassword } from '../common-passwords'
import { authErrors } from '../errors'
import { hashPassword } from '../passwords'
import { addressOf, isAllowedDomain, isGuessable, minPasswordLength, registerThrottle } from '../rules'
import type { Register } from '../schemas'
import { insertAccount, selectTaken, takeThrottles } from '../store'
import { issueTokens, newSession } from './issue-tokens'
import { throttled } from './throttle'

/**
 * Makes an account and signs it in.
 * @throws auth.email_taken, user.username_taken, auth.weak_password, auth.email_domain_not_allowed, rate.limited
 */
export async function register(ctx: Ctx, input: Register) {
  if (!isAllowedDomain(input.email, ctx.config.ALLOWED_EMAIL_DOMAINS)) throw authErrors.emailDomainNotAllowed()
  requireGoodPassword(input)
  const usernames = input.username === undefined ? usernamesFor(ctx, input.name) : [input.username]
  const free = await requireFree(ctx, input, usernames)
  const passwordHash = hashPassword(input.password)
  for (const username of free) {
    const now = ctx.now()
    const user = {
      id: ctx.newId('user'),
      email: input.email,
      emailVerifiedAt: null,
      username,
      passwordHash,
      name: input.name,
      bio: '',
      avatarKey: null,
      role: 'student' as const,
      status: 'active' as const,
      timezone: input.timezone,
      dayStartHour: 0,
      locale: 'en',
      createdAt: now,
      updatedAt: now,
      lastActiveAt: now,
    }
    const session = newSession(ctx, user.id, input.transport)
    try {
      await insertAccount(ctx, user, session, addressOf(ctx), enrolPerson(ctx, user, profileOf(input)))
      return { user: await readMe(ctx, user.id), tokens: await issueTokens(ctx, session) }
    } catch (error) {
      if (refusedBy(error) === 'users.email') throw authErrors.emailTaken()
      // Somebody was faster with this username; one that we made ourselves has others behind it.
      if (refusedBy(error) !== 'users.username') throw error
    }
  }
  throw userErrors.usernameTaken()
}

/** What of a registration is profile. */
function profileOf({ email, password, name, username, timezone, transport, ...profile }: Register) {
  return profile
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

/** What we would call somebody who has not chosen a username, best first. */
function usernamesFor(ctx: Ctx, name: string): string[] {
  const { base, alone } = usernameFrom(name)
  const suffixed = [1, 2, 3].map(() => `${base}_${ctx.newId('user').slice(-5)}`)
  return alone ? [base, ...suffixed] : suffixed
}

/** Counts the try, and says which of the usernames nobody has. */
async function requireFree(ctx: Ctx, { email }: Register, usernames: string[]): Promise<string[]> {
  const throttle = registerThrottle(addressOf(ctx), ctx.config.REGISTRATIONS_PER_ADDRESS)
  const [counted, full, taken] = await ctx.db.batch([
    ...takeThrottles(ctx, [throttle]),
    selectTaken(ctx, email, usernames),
  ])
  if (counted.length === 0) throw throttled(ctx, full)
  if (taken.some((row) => row.email === email)) throw authErrors.emailTaken()
  return usernames.filter((username) => !taken.some((row) => row.username === username))
}
