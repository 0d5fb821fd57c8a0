import { type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { promoteWaiting, tellPromoted } from '../entry/store'
import type { ChannelKind, MemberRole } from '../live/contract'
import { selectChange, selectChangeOf, toChange } from '../store'
import type { ChannelSettings } from '../tables'
import { type ChannelView, type JoinPolicy, ownsFewerThan, selectView, stillHolds, toView } from '../views/store'

const channelChanged = (channelId: string, changeId: string) =>
  sql`EXISTS (SELECT 1 FROM channels WHERE id = ${channelId} AND change_id = ${changeId})`

/** What else belongs to a change of a channel: statements for its batch, given what holds only if it was written. */
export type Alongside = (channelId: string, written: SQL) => readonly BatchItem<'sqlite'>[]

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
export async function insertChannel(
  ctx: UserCtx,
  channel: NewChannel,
  { kinds, max: maxOwned }: { kinds: ChannelKind[]; max: number },
  also?: Alongside,
) {
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
    ...(also?.(id, channelChanged(id, changeId)) ?? []),
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
export async function updateChannel(
  ctx: UserCtx,
  seen: ChannelView,
  role: MemberRole,
  { edit, also }: { edit: ChannelFields; also?: Alongside },
) {
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
    tellPromoted(ctx, id, changeId),
    ...(also?.(id, channelChanged(id, changeId)) ?? []),
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
