import type { Ctx, UserCtx } from '../app/context'
import { relationOf } from '../friends/rules'
import { refusedBy } from '../shared/db'
import { cutPage } from '../shared/page'
import { searchMatch, searchTerms } from '../shared/search-terms'
import { userErrors } from '../users/errors'
import { type Account, privacyVersion, toMe, toPublicUser, toVisibleUser } from '../users/rules'
import type { UpdateMe, UsersQuery } from '../users/schemas'
import { defaultSettings, isInAudience, toSettings } from './rules'
import type { ProfileInput, UpdateSettings } from './schemas'
import { deleteTerms, insertTerms, searchUsers } from './search-store'
import {
  type AccountChanges,
  findSeen,
  findSettings,
  firstAccount,
  insertConsent,
  type ProfileChanges,
  selectAccount,
  updateUser,
  upsertProfile,
  upsertSettings,
} from './store'

/** The caller's own account. @throws user.not_found */
export async function showMe(ctx: UserCtx) {
  return readMe(ctx, ctx.actor.userId)
}

/** The statement that reads an account, to go with another; `toMeReply` makes of it what its owner sees. */
export const selectMe = selectAccount

/** @throws user.not_found */
export const toMeReply = (ctx: Ctx, rows: Parameters<typeof firstAccount>[0]) => toMe(requireAccount(rows), ctx.now())

/** An account as its owner sees it, for those who have just proven to be the owner. @throws user.not_found */
export async function readMe(ctx: Ctx, userId: string) {
  return toMe(await accessAccount(ctx, userId), ctx.now())
}

/**
 * Changes the caller's own account and profile, and people search with the name.
 * @param alongside statements that belong to the change
 * @throws user.username_taken
 */
export async function changeAccount(ctx: UserCtx, changes: UpdateMe, alongside: ReturnType<typeof deleteTerms>[] = []) {
  const { userId } = ctx.actor
  const { account, profile } = splitChanges(changes)
  const isRename = account.name !== undefined || account.username !== undefined
  const named = isRename ? nameAfter((await accessAccount(ctx, userId)).user, account) : null
  const batch = ctx.db.batch([
    updateUser(ctx, account),
    upsertProfile(ctx, userId, profile),
    selectAccount(ctx, userId),
    ...(named ? reindex(ctx, named) : []),
    ...alongside,
  ])
  const [, , rows] = await batch.catch((error) => {
    throw refusedBy(error) === 'users.username' ? userErrors.usernameTaken() : error
  })
  const after = requireAccount(rows)
  // Somebody with two devices may change the name here and the username there; whoever is last indexes both.
  const { name, username } = after.user
  if (named && (name !== named.name || username !== named.username))
    await ctx.db.batch(reindex(ctx, { userId, name, username }))
  return toMe(after, ctx.now())
}

const nameAfter = (user: { id: string; name: string; username: string }, changes: AccountChanges): Named => ({
  userId: user.id,
  name: changes.name ?? user.name,
  username: changes.username ?? user.username,
})

/** @throws user.not_found */
function requireAccount(rows: Parameters<typeof firstAccount>[0]): Account {
  const account = firstAccount(rows)
  if (!account) throw userErrors.notFound()
  return account
}

const accessAccount = async (ctx: Ctx, userId: string) => requireAccount(await selectAccount(ctx, userId))

interface Named {
  userId: string
  name: string
  username: string
}

const withTerms = (named: Named) => ({ ...named, terms: searchTerms(`${named.name} ${named.username}`).join(' ') })

/** The statements that put somebody into people search under the present name, or take out who may not be found. */
const reindex = (ctx: Ctx, named: Named) =>
  [deleteTerms(ctx, named.userId), insertTerms(ctx, withTerms(named))] as const

/** The statement that takes somebody out of people search. */
export const unindexPerson = deleteTerms

/** For those whose right to be found has changed otherwise: the statements for the batch. */
export async function reindexPerson(ctx: Ctx, userId: string) {
  const { user } = await accessAccount(ctx, userId)
  return reindex(ctx, { userId, name: user.name, username: user.username })
}

interface NewPerson {
  id: string
  name: string
  username: string
  createdAt: number
}

/** The statements that every new account needs in the batch behind its own row. */
export function enrolPerson(ctx: Ctx, user: NewPerson, profile: ProfileInput) {
  return [
    upsertProfile(ctx, user.id, toProfileChanges(profile)),
    insertConsent(ctx, user.id, privacyVersion, user.createdAt),
    insertTerms(ctx, withTerms({ userId: user.id, name: user.name, username: user.username })),
  ] as const
}

function splitChanges(changes: UpdateMe): { account: AccountChanges; profile: ProfileChanges } {
  const { name, username, bio, timezone, dayStartHour, locale, ...profile } = changes
  const account = Object.entries({ name, username, bio, timezone, dayStartHour, locale })
  return {
    account: Object.fromEntries(account.filter(([, value]) => value !== undefined)),
    profile: toProfileChanges(profile),
  }
}

function toProfileChanges({ groupPreferences, ...profile }: ProfileInput): ProfileChanges {
  const changes = Object.entries({ ...profile, ...groupPreferences })
  return Object.fromEntries(changes.filter(([, value]) => value !== undefined))
}

/** Somebody as the caller may see them. @throws user.not_found */
export async function showUser(ctx: UserCtx, userId: string) {
  const seen = await findSeen(ctx, userId)
  if (!seen) throw userErrors.notFound()
  const relation = relationOf({ viewerId: ctx.actor.userId, userId, areFriends: seen.isFriend, share: seen.share })
  return toVisibleUser(seen.account, isInAudience(seen.maySeeProfile ?? defaultSettings.maySeeProfile, relation))
}

/** People who let themselves be found, by name and username, the newest first. @throws page.bad_cursor */
export async function findPeople(ctx: UserCtx, { query, limit, cursor }: UsersQuery) {
  const match = searchMatch(query)
  if (match === null) return { data: [], nextCursor: null }
  const binding = `people ${ctx.actor.userId} ${query}`
  const [before] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const found = await searchUsers(ctx, match, before === undefined ? null : Number(before), limit + 1)
  const { rows, last } = cutPage(found, limit)
  return { data: rows.map(toPublicUser), nextCursor: last && (await ctx.cursors.encode(binding, [last.num])) }
}

export async function showSettings(ctx: UserCtx) {
  return toSettings((await findSettings(ctx, ctx.actor.userId)) ?? defaultSettings)
}

/**
 * Changes the caller's own settings; what is left out stays.
 * @param alongside statements that belong to the change
 */
export async function updateSettings(
  ctx: UserCtx,
  { privacy = {}, study = {} }: UpdateSettings,
  alongside: ReturnType<typeof deleteTerms>[] = [],
) {
  const { userId } = ctx.actor
  const changes = Object.fromEntries(
    Object.entries({ ...privacy, ...study }).filter(([, value]) => value !== undefined),
  )
  if (Object.keys(changes).length === 0) return showSettings(ctx)
  const reindex = privacy.discoverable === undefined ? [] : await reindexPerson(ctx, userId)
  const [[row]] = await ctx.db.batch([upsertSettings(ctx, userId, changes), ...reindex, ...alongside])
  return toSettings(row ?? defaultSettings)
}
