import { toProfile, toStudyPlans } from '../profiles/rules'
import type { ProfileRow } from '../profiles/tables'
import type { ZoneChange } from '../study/contract'
import { dateOf, dayAt, zoneAt } from '../study/rules/days'
import { noStreak, skipsOf, streakOn } from '../study/rules/streak'
import { levelOf } from '../study/rules/xp'
import { toSubject } from '../subjects/rules'
import type { UserRow } from './tables'

/** The version of /docs/privacy that new people agree to: the day on which what it says last changed. */
export const privacyVersion = '2026-11-26'

const minUsername = 3
/** Shorter than a username may be, so that a suffix fits behind it. */
const maxMadeUsername = 24

/** Names that would speak for Studyhall, or collide with an address. */
const reserved = new Set(
  `about account accounts admin administrator all anonymous api auth bot channel channels contact deleted everyone
  friends group groups guest health help here info instructor leader leaders login logout mail me mod moderator
  moderators new nobody notes notifications null official operator owner postmaster register room rooms root
  security self settings signin signup staff student study study_hall studyhall support system team undefined
  unknown user username users webmaster www`.split(/\s+/),
)

export const isReservedUsername = (username: string) => reserved.has(username)

/**
 * A username made from a person's name: what of it can be written in a-z and 0-9, or `student`.
 * @returns whether it can stand alone, or wants a suffix to tell people apart
 */
export function usernameFrom(name: string): { base: string; alone: boolean } {
  const made = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, maxMadeUsername)
    .replace(/^_+|_+$/g, '')
  if (made.length < minUsername) return { base: 'student', alone: false }
  return { base: made, alone: !isReservedUsername(made) }
}

/** Where somebody's picture is. The key is as good as a permission: it is told to whoever may see the person. */
export const avatarUrl = (avatarKey: string | null) => (avatarKey === null ? null : `/api/v1/avatars/${avatarKey}`)

const toIso = (ms: number) => new Date(ms).toISOString()

type Subject = Parameters<typeof toSubject>[0]

/** An account with all that belongs to it. */
export interface Account {
  user: UserRow
  profile: ProfileRow | null
  subjects: Subject[]
  /** When the account is going to be erased, in milliseconds since 1970; null unless its owner wants that. */
  erasesAt: number | null
  /** Null for people who have not studied yet. */
  standing: {
    xp: number
    streakDays: number
    streakLongest: number
    streakLastOn: string | null
    freezes: number
    towardsFreeze: number
  } | null
  zoneChanges: ZoneChange[]
}

/** Experience, level and days in a row, as they stand now. */
function toStanding({ user, standing, zoneChanges }: Pick<Account, 'user' | 'standing' | 'zoneChanges'>, now: number) {
  const xp = standing?.xp ?? 0
  const streak = standing
    ? { ...standing, days: standing.streakDays, longest: standing.streakLongest, lastOn: standing.streakLastOn }
    : noStreak
  const today = dateOf(dayAt(now, zoneAt(now, zoneChanges, user)))
  return { xp, level: levelOf(xp), streak: streakOn(streak, today, skipsOf(zoneChanges)).days }
}

const byName = (subjects: Subject[]) => subjects.map(toSubject).toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** A person as they see themselves. */
export const toMe = ({ user, profile, subjects, erasesAt, ...study }: Account, now: number) => ({
  id: user.id,
  email: user.email,
  emailVerified: user.emailVerifiedAt !== null,
  ...(user.phone === null ? {} : { phone: user.phone }),
  username: user.username,
  name: user.name,
  bio: user.bio,
  avatarUrl: avatarUrl(user.avatarKey),
  role: user.role,
  timezone: user.timezone,
  dayStartHour: user.dayStartHour,
  locale: user.locale,
  ...toProfile(profile),
  subjects: byName(subjects),
  ...toStudyPlans(profile),
  ...toStanding({ user, ...study }, now),
  isPremium: false,
  createdAt: toIso(user.createdAt),
  updatedAt: toIso(user.updatedAt),
  lastActiveAt: toIso(user.lastActiveAt),
  erasesAt: erasesAt === null ? null : toIso(erasesAt),
})

/** A person as everybody sees them: never mail, time zone or role. */
export const toPublicUser = (row: Pick<UserRow, 'id' | 'username' | 'name' | 'avatarKey' | 'bio' | 'createdAt'>) => ({
  id: row.id,
  username: row.username,
  name: row.name,
  avatarUrl: avatarUrl(row.avatarKey),
  bio: row.bio,
  createdAt: toIso(row.createdAt),
})

/** A person as one viewer sees them. @param showsStudies whether the person lets this viewer see the profile */
export const toVisibleUser = ({ user, profile, subjects }: Account, showsStudies: boolean) => ({
  ...toPublicUser(user),
  studies: showsStudies ? { ...toProfile(profile), subjects: byName(subjects) } : null,
})
