import type { UserCtx } from '../../app/context'
import { channelErrors, groupErrors, roomErrors } from '../../channels/errors'
import { cutPage } from '../../shared/page'
import { reach } from '../../shared/reach'
import { subjectErrors } from '../../subjects/errors'
import { todoErrors } from '../../todos/errors'
import type { SessionView, StudyCommand, StudyOutcome } from '../contract'
import { studyErrors } from '../errors'
import { countPomodoros } from '../pomodoro-store'
import { autoEndMinutes } from '../rules/clock'
import { zoneAt } from '../rules/days'
import { skipsOf } from '../rules/streak'
import { viewOfFinished } from '../rules/view'
import type { EditInput, SessionsQuery, StartInput } from '../schemas'
import { findSession, findStart, findSubjectName, listSessions, updateTopic } from '../store'

/** Asks the caller's own clock, which does one thing after the other. @throws server.unavailable */
async function ask(ctx: UserCtx, command: StudyCommand): Promise<StudyOutcome> {
  const { userId } = ctx.actor
  return reach(
    () => ctx.inbox(userId).study(userId, command),
    (error) => ctx.log.warn('study.unreachable', { userId, error: String(error) }),
  )
}

/** A session with its pomodoros, which only D1 knows. */
async function withPomodoros(ctx: UserCtx, session: SessionView): Promise<SessionView> {
  if (session.pomodoros !== null || session.roomId === null) return session
  const active = session.segments.filter(({ kind }) => kind === 'active')
  const spans = active.map(({ startedAt, endedAt }) => ({
    from: Date.parse(startedAt),
    to: endedAt === null ? ctx.now() : Date.parse(endedAt),
  }))
  return { ...session, pomodoros: await countPomodoros(ctx, session.roomId, spans) }
}

/** @throws study.session_not_found, study.session_ended, server.unavailable */
export async function commandSession(
  ctx: UserCtx,
  command: Exclude<StudyCommand, { do: 'start' | 'current' }>,
): Promise<SessionView> {
  const outcome = await ask(ctx, command)
  if (outcome.ok && outcome.session)
    return command.do === 'ping' ? outcome.session : withPomodoros(ctx, outcome.session)
  if (!outcome.ok && outcome.code === 'study.session_ended')
    throw studyErrors.sessionEnded({ extra: { session: outcome.session } })
  throw studyErrors.sessionNotFound()
}

/**
 * Who may use a room or group here: its members. To others it is as if it were not there, unless they may see it.
 * @throws room.not_found, group.not_found, channel.membership_required
 */
export function requireMember(channelId: string, room: { isMember: number; isPublic: number } | null): void {
  if (room?.isMember === 1) return
  if (room?.isPublic === 1) throw channelErrors.membershipRequired()
  throw channelId.startsWith('grp_') ? groupErrors.notFound() : roomErrors.notFound()
}

/**
 * Starts the clock; where it runs already, what runs is returned.
 * @throws room.not_found, group.not_found, channel.membership_required, subject.not_found, todo.not_found,
 *   server.unavailable
 */
export async function startSession(ctx: UserCtx, input: StartInput): Promise<{ session: SessionView; isNew: boolean }> {
  const { roomId = null, subjectId = null, todoId = null, task = null } = input
  const { zone, settings, room, subject, hasTodo } = await findStart(ctx, { roomId, subjectId, todoId })
  if (roomId !== null) requireMember(roomId, room)
  if (subjectId !== null && !subject) throw subjectErrors.notFound()
  if (todoId !== null && !hasTodo) throw todoErrors.notFound()
  const { timezone, dayStartHour } = zoneAt(ctx.now(), zone.changes, zone)
  const outcome = await ask(ctx, {
    do: 'start',
    start: {
      ...{ roomId, subjectId, todoId, task, zone: { timezone, dayStartHour } },
      subjectName: subject?.name ?? null,
      autoEndMinutes: settings?.autoEndMinutes ?? autoEndMinutes.default,
      skips: skipsOf(zone.changes),
    },
  })
  if (!outcome.ok || !outcome.session) throw studyErrors.sessionNotFound()
  return { session: outcome.session, isNew: outcome.isNew }
}

export async function showCurrent(ctx: UserCtx): Promise<{ session: SessionView | null }> {
  const outcome = await ask(ctx, { do: 'current' })
  return { session: outcome.ok && outcome.session ? await withPomodoros(ctx, outcome.session) : null }
}

/** @throws study.session_not_found */
export async function showSession(ctx: UserCtx, id: string): Promise<SessionView> {
  const stored = await findSession(ctx, id)
  return stored ? viewOfFinished(stored) : commandSession(ctx, { do: 'find', id })
}

/** Sessions that are over, the newest first. @throws page.bad_cursor */
export async function listMySessions(ctx: UserCtx, { limit, cursor }: SessionsQuery) {
  const binding = `study sessions ${ctx.actor.userId}`
  const [before] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const { rows, last } = cutPage(
    await listSessions(ctx, before === undefined ? null : String(before), limit + 1),
    limit,
  )
  return {
    data: rows.map((row) => viewOfFinished(row)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.id])),
  }
}

/**
 * Changes what a session was about, running or over.
 * @throws study.session_not_found, subject.not_found
 */
export async function editSession(ctx: UserCtx, id: string, change: EditInput): Promise<SessionView> {
  const subjectName = change.subjectId ? await findSubjectName(ctx, change.subjectId) : null
  if (change.subjectId && subjectName === null) throw subjectErrors.notFound()
  const outcome = await ask(ctx, { do: 'edit', id, change, subjectName })
  if (outcome.ok && outcome.session?.state !== 'ended' && outcome.session) return outcome.session
  // What the object has yet to deliver, it delivers with the change.
  const stored = await updateTopic(ctx, id, change)
  if (stored) return viewOfFinished(stored)
  if (outcome.ok && outcome.session) return outcome.session
  throw studyErrors.sessionNotFound()
}
