import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { subjects } from '../../subjects/tables'
import { promoteWaiting } from '../entry/store'
import { errorsOf, type KindErrors } from '../errors'
import type { ChannelKind, MemberRole, MemberState } from '../live/contract'
import { selectChange, selectChangeOf, toChange } from '../store'
import { type ChannelSettings, channels, memberships } from '../tables'

export type JoinPolicy = 'open' | 'request' | 'invite'

/** A channel as one person sees it. */
export interface ChannelView {
  num: number
  id: string
  kind: ChannelKind
  name: string
  description: string
  visibility: 'public' | 'private'
  settings: Required<ChannelSettings>
  subject: { id: string; name: string; iconPath: string | null } | null
  joinPolicy: JoinPolicy
  minLevel: number
  isActive: boolean
  schedule: string | null
  location: string | null
  maxMembers: number
  memberCount: number
  version: number
  createdAt: number
  updatedAt: number
  owner: { id: string; name: string } | null
  /** The viewer's row, active or not. */
  membership: { role: MemberRole; state: MemberState; joinedAt: number; changeId: string } | null
}

export interface ViewRow {
  num: number
  id: string
  kind: ChannelKind
  name: string
  description: string
  visibility: 'public' | 'private'
  settings: string
  subjectId: string | null
  subjectName: string | null
  subjectIconPath: string | null
  joinPolicy: JoinPolicy
  minLevel: number
  isActive: number
  schedule: string | null
  location: string | null
  maxMembers: number
  memberCount: number
  version: number
  createdAt: number
  updatedAt: number
  ownerId: string | null
  ownerName: string | null
  role: MemberRole | null
  state: MemberState | null
  joinedAt: number | null
  changeId: string | null
}

/** The columns of a view; `c` is the channel, `m` the viewer's membership, `subject` what is studied. */
export const viewColumns = sql`
  c.num, c.id, c.kind, c.name, c.description, c.visibility, c.settings, subject.id AS subjectId,
  subject.name AS subjectName, subject.icon_path AS subjectIconPath, c.join_policy AS joinPolicy,
  c.min_level AS minLevel, c.is_active AS isActive, c.schedule, c.location, c.max_members AS maxMembers,
  c.member_count AS memberCount, c.version, c.created_at AS createdAt, c.updated_at AS updatedAt,
  c.owner_id AS ownerId, c.owner_name AS ownerName, m.role, m.state, m.joined_at AS joinedAt, m.change_id AS changeId`

export const joinSubject = sql`LEFT JOIN ${subjects} subject ON subject.id = c.subject_id`

export const joinViewer = (viewerId: string) =>
  sql`LEFT JOIN ${memberships} m ON m.channel_id = c.id AND m.user_id = ${viewerId} ${joinSubject}`

export function toView(row: ViewRow): ChannelView {
  const { settings, ownerId, ownerName, role, state, joinedAt, changeId, ...others } = row
  const { subjectId, subjectName, subjectIconPath, isActive, ...rest } = others
  return {
    ...rest,
    settings: { slowModeSeconds: 0, ...JSON.parse(settings) },
    subject:
      subjectId !== null && subjectName !== null
        ? { id: subjectId, name: subjectName, iconPath: subjectIconPath }
        : null,
    isActive: isActive === 1,
    owner: ownerId !== null && ownerName !== null ? { id: ownerId, name: ownerName } : null,
    membership:
      role !== null && state !== null && joinedAt !== null && changeId !== null
        ? { role, state, joinedAt, changeId }
        : null,
  }
}

/** The statement that reads a live channel as the caller sees it, whether or not the caller may see it. */
export function selectView(ctx: UserCtx, where: SQL) {
  return ctx.db.all<ViewRow>(sql`
    SELECT ${viewColumns} FROM ${channels} c ${joinViewer(ctx.actor.userId)}
    WHERE ${where} AND c.deleted_at IS NULL`)
}

/** A channel is visible when it is public or the viewer's own. */
export const isVisible = (view: ChannelView) => view.visibility === 'public' || view.membership?.state === 'active'

/**
 * The first of the rows, if its viewer may see it.
 * @throws the given error, the same for what is absent, deleted and not visible
 */
export function requireVisible(rows: ViewRow[], errors: KindErrors): ChannelView {
  const [row] = rows
  const view = row ? toView(row) : null
  if (!view || !isVisible(view)) throw errors.notFound()
  return view
}

/** @throws room.not_found and its like */
export async function accessView(ctx: UserCtx, kinds: ChannelKind[], channelId: string): Promise<ChannelView> {
  return requireVisible(await selectView(ctx, isOneOf(kinds, channelId)), errorsOf(kinds[0] ?? 'room'))
}

export const isOneOf = (kinds: ChannelKind[], channelId: string) =>
  sql`c.id = ${channelId} AND c.kind IN (SELECT value FROM json_each(${JSON.stringify(kinds)}))`

/**
 * Holds while the channel lives and these people are active in it in these roles: what a decision was made on. A write
 * that carries it misses when somebody was quicker.
 */
export function stillHolds(channelId: string, roles: { userId: string; role: MemberRole }[]): SQL {
  const conditions = roles.map(
    ({ userId, role }) => sql` AND EXISTS (SELECT 1 FROM memberships AS held WHERE held.channel_id = ${channelId}
      AND held.user_id = ${userId} AND held.role = ${role} AND held.state = 'active')`,
  )
  return sql`EXISTS (SELECT 1 FROM channels AS held WHERE held.id = ${channelId} AND held.deleted_at IS NULL)${sql.join(conditions)}`
}

/** Holds while the person owns fewer channels of these kinds than `max`; looks at no more than `max` rows. */
export const ownsFewerThan = (userId: string | SQL, kinds: ChannelKind[], max: number) => sql`
  (SELECT count(*) FROM (SELECT 1 FROM channels AS owned WHERE owned.owner_id = ${userId} AND owned.deleted_at IS NULL
   AND owned.kind IN (SELECT value FROM json_each(${JSON.stringify(kinds)})) LIMIT ${max})) < ${max}`

const channelChanged = (channelId: string, changeId: string) =>
  sql`EXISTS (SELECT 1 FROM channels WHERE id = ${channelId} AND change_id = ${changeId})`

/** What owners and moderators write. */
export interface ChannelFields {
  name: string
  description: string
  visibility: 'public' | 'private'
  settings: ChannelSettings
  subjectId: string | null
  joinPolicy: JoinPolicy
  minLevel: number
  isActive: boolean
  schedule: string | null
  location: string | null
  maxMembers: number
  terms: string
}

export interface NewChannel extends ChannelFields {
  id: string
  kind: ChannelKind
}

/** Writes a channel and its owner; null when the owner owns `maxOwned` of these kinds already. */
export async function insertChannel(ctx: UserCtx, channel: NewChannel, kinds: ChannelKind[], maxOwned: number) {
  const { id, kind, name, description, visibility, maxMembers, subjectId, joinPolicy, minLevel } = channel
  const { userId } = ctx.actor
  const now = ctx.now()
  const changeId = ctx.newId('change')
  const [, , , rows, change] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO channels
        (id, kind, name, description, visibility, settings, subject_id, join_policy, min_level, is_active, schedule,
         location, owner_id, max_members, change_id, created_at, updated_at)
      SELECT ${id}, ${kind}, ${name}, ${description}, ${visibility}, ${JSON.stringify(channel.settings)}, ${subjectId},
        ${joinPolicy}, ${minLevel}, ${channel.isActive}, ${channel.schedule}, ${channel.location}, ${userId},
        ${maxMembers}, ${changeId}, ${now}, ${now}
      WHERE ${ownsFewerThan(userId, kinds, maxOwned)}`),
    ctx.db.run(sql`
      INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id)
      SELECT ${id}, ${userId}, 'owner', 'active', ${now}, ${now}, ${changeId} WHERE ${channelChanged(id, changeId)}`),
    insertTerms(ctx, id, kind, changeId, channel.terms),
    selectView(ctx, sql`c.id = ${id}`),
    selectChange(ctx, id, [userId]),
  ])
  const [row] = rows
  return row ? { view: toView(row), change: toChange(change) } : null
}

/** Groups are found in an index of their own, so that a search for rooms does not wade through groups. */
export const searchIndexOf = (kind: ChannelKind) => sql.raw(kind === 'group' ? 'group_search' : 'channel_search')

/** What is public may be found by its terms; conversations, private channels and groups that rest never. */
const insertTerms = (ctx: Ctx, channelId: string, kind: ChannelKind, changeId: string, terms: string) =>
  ctx.db.run(sql`
    INSERT INTO ${searchIndexOf(kind)} (rowid, terms) SELECT num, ${terms} FROM channels
    WHERE id = ${channelId} AND change_id = ${changeId} AND visibility = 'public' AND is_active = 1
      AND deleted_at IS NULL`)

const deleteTerms = (ctx: Ctx, channelId: string, kind: ChannelKind, changeId: string) =>
  ctx.db.run(sql`
    DELETE FROM ${searchIndexOf(kind)}
    WHERE rowid = (SELECT num FROM channels WHERE id = ${channelId} AND change_id = ${changeId})`)

/**
 * Writes all editable fields over the version that was read and lets in whom that makes room for; null when that
 * version or the editor's role is gone.
 */
export async function updateChannel(ctx: UserCtx, seen: ChannelView, role: MemberRole, edit: ChannelFields) {
  const changeId = ctx.newId('change')
  const { id, kind } = seen
  const { userId } = ctx.actor
  const [, , , , rows, change] = await ctx.db.batch([
    ctx.db.run(sql`
      UPDATE channels SET name = ${edit.name}, description = ${edit.description}, visibility = ${edit.visibility},
        settings = ${JSON.stringify(edit.settings)}, subject_id = ${edit.subjectId}, join_policy = ${edit.joinPolicy},
        min_level = ${edit.minLevel}, is_active = ${edit.isActive}, schedule = ${edit.schedule},
        location = ${edit.location}, max_members = ${edit.maxMembers}, version = version + 1, rev = rev + 1,
        unsynced = 1, change_id = ${changeId}, updated_at = ${ctx.now()}
      WHERE id = ${id} AND version = ${seen.version} AND ${stillHolds(id, [{ userId, role }])}`),
    deleteTerms(ctx, id, kind, changeId),
    insertTerms(ctx, id, kind, changeId, edit.terms),
    promoteWaiting(ctx, id, changeId, channelChanged(id, changeId)),
    selectView(ctx, sql`c.id = ${id} AND c.change_id = ${changeId}`),
    selectChangeOf(ctx, id, changeId),
  ])
  const [row] = rows
  return row ? { view: toView(row), change: toChange(change) } : null
}

/**
 * Ends a channel with all its memberships; null when the version or the owner is no longer what was read.
 * @param options.onlyIfAlone deletes nothing while somebody else is a member
 */
export async function deleteChannelRow(
  ctx: UserCtx,
  seen: ChannelView,
  role: MemberRole,
  options = { onlyIfAlone: false },
) {
  const changeId = ctx.newId('change')
  const { id } = seen
  const { userId } = ctx.actor
  const now = ctx.now()
  const proof = channelChanged(id, changeId)
  const [written, , , , , change] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      UPDATE channels SET deleted_at = ${now}, owner_name = NULL, version = version + 1, rev = rev + 1, unsynced = 1,
        change_id = ${changeId}, updated_at = ${now}
      WHERE id = ${id} AND version = ${seen.version} AND ${stillHolds(id, [{ userId, role }])} ${options.onlyIfAlone ? sql`AND member_count = 1` : sql``}
      RETURNING id`),
    // The list of a person's rooms reads active memberships only, so those of ended rooms must not pile up in it. The
    // object needs no word of each: a deleted channel closes for all.
    ctx.db.run(sql`
      UPDATE memberships SET state = 'left', updated_at = ${now} WHERE channel_id = ${id} AND state = 'active' AND ${proof}`),
    ctx.db.run(
      sql`UPDATE invite_links SET revoked_at = ${now} WHERE channel_id = ${id} AND revoked_at IS NULL AND ${proof}`,
    ),
    deleteTerms(ctx, id, seen.kind, changeId),
    auditEvent(ctx, { event: `${seen.kind === 'personal' ? 'room' : seen.kind}.deleted`, subjectId: id }, proof),
    selectChange(ctx, id, []),
  ])
  return written.length > 0 ? toChange(change) : null
}
