import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { whole } from '../../shared/db'
import type { Position } from '../../shared/page'
import { searchIndexOf } from '../lifecycle/store'
import type { ChannelKind } from '../live/contract'
import { channels, memberships } from '../tables'
import { type ChannelView, joinSubject, joinViewer, toView, type ViewRow, viewColumns } from '../views/store'

export type ChannelSort = 'newest' | 'name' | 'members'

const listed = sql`c.visibility = 'public' AND c.deleted_at IS NULL AND c.is_active = 1`

/**
 * The order of each sort and where a page goes on. Equals stand in the order of their ids: a pair that ends in the rowid is
 * not looked up in an index, and a deep page would read all before it. The indexes channels_newest, _by_name and _by_members serve them.
 */
const orders: Record<
  ChannelSort,
  { by: SQL; after: (at: Position) => SQL; position: (view: ChannelView) => Position }
> = {
  newest: {
    by: sql`c.num DESC`,
    after: ([num]) => sql`AND c.num < ${whole(num)}`,
    position: (view) => [view.num],
  },
  name: {
    by: sql`c.name COLLATE NOCASE, c.id`,
    // Beside the bound: a collation beside the column keeps the pair from being looked up in the index.
    after: ([name, id]) => sql`AND (c.name, c.id) > (${name} COLLATE NOCASE, ${id})`,
    position: (view) => [view.name, view.id],
  },
  members: {
    by: sql`c.member_count DESC, c.id DESC`,
    after: ([count, id]) => sql`AND (c.member_count, c.id) < (${whole(count)}, ${id})`,
    position: (view) => [view.memberCount, view.id],
  },
}

export const positionOf = (sort: ChannelSort, view: ChannelView) => orders[sort].position(view)

/** Public channels of one kind. @param subjectId of those about one subject; they are sorted by the newest only */
export async function listPublicChannels(
  ctx: UserCtx,
  { kind, sort, subjectId }: { kind: ChannelKind; sort: ChannelSort; subjectId?: string | undefined },
  after: Position | null,
  limit: number,
): Promise<ChannelView[]> {
  const order = orders[sort]
  const about = subjectId === undefined ? sql`` : sql`AND c.subject_id = ${subjectId}`
  const rows = await ctx.db.all<ViewRow>(sql`
    SELECT ${viewColumns} FROM ${channels} c ${joinViewer(ctx.actor.userId)}
    WHERE c.kind = ${kind} AND ${listed} ${about} ${after ? order.after(after) : sql``}
    ORDER BY ${order.by} LIMIT ${limit}`)
  return rows.map(toView)
}

/**
 * Public channels of one kind that a full-text query finds, the newest first. Only the rowid orders them: a rank would
 * be computed for every hit, and rows_read does not show that work.
 */
export async function searchChannels(
  ctx: UserCtx,
  kind: ChannelKind,
  match: string,
  after: Position | null,
  limit: number,
): Promise<ChannelView[]> {
  const rows = await ctx.db.all<ViewRow>(sql`
    SELECT ${viewColumns} FROM ${searchIndexOf(kind)} s CROSS JOIN ${channels} c ON c.num = s.rowid
    ${joinViewer(ctx.actor.userId)}
    WHERE s.terms MATCH ${match} ${after ? sql`AND s.rowid < ${whole(after[0])}` : sql``} AND c.kind = ${kind} AND ${listed}
    ORDER BY s.rowid DESC LIMIT ${limit}`)
  return rows.map(toView)
}

/** The kinds as the index memberships_by_kind tells them apart. */
const kindOfId: Record<ChannelKind, SQL> = { room: sql`2`, personal: sql`2`, group: sql`1`, conversation: sql`0` }

/** The caller's own channels of these kinds, the last joined first. */
export async function listOwnChannels(
  ctx: UserCtx,
  kinds: ChannelKind[],
  after: Position | null,
  limit: number,
): Promise<ChannelView[]> {
  const rows = await ctx.db.all<ViewRow>(sql`
    SELECT ${viewColumns} FROM ${memberships} m CROSS JOIN ${channels} c ON c.id = m.channel_id ${joinSubject}
    WHERE m.user_id = ${ctx.actor.userId} AND m.state = 'active'
      AND (m.channel_id >= 'g') + (m.channel_id >= 'r') = ${kindOfId[kinds[0] ?? 'room']}
      ${after ? sql`AND (m.joined_at, m.channel_id) < (${whole(after[0])}, ${after[1]})` : sql``}
      AND c.kind IN (SELECT value FROM json_each(${JSON.stringify(kinds)})) AND c.deleted_at IS NULL
    ORDER BY m.joined_at DESC, m.channel_id DESC LIMIT ${limit}`)
  return rows.map(toView)
}
