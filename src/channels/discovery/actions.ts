import type { UserCtx } from '../../app/context'
import { cutPage, type Position } from '../../shared/page'
import { searchMatch } from '../../shared/search-terms'
import type { ChannelKind } from '../live/contract'
import { subjectTerm } from '../rules'
import type { ChannelView } from '../views/store'
import { type ChannelSort, listOwnChannels, listPublicChannels, positionOf, searchChannels } from './store'

interface PageInput {
  limit: number
  cursor?: string | undefined
}

interface ChannelPage {
  views: ChannelView[]
  nextCursor: string | null
}

/**
 * Public channels, all of them or those that a search finds. A search is always sorted by the newest.
 * @throws page.bad_cursor
 */
export async function discoverChannels(
  ctx: UserCtx,
  kind: ChannelKind,
  input: PageInput & { query?: string | undefined; sort: ChannelSort; subjectId?: string | undefined },
): Promise<ChannelPage> {
  const { query, sort, subjectId } = input
  const binding = `channels ${ctx.actor.userId} ${kind} ${sort} ${subjectId ?? ''} ${query ?? ''}`
  if (query === undefined)
    return readPage(
      ctx,
      input,
      binding,
      (view) => positionOf(sort, view),
      (after, limit) => listPublicChannels(ctx, { kind, sort, subjectId }, after, limit),
    )
  const words = searchMatch(query)
  const match = words !== null && subjectId !== undefined ? `${words} AND "${subjectTerm(subjectId)}"` : words
  if (match === null) return { views: [], nextCursor: null }
  return readPage(
    ctx,
    input,
    binding,
    (view) => [view.num],
    (after, limit) => searchChannels(ctx, kind, match, after, limit),
  )
}

/** The channels in which the caller is a member, the last joined first. @throws page.bad_cursor */
export async function listMyChannels(ctx: UserCtx, kinds: ChannelKind[], input: PageInput): Promise<ChannelPage> {
  const binding = `own channels ${ctx.actor.userId} ${kinds[0]}`
  return readPage(
    ctx,
    input,
    binding,
    (view) => [view.membership?.joinedAt ?? 0, view.id],
    (after, limit) => listOwnChannels(ctx, kinds, after, limit),
  )
}

async function readPage(
  ctx: UserCtx,
  { limit, cursor }: PageInput,
  binding: string,
  positionOfView: (view: ChannelView) => Position,
  read: (after: Position | null, limit: number) => Promise<ChannelView[]>,
): Promise<ChannelPage> {
  const after = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const { rows, last } = cutPage(await read(after, limit + 1), limit)
  return { views: rows, nextCursor: last && (await ctx.cursors.encode(binding, positionOfView(last))) }
}
