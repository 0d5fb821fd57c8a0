import type { Ctx, UserCtx } from '../app/context'
import { authErrors } from '../auth/errors'
import { blockErrors } from '../blocks/errors'
import { refreshFriendsOf } from '../inbox/actions'
import { defaultSettings } from '../profiles/rules'
import { cutPage } from '../shared/page'
import { userErrors } from '../users/errors'
import { avatarUrl } from '../users/rules'
import { friendErrors } from './errors'
import { relationOf, type Standing } from './rules'
import type { Friend, FriendRequest, ListQuery, NewRequest, RequestsQuery } from './schemas'
import {
  deleteFriendship,
  deleteRequest,
  type FriendRow,
  findPair,
  findStanding,
  insertRequest,
  listBlockedBetween,
  listFriendsOf,
  listRequestsOf,
  type PersonRow,
  updateAccepted,
} from './store'

/** How often a decision is made anew when something changes between reading and writing. */
const tries = 10

const iso = (at: number) => new Date(at).toISOString()
const toPerson = ({ userId, username, name, avatarKey }: PersonRow) => ({
  ...{ id: userId, username, name },
  avatarUrl: avatarUrl(avatarKey),
})
const toFriend = (row: FriendRow): Friend => ({ user: toPerson(row), createdAt: iso(row.createdAt) })

const toRequest = (
  row: PersonRow & { id: string; createdAt: number },
  direction: FriendRequest['direction'],
  status: FriendRequest['status'] = 'open',
): FriendRequest => ({ id: row.id, direction, user: toPerson(row), status, createdAt: iso(row.createdAt) })

/** How the caller stands to somebody, in one query; null for who is not there. */
export async function findStandingWith(ctx: UserCtx, userId: string): Promise<Standing | null> {
  const row = await findStanding(ctx, userId)
  if (!row) return null
  return {
    user: { id: row.userId, username: row.username, name: row.name },
    relation: relationOf({
      viewerId: ctx.actor.userId,
      userId,
      areFriends: row.isFriend === 1,
      share: row.share === 1,
    }),
    blockedByMe: row.blockedByMe === 1,
    blocksMe: row.blocksMe === 1,
    privacy: {
      mayMessage: row.mayMessage ?? defaultSettings.mayMessage,
      mayInvite: row.mayInvite ?? defaultSettings.mayInvite,
      maySeePresence: row.maySeePresence ?? defaultSettings.maySeePresence,
      maySeeStudyStats: row.maySeeStudyStats ?? defaultSettings.maySeeStudyStats,
      maySeeProfile: row.maySeeProfile ?? defaultSettings.maySeeProfile,
    },
  }
}

/**
 * The same for whom the caller wants something from: who blocks the caller is as good as not there.
 * @throws user.not_found
 */
export async function relationTo(ctx: UserCtx, userId: string): Promise<Standing> {
  const standing = await findStandingWith(ctx, userId)
  if (!standing || standing.blocksMe) throw userErrors.notFound()
  return standing
}

/** Those of the others who have blocked the person, or whom the person has blocked. One query, any number of others. */
export async function blocksBetween(ctx: Ctx, userId: string, others: string[]): Promise<Set<string>> {
  return new Set(others.length === 0 ? [] : await listBlockedBetween(ctx, userId, others))
}

/**
 * For what a block forbids either way. Who is blocked by the other is told nothing but that nobody is there.
 * @throws block.by_you, user.not_found
 */
export async function requireNoBlock(ctx: UserCtx, userId: string): Promise<Standing> {
  const standing = await relationTo(ctx, userId)
  if (standing.blockedByMe) throw blockErrors.byYou()
  return standing
}

/**
 * For what strangers are told or sent: requests, invitations, direct messages.
 * @throws auth.email_verification_required
 */
export function requireVerifiedEmail(ctx: UserCtx): void {
  if (!ctx.actor.verified) throw authErrors.emailVerificationRequired()
}

/**
 * Asks somebody to be friends. Who has been asked by that person accepts with it; asking again changes nothing.
 * @returns `isNew` false when the caller had asked before
 * @throws auth.email_verification_required, user.not_found, block.by_you, friend.self, friend.already,
 *   friend.too_many_requests, friend.too_many, friend.busy
 */
export async function requestFriend(
  ctx: UserCtx,
  wanted: NewRequest,
): Promise<{ request: FriendRequest; isNew: boolean }> {
  requireVerifiedEmail(ctx)
  const me = ctx.actor.userId
  for (let at = 0; at < tries; at += 1) {
    const { person, request, mayAsk, mayHaveMore } = await findPair(ctx, wanted)
    if (person?.userId === me) throw friendErrors.self()
    if (!person || person.blocksMe === 1) throw userErrors.notFound()
    if (person.blockedByMe === 1) throw blockErrors.byYou()
    if (person.isFriend === 1) throw friendErrors.already()
    if (request?.fromId === me) return { request: toRequest(request, 'outgoing'), isNew: false }
    if (request) {
      const { friend, isOpen } = await updateAccepted(ctx, request.id)
      if (friend) {
        ctx.later(refreshFriendsOf(ctx, [me, person.userId]))
        return { request: toRequest(request, 'incoming', 'accepted'), isNew: true }
      }
      if (isOpen) throw friendErrors.tooMany()
      continue
    }
    if (!mayHaveMore) throw friendErrors.tooMany('You have as many friends as one person may.')
    if (!mayAsk) throw friendErrors.tooManyRequests()
    const written = await insertRequest(ctx, person.userId)
    if (written) return { request: toRequest({ ...person, ...written }, 'outgoing'), isNew: true }
  }
  throw friendErrors.busy()
}

/** @throws friend.request_not_found, friend.too_many */
export async function acceptRequest(ctx: UserCtx, requestId: string): Promise<Friend> {
  const { friend, isOpen } = await updateAccepted(ctx, requestId)
  if (friend) {
    ctx.later(refreshFriendsOf(ctx, [ctx.actor.userId, friend.userId]))
    return toFriend(friend)
  }
  throw isOpen ? friendErrors.tooMany() : friendErrors.requestNotFound()
}

/** Says no, without a word to the one who asked. @throws friend.request_not_found */
export async function rejectRequest(ctx: UserCtx, requestId: string): Promise<void> {
  if (!(await deleteRequest(ctx, requestId, 'receiver'))) throw friendErrors.requestNotFound()
}

/** Takes back one's own request. @throws friend.request_not_found */
export async function withdrawRequest(ctx: UserCtx, requestId: string): Promise<void> {
  if (!(await deleteRequest(ctx, requestId, 'sender'))) throw friendErrors.requestNotFound()
}

/** Ends a friendship, for both. Where there is none, nothing happens. */
export async function endFriendship(ctx: UserCtx, userId: string): Promise<void> {
  await deleteFriendship(ctx, userId)
  ctx.later(refreshFriendsOf(ctx, [ctx.actor.userId, userId]))
}

/** @throws page.bad_cursor */
export async function listFriends(ctx: UserCtx, page: ListQuery) {
  const binding = `friends ${ctx.actor.userId}`
  const after = await readPosition(ctx, binding, page.cursor)
  const { rows, last } = cutPage(await listFriendsOf(ctx, after, page.limit + 1), page.limit)
  return {
    data: rows.map(toFriend),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.userId])),
  }
}

/** @throws page.bad_cursor */
export async function listRequests(ctx: UserCtx, { direction, limit, cursor }: RequestsQuery) {
  const binding = `friend requests ${ctx.actor.userId} ${direction}`
  const after = await readPosition(ctx, binding, cursor)
  const { rows, last } = cutPage(await listRequestsOf(ctx, direction, after, limit + 1), limit)
  return {
    data: rows.map((row) => toRequest(row, direction)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.id])),
  }
}

async function readPosition(ctx: UserCtx, binding: string, cursor: string | undefined) {
  if (cursor === undefined) return null
  const [createdAt, id] = await ctx.cursors.decode(binding, cursor)
  return { createdAt: Number(createdAt), id: String(id) }
}
