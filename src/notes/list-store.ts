import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { areBlocked } from '../blocks/tables'
import type { StandingRow } from '../channels/standing/rules'
import { selectStanding } from '../channels/standing/tables'
import { whole } from '../shared/db'
import type { Position } from '../shared/page'
import { scopeTerm } from './rules'
import { joinAuthor, type NoteView, viewColumns } from './store'
import { notes } from './tables'

/** Which notes a list is of. */
export interface Wanted {
  mine: boolean
  roomId: string | null
  subjectId: string | null
}

export type Sort = 'newest' | 'most-read'

interface Page {
  after: Position | null
  limit: number
}

/**
 * The rows of a list, from the truth and not from the index: a search repeats it for each hit. Written so that the partial
 * indexes of `notes` serve it.
 */
function listed(ctx: UserCtx, { mine, roomId, subjectId }: Wanted): SQL {
  const me = ctx.actor.userId
  const about = subjectId === null ? sql`` : sql`AND n.subject_id = ${subjectId}`
  const inRoom =
    roomId === null ? sql`` : sql`AND n.room_id = ${roomId} AND n.room_id IS NOT NULL AND n.visibility <> 'private'`
  if (mine) return sql`n.author_id = ${me} ${inRoom} ${about}`
  if (roomId !== null) return sql`1 ${inRoom} ${about}`
  return sql`n.visibility = 'public' ${about} AND NOT ${areBlocked(me, sql`n.author_id`)}`
}

const orders = {
  newest: { by: sql`n.num DESC`, after: ([num]: Position) => sql`AND n.num < ${whole(num)}` },
  'most-read': {
    by: sql`n.view_count DESC, n.id DESC`,
    after: ([count, id]: Position) => sql`AND (n.view_count, n.id) < (${whole(count)}, ${id})`,
  },
}

/** A list that one index has in order. */
function selectListed(ctx: UserCtx, wanted: Wanted, sort: Sort, { after, limit }: Page) {
  const order = orders[sort]
  return ctx.db.all<FoundRow>(sql`
    SELECT ${viewColumns} FROM ${notes} n ${joinAuthor}
    WHERE ${listed(ctx, wanted)} ${after ? order.after(after) : sql``} ORDER BY ${order.by} LIMIT ${limit}`)
}

/** How much of a body a hit brings along for its snippet: before the word and in all. */
const windowBefore = 300
const windowLength = 1500

export interface FoundRow extends NoteView {
  /** Part of the body around the first word of the query, or its beginning. */
  part?: string
  /** 1 where the part begins somewhere in the middle. */
  isCut?: number
}

/** @param match a full-text query, or null for all in scope @param word what the part of the body is cut around */
export interface Search {
  match: string | null
  word: string
}

/**
 * What a search finds among the notes that the caller may be shown, the newest first. The scope is part of the question
 * to the index, so that the work follows what is in scope, and each hit is held against the row itself.
 */
function selectFound(ctx: UserCtx, wanted: Wanted, { match, word }: Search, { after, limit }: Page) {
  const at = sql`instr(lower(n.body), ${word})`
  return ctx.db.all<FoundRow>(sql`
    SELECT ${viewColumns}, substr(n.body, max(1, ${at} - ${windowBefore}), ${windowLength}) AS part,
      ${at} > ${windowBefore + 1} AS isCut
    FROM note_search s CROSS JOIN ${notes} n ON n.num = s.rowid ${joinAuthor}
    WHERE s.note_search MATCH ${matchInScope(ctx, wanted, match)} ${after ? sql`AND s.rowid < ${whole(after[0])}` : sql``}
      AND ${listed(ctx, wanted)}
    ORDER BY s.rowid DESC LIMIT ${limit}`)
}

function matchInScope(ctx: UserCtx, { mine, roomId, subjectId }: Wanted, match: string | null): string {
  const scopes = [
    ...(mine ? [scopeTerm.author(ctx.actor.userId)] : []),
    ...(roomId === null ? [] : [scopeTerm.room(roomId)]),
    ...(mine || roomId !== null ? [] : [scopeTerm.public]),
    ...(subjectId === null ? [] : [scopeTerm.subject(subjectId)]),
  ]
  const scope = `scope : (${scopes.map((term) => `"${term}"`).join(' AND ')})`
  return match === null ? scope : `terms : (${match}) AND ${scope}`
}

/** Notes with, for those of a room, the caller's standing in it. `search` null: what an index has in order. */
export async function listNotes(ctx: UserCtx, wanted: Wanted, how: { search: Search | null; sort: Sort }, page: Page) {
  const rows = how.search ? selectFound(ctx, wanted, how.search, page) : selectListed(ctx, wanted, how.sort, page)
  if (wanted.roomId === null) return { standing: undefined, rows: await rows }
  const [[standing], found] = await ctx.db.batch([
    ctx.db.all<StandingRow>(selectStanding(ctx.actor.userId, wanted.roomId)),
    rows,
  ])
  return { standing, rows: found }
}
