import type { Ctx } from '../../app/context'
import { localeOf } from '../../mail/actions'
import { enrolPerson } from '../../profiles/actions'
import { refusedBy } from '../../shared/db'
import { userErrors } from '../../users/errors'
import { usernameFrom } from '../../users/rules'
import type { UserRow } from '../../users/tables'
import { authErrors } from '../errors'
import { addressOf, registerThrottle } from '../rules'
import { insertAccount, selectTaken } from '../store'
import type { SessionRow } from '../tables'
import { takeThrottles } from '../throttle-store'
import { newSession } from './issue-tokens'
import { throttled } from './throttle'

type Enrolment = Parameters<typeof insertAccount>[4]

/** Somebody who is not here yet. */
export interface NewPerson
  extends Pick<UserRow, 'email' | 'emailVerifiedAt' | 'phone' | 'passwordHash' | 'name' | 'timezone'> {
  transport: SessionRow['transport']
  profile: Parameters<typeof enrolPerson>[2]
  /** What else goes into the same batch, such as the way to sign in. */
  withIt?(userId: string): Enrolment
}

/**
 * Makes an account with its first session, under the first of these names that nobody has.
 * @param usernames from `findUsernames`
 * @throws auth.email_taken, user.username_taken
 */
export async function makeAccount(ctx: Ctx, person: NewPerson, usernames: string[]) {
  const { transport, profile, withIt, ...given } = person
  for (const username of usernames) {
    const now = ctx.now()
    const user = {
      ...given,
      id: ctx.newId('user'),
      username,
      bio: '',
      avatarKey: null,
      role: 'student' as const,
      status: 'active' as const,
      dayStartHour: 0,
      locale: localeOf(ctx),
      createdAt: now,
      updatedAt: now,
      lastActiveAt: now,
    }
    const session = newSession(ctx, user.id, transport)
    try {
      const enrolment = [...enrolPerson(ctx, user, profile), ...(withIt?.(user.id) ?? [])]
      await insertAccount(ctx, user, session, addressOf(ctx), enrolment)
      return { user, session }
    } catch (error) {
      if (refusedBy(error) === 'users.email') throw authErrors.emailTaken()
      // Somebody was faster with this username; one that we made ourselves has others behind it.
      if (refusedBy(error) !== 'users.username') throw error
    }
  }
  throw userErrors.usernameTaken()
}

/**
 * Counts the registration, and says which usernames somebody may get, best first: the one that was asked for, or some
 * that are made from the name.
 * @throws auth.email_taken, rate.limited
 */
export async function findUsernames(
  ctx: Ctx,
  { email, name, username }: { email: string | null; name: string; username?: string },
): Promise<string[]> {
  const usernames = username === undefined ? usernamesFor(ctx, name) : [username]
  const throttle = registerThrottle(addressOf(ctx), ctx.config.REGISTRATIONS_PER_ADDRESS)
  const [counted, full, taken] = await ctx.db.batch([
    ...takeThrottles(ctx, [throttle]),
    selectTaken(ctx, email ?? '', usernames),
  ])
  if (counted.length === 0) throw throttled(ctx, full)
  if (email !== null && taken.some((row) => row.email === email)) throw authErrors.emailTaken()
  return usernames.filter((one) => !taken.some((row) => row.username === one))
}

/** What we would call somebody who has not chosen a username, best first. */
function usernamesFor(ctx: Ctx, name: string): string[] {
  const { base, alone } = usernameFrom(name)
  const suffixed = [1, 2, 3].map(() => `${base}_${ctx.newId('user').slice(-5)}`)
  return alone ? [base, ...suffixed] : suffixed
}
