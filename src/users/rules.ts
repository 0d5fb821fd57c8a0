import type { UserRow } from './tables'

const minUsername = 3
/** Shorter than a username may be, so that a suffix fits behind it. */
const maxMadeUsername = 24

/** Names that would speak for Studyhall, or collide with an address. */
const reserved = new Set(
  `about account accounts admin administrator all anonymous api auth bot channel channels contact deleted everyone
  friends group groups guest health help here info instructor login logout mail me moderator moderators mod new null
  nobody notes notifications official operator owner postmaster register root rooms security self settings signin
  signup staff student study studyhall study_hall support system team undefined unknown user username users
  webmaster www`.split(/\s+/),
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

const toIso = (ms: number) => new Date(ms).toISOString()

/** A person as they see themselves. */
export const toMe = (row: UserRow) => ({
  id: row.id,
  email: row.email,
  emailVerified: row.emailVerifiedAt !== null,
  username: row.username,
  name: row.name,
  bio: row.bio,
  avatarUrl: null,
  role: row.role,
  timezone: row.timezone,
  dayStartHour: row.dayStartHour,
  locale: row.locale,
  createdAt: toIso(row.createdAt),
  updatedAt: toIso(row.updatedAt),
  lastActiveAt: toIso(row.lastActiveAt),
})

/** A person as others see them: never mail, time zone or role. */
export const toPublicUser = (row: Pick<UserRow, 'id' | 'username' | 'name' | 'bio' | 'createdAt'>) => ({
  id: row.id,
  username: row.username,
  name: row.name,
  avatarUrl: null,
  bio: row.bio,
  createdAt: toIso(row.createdAt),
})
