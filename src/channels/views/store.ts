import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { subjects } from '../../subjects/tables'
import { errorsOf, type KindErrors } from '../errors'
import type { ChannelKind, MemberRole, MemberState } from '../live/contract'
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
  /** How many people are there, as the object told last. */
  liveCount: number
  /** How far the conversation is, as the object told last. */
  lastOrd: number
  lastCalls: number
  version: number
  createdAt: number
  updatedAt: number
  owner: { id: string; name: string; avatarKey: string | null } | null
  logoKey: string | null
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
  liveCount: number
  lastOrd: number
  lastCalls: number
  version: number
  createdAt: number
  updatedAt: number
  ownerId: string | null
  ownerName: string | null
  ownerAvatarKey: string | null
  logoKey: string | null
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
  c.member_count AS memberCount, c.live_count AS liveCount, c.last_ord AS lastOrd, c.last_calls AS lastCalls, c.version, c.created_at AS createdAt, c.updated_at AS updatedAt,
  c.owner_id AS ownerId, c.owner_name AS ownerName, c.owner_avatar_key AS ownerAvatarKey, c.logo_key AS logoKey, m.role, m.state, m.joined_at AS joinedAt, m.change_id AS changeId`

export const joinSubject = sql`LEFT JOIN ${subjects} subject ON subject.id = c.subject_id`

export const joinViewer = (viewerId: string) =>
  sql`LEFT JOIN ${memberships} m ON m.channel_id = c.id AND m.user_id = ${viewerId} ${joinSubject}`

export function toView(row: ViewRow): ChannelView {
  const { settings, ownerId, ownerName, ownerAvatarKey, role, state, joinedAt, changeId, ...others } = row
  const { subjectId, subjectName, subjectIconPath, isActive, ...rest } = others
  return {
    ...rest,
    settings: {
      slowModeSeconds: 0,
      whoMayStartTimer: 'members',
      whoMayPlanMeetups: 'members',
      ...JSON.parse(settings),
    },
    subject:
      subjectId !== null && subjectName !== null
        ? { id: subjectId, name: subjectName, iconPath: subjectIconPath }
        : null,
    isActive: isActive === 1,
    owner: ownerId !== null && ownerName !== null ? { id: ownerId, name: ownerName, avatarKey: ownerAvatarKey } : null,
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
