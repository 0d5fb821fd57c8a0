import type { UserCtx } from '../app/context'
import { groupErrors, roomErrors } from '../channels/errors'
import { reportedMessage } from '../channels/live/actions'
import { requireModeratorOf } from '../channels/moderation/actions'
import { groupKinds, roomKinds } from '../channels/rules'
import { cutPage } from '../shared/page'
import { userErrors } from '../users/errors'
import { avatarUrl } from '../users/rules'
import { reportErrors } from './errors'
import type { NewMessageReport, NewReport, Report, ReportsQuery, ResolveInput } from './schemas'
import {
  findReport,
  insertMessageReport,
  insertPlaceReport,
  insertUserReport,
  listOwnReports,
  listReportsFor,
  type ReportRow,
  updateClosed,
} from './store'

const iso = (at: number) => new Date(at).toISOString()
const isoOrNull = (at: number | null) => (at === null ? null : iso(at))

const toPerson = (id: string | null, name: string | null, avatarKey: string | null) =>
  id === null || name === null ? null : { id, name, avatarUrl: avatarUrl(avatarKey) }

/**
 * A report as the caller may see it. Whoever made it sees neither the copy nor who closed it; who reported is for admins
 * alone, because in a room everybody knows each other.
 */
function toReport(ctx: UserCtx, row: ReportRow): Report {
  const { userId, role } = ctx.actor
  const judges = row.isJudge === 1
  return {
    id: row.id,
    target: { type: row.targetType, id: row.targetId },
    channel: row.channelId === null ? null : { id: row.channelId, name: row.channelName ?? '' },
    person: toPerson(row.personId, row.personName, row.personAvatarKey),
    reason: row.reason,
    note: row.note ?? '',
    content: judges && row.content !== null ? toContent(row.content) : null,
    reporter: judges && role === 'admin' ? toPerson(row.reporterId, row.reporterName, row.reporterAvatarKey) : null,
    mine: row.reporterId === userId,
    state: row.state,
    resolution: row.resolution ?? '',
    createdAt: iso(row.createdAt),
    closedAt: isoOrNull(row.closedAt),
    closedBy: judges ? toPerson(row.closedById, row.closedByName, row.closedByAvatarKey) : null,
  }
}

function toContent(json: string): Report['content'] {
  const content = JSON.parse(json)
  if (content.type !== 'message') return content
  const { sentAt, editedAt, deletedAt, ...others } = content
  return { ...others, sentAt: iso(sentAt), editedAt: isoOrNull(editedAt), deletedAt: isoOrNull(deletedAt) }
}

type Inserted = Awaited<ReturnType<typeof insertMessageReport>>

/** What a write has come to. @throws report.self, report.too_many, or `absent` */
function madeOf(ctx: UserCtx, { report, isNew, about }: Inserted, absent: () => Error) {
  if (!about) throw absent()
  if (about.targetUserId === ctx.actor.userId) throw reportErrors.self()
  if (report) return { report: toReport(ctx, report), isNew }
  const seconds = Math.max(1, Math.ceil(((about.countsUntil ?? 0) - ctx.now()) / 1000))
  throw reportErrors.tooMany({ headers: { 'Retry-After': String(seconds) } })
}

/**
 * Reports a message to those who look after the channel, and to admins. What it says is copied at this moment. A report
 * of the caller that is still open stays as it is.
 * @throws channel.not_found, channel.membership_required, message.not_found, message.deleted, report.self,
 *   report.too_many
 */
export async function reportMessage(ctx: UserCtx, channelId: string, messageId: string, why: NewMessageReport) {
  const { userId, ...message } = await reportedMessage(ctx, channelId, messageId)
  const content = { type: 'message', ...message }
  return madeOf(
    ctx,
    await insertMessageReport(ctx, { channelId, messageId, userId, content }, why),
    reportErrors.notFound,
  )
}

/** Reports a person, room or group to admins. @throws user.not_found, room.not_found, report.self, report.too_many */
export async function report(ctx: UserCtx, { userId, roomId, groupId, ...why }: NewReport) {
  if (userId !== undefined) return madeOf(ctx, await insertUserReport(ctx, userId, why), userErrors.notFound)
  if (roomId !== undefined) return madeOf(ctx, await insertPlaceReport(ctx, 'room', roomId, why), roomErrors.notFound)
  return madeOf(ctx, await insertPlaceReport(ctx, 'group', groupId ?? '', why), groupErrors.notFound)
}

/** @throws report.not_found */
export async function readReport(ctx: UserCtx, id: string): Promise<Report> {
  const row = await findReport(ctx, id)
  if (!row) throw reportErrors.notFound()
  return toReport(ctx, row)
}

/**
 * The reports that the caller has made, or may look at.
 * @throws page.bad_cursor, room.not_found, channel.membership_required, room.not_allowed
 */
export async function listReports(ctx: UserCtx, { mine, channelId, state, limit, cursor }: ReportsQuery) {
  const { userId, role } = ctx.actor
  const binding = `reports ${userId} ${mine} ${channelId ?? ''} ${state ?? ''}`
  const position = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const after = position && { createdAt: Number(position[0]), id: String(position[1]) }
  if (channelId !== undefined && role !== 'admin')
    await requireModeratorOf(ctx, channelId.startsWith('grp') ? groupKinds : roomKinds, channelId)
  const found =
    mine === 'true'
      ? await listOwnReports(ctx, state, after, limit + 1)
      : await listReportsFor(ctx, { state: state ?? 'open', channelId }, after, limit + 1)
  const { rows, last } = cutPage(found, limit)
  return {
    data: rows.map((row) => toReport(ctx, row)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.id])),
  }
}

/**
 * Closes a report. The same answer of the same person once more changes nothing.
 * @throws report.not_found, report.not_allowed, report.closed, report.busy
 */
export async function resolveReport(ctx: UserCtx, id: string, { outcome, resolution }: ResolveInput): Promise<Report> {
  const { isWritten, report: now } = await updateClosed(ctx, id, { outcome, resolution })
  if (!now || (now.isJudge !== 1 && now.reporterId !== ctx.actor.userId)) throw reportErrors.notFound()
  if (now.isJudge !== 1) throw reportErrors.notAllowed()
  if (isWritten) return toReport(ctx, now)
  if (now.state === 'open') throw reportErrors.busy()
  const isSame = now.closedById === ctx.actor.userId && now.state === outcome && now.resolution === resolution
  if (!isSame) throw reportErrors.closed({ extra: { state: now.state } })
  return toReport(ctx, now)
}
