import { type SQL, sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { hasBlocked } from '../blocks/tables'
import { judges, judgesOf } from '../channels/moderation/tables'
import { channels, memberships } from '../channels/tables'
import { recordEvent, withdrawEvents } from '../outbox/actions'
import { whole } from '../shared/db'
import { users } from '../users/tables'
import { copyKeptMs, reportLimitMs, type reportReasons } from './rules'
import { reports } from './tables'

export interface ReportRow {
  id: string
  targetType: 'message' | 'user' | 'room' | 'group'
  targetId: string
  channelId: string | null
  channelName: string | null
  personId: string | null
  personName: string | null
  personAvatarKey: string | null
  reporterId: string | null
  reporterName: string | null
  reporterAvatarKey: string | null
  reason: (typeof reportReasons)[number]
  note: string | null
  /** JSON. */
  content: string | null
  state: 'open' | 'resolved' | 'dismissed'
  resolution: string | null
  closedById: string | null
  closedByName: string | null
  closedByAvatarKey: string | null
  closedAt: number | null
  createdAt: number
  /** 1 when the caller may look at it and close it. */
  isJudge: number
}

export type After = { createdAt: number; id: string } | null

/** Who looks after the channel and stands above whom it is about, and admins: `r` is the report. */
const mayJudge = (ctx: UserCtx) => judges(ctx.actor.userId, sql`r.channel_id`, sql`r.target_user_id`)

const reportColumns = (isJudge: SQL) => sql`
  r.id, r.target_type AS targetType, r.target_id AS targetId, c.id AS channelId, c.name AS channelName,
  person.id AS personId, person.name AS personName, person.avatar_key AS personAvatarKey, reporter.id AS reporterId, reporter.name AS reporterName, reporter.avatar_key AS reporterAvatarKey, r.reason,
  r.note, r.content, r.state, r.resolution, closer.id AS closedById, closer.name AS closedByName, closer.avatar_key AS closedByAvatarKey,
  r.closed_at AS closedAt, r.created_at AS createdAt, ${isJudge} AS isJudge`

const joins = sql`
  LEFT JOIN ${channels} c ON c.id = r.channel_id LEFT JOIN ${users} person ON person.id = r.target_user_id
  LEFT JOIN ${users} reporter ON reporter.id = r.reporter_id LEFT JOIN ${users} closer ON closer.id = r.closed_by`

const selectReport = (ctx: UserCtx, where: SQL, isJudge = mayJudge(ctx)) =>
  ctx.db.all<ReportRow>(sql`SELECT ${reportColumns(isJudge)} FROM ${reports} r ${joins} WHERE ${where}`)

/** What somebody wants to report: the row that it is copied from, and how. */
interface Source {
  targetType: ReportRow['targetType']
  targetId: string
  reason: ReportRow['reason']
  note: string
  /** `FROM … WHERE …`, one row for what the caller may report, none for what is not there. */
  from: SQL
  channelId: SQL
  targetUserId: SQL
  content: SQL
}

/**
 * Writes a report unless the caller has one open about the same thing, and reads the one there is now.
 * @returns `about` null when there is no such thing for the caller; `countsUntil` when one of as many reports as the
 *   limit allows is a day old, in milliseconds since 1970
 */
async function insertReport(ctx: UserCtx, source: Source) {
  const { userId } = ctx.actor
  const now = ctx.now()
  const id = ctx.newId('report')
  const { targetType, targetId, reason, note, from, channelId, targetUserId, content } = source
  const max = ctx.config.REPORTS_PER_USER
  const last = sql`(SELECT made.created_at FROM reports AS made WHERE made.reporter_id = ${userId}
    ORDER BY made.created_at DESC LIMIT 1 OFFSET ${max - 1})`
  const today = sql`(SELECT count(*) FROM (SELECT 1 FROM reports AS made WHERE made.reporter_id = ${userId}
    AND made.created_at > ${whole(now - reportLimitMs)} LIMIT ${max}))`
  const isMade = sql`EXISTS (SELECT 1 FROM reports WHERE id = ${id})`
  const its = (column: SQL) => sql`(SELECT made.${column} FROM reports AS made WHERE made.id = ${id})`
  const [, , [found], [about]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT INTO reports (id, target_type, target_id, channel_id, target_user_id, reporter_id, reason, note, content,
        state, created_at)
      SELECT ${id}, ${targetType}, ${targetId}, ${channelId}, ${targetUserId}, ${userId}, ${reason}, ${note}, ${content},
        'open', ${now} ${from} AND ${targetUserId} IS NOT ${userId} AND ${today} < ${max}
      ON CONFLICT DO NOTHING`),
    // About the report, not about the person, who would find it in the security log.
    auditEvent(ctx, { event: 'report.made', subjectId: id, details: { targetType, targetId } }, isMade),
    selectReport(ctx, sql`r.reporter_id = ${userId} AND r.target_id = ${targetId} AND r.state = 'open'`),
    ctx.db.all<{ targetUserId: string | null; countsUntil: number | null }>(sql`
      SELECT ${targetUserId} AS targetUserId, ${last} + ${reportLimitMs} AS countsUntil ${from}`),
    recordEvent(
      ctx,
      {
        type: 'report.made',
        to: judgesOf(its(sql`channel_id`), its(sql`target_user_id`), userId),
        // Nobody learns from a notification who reported.
        actorId: null,
        channelId: its(sql`channel_id`),
        subjectId: id,
        facts: { about: targetType },
      },
      isMade,
    ),
  ])
  return { report: found ?? null, isNew: found?.id === id, about: about ?? null }
}

export interface ReportedMessage {
  channelId: string
  messageId: string
  userId: string
  content: object
}

interface Why {
  reason: ReportRow['reason']
  note: string
}

export function insertMessageReport(
  ctx: UserCtx,
  { channelId, messageId, userId, content }: ReportedMessage,
  why: Why,
) {
  return insertReport(ctx, {
    ...why,
    targetType: 'message',
    targetId: messageId,
    from: sql`FROM ${channels} c WHERE c.id = ${channelId}`,
    channelId: sql`c.id`,
    targetUserId: sql`${userId}`,
    content: sql`${JSON.stringify(content)}`,
  })
}

/** Somebody whom the caller can see, or has met in a room, group or conversation: a block hides nobody from a report. */
export function insertUserReport(ctx: UserCtx, userId: string, why: Why) {
  const me = ctx.actor.userId
  const haveMet = sql`EXISTS (SELECT 1 FROM ${memberships} AS mine JOIN ${memberships} AS theirs
    ON theirs.channel_id = mine.channel_id AND theirs.user_id = u.id WHERE mine.user_id = ${me})`
  return insertReport(ctx, {
    ...why,
    targetType: 'user',
    targetId: userId,
    from: sql`FROM ${users} u
      WHERE u.id = ${userId} AND u.status <> 'deleted' AND (NOT ${hasBlocked(sql`u.id`, me)} OR ${haveMet})`,
    channelId: sql`NULL`,
    targetUserId: sql`u.id`,
    content: sql`json_object('type', 'user', 'username', u.username, 'name', u.name, 'bio', u.bio)`,
  })
}

/** A room or group that the caller can see, or is or was in: who was removed may say why it is no good place. */
export function insertPlaceReport(ctx: UserCtx, type: 'room' | 'group', id: string, why: Why) {
  return insertReport(ctx, {
    ...why,
    targetType: type,
    targetId: id,
    from: sql`FROM ${channels} c WHERE c.id = ${id} AND c.deleted_at IS NULL AND c.kind <> 'conversation'
      AND (c.visibility = 'public' OR EXISTS (SELECT 1 FROM ${memberships} AS own
        WHERE own.channel_id = c.id AND own.user_id = ${ctx.actor.userId}))`,
    channelId: sql`NULL`,
    targetUserId: sql`c.owner_id`,
    content: sql`json_object('type', ${type}, 'name', c.name, 'description', c.description)`,
  })
}

/** A report that the caller has made or may look at. */
export async function findReport(ctx: UserCtx, id: string): Promise<ReportRow | null> {
  const [row] = await selectReport(ctx, sql`r.id = ${id} AND (r.reporter_id = ${ctx.actor.userId} OR ${mayJudge(ctx)})`)
  return row ?? null
}

/** Reports that the caller has made, the newest first. */
export function listOwnReports(
  ctx: UserCtx,
  state: ReportRow['state'] | undefined,
  after: After,
  limit: number,
): Promise<ReportRow[]> {
  const start = after ? sql`AND (r.created_at, r.id) < (${whole(after.createdAt)}, ${after.id})` : sql``
  const which = state === undefined ? sql`` : sql`AND r.state = ${state}`
  return selectReport(
    ctx,
    sql`r.reporter_id = ${ctx.actor.userId} ${which} ${start} ORDER BY r.created_at DESC, r.id DESC LIMIT ${limit}`,
  )
}

/** Reports that the caller may look at, the oldest first: of one channel, of all that they look after, or as an admin. */
export function listReportsFor(
  ctx: UserCtx,
  { state, channelId }: { state: ReportRow['state']; channelId: string | undefined },
  after: After,
  limit: number,
): Promise<ReportRow[]> {
  const { userId, role } = ctx.actor
  const start = after ? sql`AND (r.created_at, r.id) > (${whole(after.createdAt)}, ${after.id})` : sql``
  const end = sql`AND r.state = ${state} AND ${mayJudge(ctx)} ${start} ORDER BY r.created_at, r.id LIMIT ${limit}`
  if (channelId !== undefined) return selectReport(ctx, sql`r.channel_id = ${channelId} ${end}`, sql`1`)
  if (role === 'admin') return selectReport(ctx, sql`true ${end}`, sql`1`)
  return ctx.db.all<ReportRow>(sql`
    SELECT ${reportColumns(sql`1`)} FROM ${memberships} own CROSS JOIN ${reports} r ON r.channel_id = own.channel_id ${joins}
    WHERE own.user_id = ${userId} AND own.state = 'active' AND own.role <> 'member' ${end}`)
}

/** Closes an open report. @returns the report as it is now, and whether this closed it */
export async function updateClosed(
  ctx: UserCtx,
  id: string,
  { outcome, resolution }: { outcome: 'resolved' | 'dismissed'; resolution: string },
) {
  const { userId } = ctx.actor
  const now = ctx.now()
  // First, because afterwards it is closed, by whomever.
  const holds = sql`EXISTS (SELECT 1 FROM reports AS r WHERE r.id = ${id} AND r.state = 'open' AND ${mayJudge(ctx)})`
  const reporter = sql`(SELECT json_array(r.reporter_id) FROM reports AS r WHERE r.id = ${id}
    AND r.reporter_id IS NOT NULL AND r.reporter_id <> ${userId})`
  const [, , , written, [report]] = await ctx.db.batch([
    auditEvent(
      ctx,
      { event: `report.${outcome}`, subjectId: id, reason: resolution === '' ? null : resolution },
      holds,
    ),
    // What waits for the others has been done.
    withdrawEvents(ctx, id, holds),
    recordEvent(ctx, { type: `report.${outcome}`, to: reporter, actorId: null, subjectId: id, facts: {} }, holds),
    ctx.db.all<{ id: string }>(sql`
      UPDATE reports SET state = ${outcome}, resolution = ${resolution}, closed_by = ${userId}, closed_at = ${now}
      WHERE id = ${id} AND ${holds} RETURNING id`),
    selectReport(ctx, sql`r.id = ${id}`),
  ])
  return { isWritten: written.length > 0, report: report ?? null }
}

/** Empties the copies in reports that were closed long ago. */
export async function forgetOldCopies(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    UPDATE reports SET content = NULL, note = NULL WHERE rowid IN (SELECT r.rowid FROM ${reports} r
      WHERE r.content IS NOT NULL AND r.closed_at IS NOT NULL AND r.closed_at <= ${whole(ctx.now() - copyKeptMs)}
      LIMIT ${limit})`)
}
