import type { UserCtx } from '../app/context'
import { requireMember } from '../channels/standing/actions'
import { cutPage, type Position } from '../shared/page'
import { highlight, snippet } from '../shared/search-snippets'
import { searchMatch, searchTerms } from '../shared/search-terms'
import { toShown } from './actions'
import { type FoundRow, listNotes as listRows, type Wanted } from './list-store'
import type { NoteSummary, NotesQuery, RoomNotesQuery } from './schemas'
import type { NoteView } from './store'

/** The library, one's own notes, or those of a room. @throws room.not_found, channel.membership_required, page.bad_cursor */
export function listNotes(ctx: UserCtx, { mine = false, ...query }: NotesQuery) {
  return readPage(ctx, { mine, roomId: query.roomId ?? null, subjectId: query.subjectId ?? null }, query)
}

/** @throws room.not_found, channel.membership_required, page.bad_cursor */
export function listNotesOfRoom(ctx: UserCtx, roomId: string, query: RoomNotesQuery) {
  return readPage(ctx, { mine: false, roomId, subjectId: query.subjectId ?? null }, query)
}

type PageInput = Pick<NotesQuery, 'query' | 'sort' | 'limit' | 'cursor'>

async function readPage(ctx: UserCtx, wanted: Wanted, { query, sort, limit, cursor }: PageInput) {
  const order = query === undefined ? sort : 'newest'
  const binding = `notes ${ctx.actor.userId} ${JSON.stringify([wanted, query ?? null, order])}`
  const after = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const { standing, rows: found } = await listRows(
    ctx,
    wanted,
    { search: searchOf(wanted, query), sort: order },
    { after, limit: limit + 1 },
  )
  if (wanted.roomId !== null) requireMember(standing)
  const { rows, last } = cutPage(found, limit)
  const seesRoom = wanted.mine || wanted.roomId !== null
  return {
    data: rows.map((row) => toSummary(row, seesRoom, query)),
    nextCursor: last && (await ctx.cursors.encode(binding, positionOf(order, last))),
  }
}

const positionOf = (order: 'newest' | 'most-read', { num, id, viewCount }: NoteView): Position =>
  order === 'newest' ? [num] : [viewCount, id]

/** What asks the index: words, or a scope that no other index has in order. Null: nothing of that. */
function searchOf({ mine, roomId, subjectId }: Wanted, query: string | undefined) {
  if (query !== undefined) {
    const words = searchTerms(query).toSorted((a, b) => b.length - a.length)
    // Words of which nothing is left ask for what nothing has.
    return { match: searchMatch(query) ?? '""', word: words[0] ?? '' }
  }
  const narrows = [mine, roomId, (mine || roomId) && subjectId].filter(Boolean).length
  return narrows > 1 ? { match: null, word: '' } : null
}

function toSummary(row: FoundRow, seesRoom: boolean, query: string | undefined): NoteSummary {
  const summary = { ...toShown(row, seesRoom), excerpt: row.excerpt }
  if (query === undefined || row.part === undefined) return summary
  return {
    ...summary,
    found: { title: highlight(row.title, query), text: snippet(row.part, query, row.isCut === 1) },
  }
}
