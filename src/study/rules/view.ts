import type { EndReason, Finished, Running, Segment, SessionView } from '../contract'
import { answerWithinMs } from './clock'
import { countDays, dayCapSeconds } from './count'

/** Sessions as their person sees them. */

const iso = (at: number) => new Date(at).toISOString()
const isoOrNull = (at: number | null) => (at === null ? null : iso(at))

const toSegment = ({ kind, from, to }: Segment) => ({ kind, startedAt: iso(from), endedAt: iso(to) })

/** Nobody has any without a room. The object does not know how many there are in one: D1 does. */
const uncounted = ({ roomId }: { roomId: string | null }) => (roomId === null ? 0 : null)

const whyEnded: Record<EndReason, string | null> = {
  user: null,
  manual: null,
  lost: 'No device was heard from for three minutes, so the session ended at the last sign of one.',
  idle: 'The question whether you were still studying was not answered in five minutes, so the session ended at your last activity.',
  auto: 'The session ended by itself, because its time was over and nobody had extended it.',
}

const minutes = (ms: number) => {
  const rounded = Math.round(ms / 60_000)
  return rounded === 1 ? '1 minute' : `${rounded} minutes`
}

function spent(segments: readonly Segment[], kind: Segment['kind']): number {
  return segments.reduce((sum, segment) => (segment.kind === kind ? sum + segment.to - segment.from : sum), 0)
}

/** @param claimedAt when the person said it ended, if they did */
export function notesOn(finished: Finished, claimedAt: number | null = null): string[] {
  const { segments, endReason, endedAt, seconds } = finished
  const notes: string[] = []
  const why = whyEnded[endReason]
  if (why) notes.push(why)
  const rested = spent(segments, 'pause') + spent(segments, 'break')
  if (rested >= 1000) notes.push(`Pauses and breaks are not counted: ${minutes(rested)}.`)
  if (claimedAt !== null && claimedAt > endedAt && endReason === 'user')
    notes.push('Without a sign of a device at most three minutes count, so the end is earlier than you said.')
  // A second may be lost where a day is cut.
  const dropped = Math.floor(spent(segments, 'active') / 1000) - seconds
  if (endReason !== 'manual' && dropped > finished.days.length + 1)
    notes.push(`At most ${dayCapSeconds / 3600} hours of a day are counted.`)
  return notes
}

export function viewOfRunning(session: Running, now: number): SessionView {
  const { id, doing, since, startedAt, autoEndsAt, breakEndsAt, askedAt, timezone, dayStartHour } = session
  const { roomId, subjectId, todoId, task } = session
  const open: Segment = { kind: doing, from: since, to: Math.max(since, now) }
  const days = countDays([...session.segments, open], session, () => 0)
  return {
    ...{ id, state: doing, manual: false, roomId, subjectId, todoId, task, reason: null },
    ...{ startedAt: iso(startedAt), endedAt: null, endReason: null, timezone, dayStartHour },
    countedSeconds: days.reduce((sum, { seconds }) => sum + seconds, 0),
    ...{ pomodoros: uncounted(session), xp: 0 },
    segments: [...session.segments.map(toSegment), { kind: doing, startedAt: iso(since), endedAt: null }],
    days: days.map(({ on, seconds }) => ({ on, countedSeconds: seconds })),
    autoEndsAt: iso(autoEndsAt),
    breakEndsAt: isoOrNull(breakEndsAt),
    question: askedAt === null ? null : { askedAt: iso(askedAt), answerBy: iso(askedAt + answerWithinMs) },
    notes: [],
  }
}

/** @param finished with its pomodoros where they were counted */
export function viewOfFinished(
  finished: Finished & { pomodoros?: number },
  claimedAt: number | null = null,
): SessionView {
  const { id, roomId, subjectId, todoId, task, reason, startedAt, endedAt, endReason, timezone, dayStartHour, xp } =
    finished
  return {
    ...{ id, state: 'ended', manual: endReason === 'manual', roomId, subjectId, todoId, task, reason },
    ...{ startedAt: iso(startedAt), endedAt: iso(endedAt), endReason, timezone, dayStartHour },
    ...{ countedSeconds: finished.seconds, xp, segments: finished.segments.map(toSegment) },
    pomodoros: finished.pomodoros ?? uncounted(finished),
    days: finished.days.map(({ on, seconds }) => ({ on, countedSeconds: seconds })),
    ...{ autoEndsAt: null, breakEndsAt: null, question: null },
    notes: notesOn(finished, claimedAt),
  }
}

export function viewOfDiscarded(session: Running, endedAt: number, endReason: EndReason): SessionView {
  return {
    ...viewOfRunning(session, endedAt),
    ...{
      state: 'discarded',
      endedAt: iso(endedAt),
      endReason,
      countedSeconds: 0,
      pomodoros: 0,
      segments: [],
      days: [],
    },
    ...{ autoEndsAt: null, breakEndsAt: null, question: null },
    notes: ['Sessions of less than 20 seconds leave no trace.'],
  }
}
