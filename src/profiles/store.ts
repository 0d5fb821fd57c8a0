import { and, eq, getTableColumns, ne, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { hasBlocked } from '../blocks/tables'
import { areFriends, shareRoomOrGroup } from '../friends/tables'
import { deletions } from '../privacy/tables'
import { studyStandings, zoneChangesJson } from '../study/tables'
import { subjects, userSubjects } from '../subjects/tables'
import type { Account } from '../users/rules'
import { type UserRow, users } from '../users/tables'
import { defaultSettings } from './rules'
import { consents, type ProfileRow, profiles, type SettingsRow, userSettings } from './tables'

/** The subjects of the user at hand, as JSON. */
const subjectsJson = sql<string>`(
  SELECT json_group_array(json_object('id', s.id, 'name', s.name, 'category', s.category,
    'description', s.description, 'iconPath', s.icon_path))
  FROM ${userSubjects} chosen JOIN ${subjects} s ON s.id = chosen.subject_id WHERE chosen.user_id = users.id)`

// Without its user_id: in a batch, D1 gives only one column of each name.
const { userId: _, ...standing } = getTableColumns(studyStandings)

const accountColumns = {
  ...{ user: users, profile: profiles, subjects: subjectsJson, erasesAt: deletions.erasesAt },
  ...{ standing, zoneChanges: zoneChangesJson(sql`users.id`) },
}

interface AccountRow {
  user: UserRow
  profile: ProfileRow | null
  subjects: string
  erasesAt: number | null
  standing: Account['standing']
  zoneChanges: string
}

const toAccount = (row: AccountRow): Account => ({
  ...row,
  subjects: JSON.parse(row.subjects),
  zoneChanges: JSON.parse(row.zoneChanges),
})

/** The statement that reads an account that is not erased, with all that belongs to it; for `firstAccount`. */
export const selectAccount = (ctx: Ctx, userId: string) =>
  ctx.db
    .select(accountColumns)
    .from(users)
    .leftJoin(profiles, eq(profiles.userId, users.id))
    .leftJoin(deletions, eq(deletions.userId, users.id))
    .leftJoin(studyStandings, eq(studyStandings.userId, users.id))
    .where(and(eq(users.id, userId), ne(users.status, 'deleted')))

export const firstAccount = ([row]: AccountRow[]): Account | null => (row ? toAccount(row) : null)

/** Somebody as the caller may know them, and how the two stand. Null once they are leaving, or for whom they blocked. */
export async function findSeen(ctx: UserCtx, userId: string) {
  const viewerId = ctx.actor.userId
  const seen = sql`users.id`
  const [row] = await ctx.db
    .select({
      ...accountColumns,
      isFriend: areFriends(viewerId, seen),
      share: shareRoomOrGroup(viewerId, seen),
      maySeeProfile: userSettings.maySeeProfile,
    })
    .from(users)
    .leftJoin(profiles, eq(profiles.userId, users.id))
    .leftJoin(deletions, eq(deletions.userId, users.id))
    .leftJoin(studyStandings, eq(studyStandings.userId, users.id))
    .leftJoin(userSettings, eq(userSettings.userId, users.id))
    .where(and(eq(users.id, userId), ne(users.status, 'deleted'), sql`NOT ${hasBlocked(seen, viewerId)}`))
  if (!row || (row.erasesAt !== null && userId !== viewerId)) return null
  const { isFriend, share, maySeeProfile } = row
  return { account: toAccount(row), isFriend: isFriend === 1, share: share === 1, maySeeProfile }
}

export type AccountChanges = Partial<
  Pick<UserRow, 'name' | 'username' | 'bio' | 'timezone' | 'dayStartHour' | 'locale'>
>
export type ProfileChanges = Partial<Omit<ProfileRow, 'userId'>>

/** The statement that changes the caller's own row. */
export const updateUser = (ctx: UserCtx, changes: AccountChanges) =>
  ctx.db
    .update(users)
    .set({ ...changes, updatedAt: ctx.now() })
    .where(eq(users.id, ctx.actor.userId))

/** The statement that changes somebody's profile, or begins it. */
export function upsertProfile(ctx: Ctx, userId: string, changes: ProfileChanges) {
  const begin = ctx.db.insert(profiles).values({ userId, ...changes })
  return Object.values(changes).every((value) => value === undefined)
    ? begin.onConflictDoNothing()
    : begin.onConflictDoUpdate({ target: profiles.userId, set: changes })
}

/** The statement that notes which version of the privacy page a new person has agreed to. */
export const insertConsent = (ctx: Ctx, userId: string, version: string, agreedAt: number) =>
  ctx.db.insert(consents).values({ userId, version, agreedAt })

export async function findSettings(ctx: Ctx, userId: string): Promise<SettingsRow | null> {
  const [row] = await ctx.db.select().from(userSettings).where(eq(userSettings.userId, userId))
  return row ?? null
}

/** The statement that changes somebody's settings and returns them all. */
export const upsertSettings = (ctx: Ctx, userId: string, changes: Partial<Omit<SettingsRow, 'userId'>>) =>
  ctx.db
    .insert(userSettings)
    .values({ ...defaultSettings, userId, ...changes })
    .onConflictDoUpdate({ target: userSettings.userId, set: changes })
    .returning()
