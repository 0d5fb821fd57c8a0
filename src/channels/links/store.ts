import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { users } from '../../users/tables'
import { selectEntry, takesIn, upsertMember } from '../entry/store'
import type { ChannelKind, MemberRole } from '../live/contract'
import { selectChange, toChange } from '../store'
import { channels, inviteLinks } from '../tables'
import { type ChannelView, isOneOf, selectView, stillHolds, type ViewRow } from '../views/store'

export interface LinkView {
  code: string
  maxUses: number | null
  uses: number
  expiresAt: number | null
  createdAt: number
  creatorId: string
  creatorName: string
  creatorAvatarKey: string | null
}

const linkColumns = sql`
  l.code, l.max_uses AS maxUses, l.uses, l.expires_at AS expiresAt, l.created_at AS createdAt,
  u.id AS creatorId, u.name AS creatorName, u.avatar_key AS creatorAvatarKey`

/** A link works until it is taken back, expires or is used up. `l` is the link. */
const works = (now: number) => sql`l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > ${now})
  AND (l.max_uses IS NULL OR l.uses < l.max_uses)`

const linkWritten = (code: string) => sql`EXISTS (SELECT 1 FROM invite_links WHERE code = ${code})`

export interface NewLink {
  code: string
  maxUses: number | null
  /** Null: it never ends. */
  lifetimeMs: number | null
}

/** Writes a link. Without one in the reply, `max` links work already (`full`) or what was read has changed. */
export async function insertLink(ctx: UserCtx, view: ChannelView, role: MemberRole, link: NewLink, max: number) {
  const { userId } = ctx.actor
  const now = ctx.now()
  const { code, maxUses, lifetimeMs } = link
  const expiresAt = lifetimeMs === null ? null : now + lifetimeMs
  const [, , , [written], [open]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO invite_links (code, channel_id, created_by, max_uses, expires_at, created_at)
      SELECT ${code}, ${view.id}, ${userId}, ${maxUses}, ${expiresAt}, ${now}
      WHERE ${stillHolds(view.id, [{ userId, role }])}
        AND EXISTS (SELECT 1 FROM channels WHERE id = ${view.id} AND version = ${view.version})
        AND (SELECT count(*) FROM invite_links l WHERE l.channel_id = ${view.id} AND ${works(now)}) < ${max}`),
    // Links that ended by themselves leave the index here, so that it never holds more than `max` a channel.
    ctx.db.run(sql`
      UPDATE invite_links AS l SET revoked_at = ${now}
      WHERE l.channel_id = ${view.id} AND l.revoked_at IS NULL AND NOT (${works(now)}) AND ${linkWritten(code)}`),
    auditEvent(
      ctx,
      { event: 'invite_link.created', subjectId: view.id, details: { maxUses, expiresAt } },
      linkWritten(code),
    ),
    ctx.db.all<LinkView>(sql`
      SELECT ${linkColumns} FROM ${inviteLinks} l JOIN ${users} u ON u.id = l.created_by WHERE l.code = ${code}`),
    ctx.db.all<{ count: number }>(sql`
      SELECT count(*) AS count FROM invite_links l WHERE l.channel_id = ${view.id} AND ${works(now)}`),
  ])
  return { link: written ?? null, full: (open?.count ?? 0) >= max }
}

/** The channel as the caller sees it and a page of its working links, the oldest first, in one round trip. */
export async function listLinksOf(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  after: { createdAt: number; code: string } | null,
  limit: number,
): Promise<{ rows: ViewRow[]; links: LinkView[] }> {
  const start = after ? sql`AND (l.created_at, l.code) > (${after.createdAt}, ${after.code})` : sql``
  const [rows, links] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<LinkView>(sql`
      SELECT ${linkColumns} FROM ${inviteLinks} l CROSS JOIN ${users} u ON u.id = l.created_by
      WHERE l.channel_id = ${channelId} AND ${works(ctx.now())} ${start}
      ORDER BY l.created_at, l.code LIMIT ${limit}`),
  ])
  return { rows, links }
}

/** The channel as the caller sees it, and who made a link of it that works. */
export async function findViewAndLink(ctx: UserCtx, kinds: ChannelKind[], channelId: string, code: string) {
  const [rows, [link]] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<{ createdBy: string }>(sql`
      SELECT l.created_by AS createdBy FROM ${inviteLinks} l
      WHERE l.code = ${code} AND l.channel_id = ${channelId} AND ${works(ctx.now())}`),
  ])
  return { rows, createdBy: link?.createdBy ?? null }
}

/** Takes a link back; false when it had been, or when the caller's role is gone. */
export async function updateRevoked(ctx: UserCtx, view: ChannelView, role: MemberRole, code: string): Promise<boolean> {
  const now = ctx.now()
  const roleHolds = stillHolds(view.id, [{ userId: ctx.actor.userId, role }])
  const open: SQL = sql`EXISTS (SELECT 1 FROM invite_links l WHERE l.code = ${code} AND l.revoked_at IS NULL) AND ${roleHolds}`
  // The audit row comes first, on the condition of the write itself: a batch is one transaction, and nothing is left in
  // the link's row by which a second caller in the same millisecond could be told from the first.
  const [, written] = await ctx.db.batch([
    auditEvent(ctx, { event: 'invite_link.revoked', subjectId: view.id }, open),
    ctx.db.all<{ code: string }>(sql`
      UPDATE invite_links SET revoked_at = ${now} WHERE code = ${code} AND revoked_at IS NULL AND ${roleHolds}
      RETURNING code`),
  ])
  return written.length > 0
}

/** What a link leads to, for anybody who holds it. */
export async function findLinkedChannel(ctx: Ctx, code: string) {
  const [row] = await ctx.db.all<{ name: string; description: string; memberCount: number }>(sql`
    SELECT c.name, c.description, c.member_count AS memberCount FROM ${inviteLinks} l
    JOIN ${channels} c ON c.id = l.channel_id
    WHERE l.code = ${code} AND c.deleted_at IS NULL AND ${works(ctx.now())}`)
  return row ?? null
}

/** What kind of channel a link leads to. */
export async function findLinkedKind(ctx: Ctx, code: string): Promise<ChannelKind | null> {
  const [row] = await ctx.db.all<{ kind: ChannelKind }>(sql`
    SELECT c.kind FROM ${inviteLinks} l JOIN ${channels} c ON c.id = l.channel_id WHERE l.code = ${code}`)
  return row?.kind ?? null
}

/** Uses a link once if that makes the caller a member, and reads what has come of it. Full channels throw. */
export async function insertLinkedMember(ctx: UserCtx, code: string) {
  const { userId } = ctx.actor
  const now = ctx.now()
  const changeId = ctx.newId('change')
  const channelId = sql`(SELECT channel_id FROM invite_links WHERE code = ${code})`
  const [, , [entry], [link], change] = await ctx.db.batch([
    upsertMember(
      ctx,
      changeId,
      sql`SELECT c.id AS channel_id, ${userId} AS user_id FROM invite_links l JOIN channels c ON c.id = l.channel_id
        WHERE l.code = ${code} AND ${works(now)} AND ${takesIn(userId, now)}`,
    ),
    ctx.db.run(sql`
      UPDATE invite_links SET uses = uses + 1 WHERE code = ${code}
        AND EXISTS (SELECT 1 FROM memberships AS proof WHERE proof.channel_id = invite_links.channel_id
          AND proof.user_id = ${userId} AND proof.change_id = ${changeId})`),
    selectEntry(ctx, sql`c.id = ${channelId}`),
    ctx.db.all<{ works: number }>(sql`SELECT (${works(now)}) AS works FROM ${inviteLinks} l WHERE l.code = ${code}`),
    selectChange(ctx, channelId, [userId]),
  ])
  if (!entry) return null
  return { entry, works: link?.works === 1, joined: entry.changeId === changeId, change: toChange(change) }
}
