import { idAt, type NewId } from '../../shared/ids'
import type {
  DayCount,
  Finished,
  SessionView,
  Span,
  SpanCheck,
  StudyCommand,
  StudyOutcome,
  StudyStart,
} from '../contract'
import {
  type Action,
  act,
  answerWithinMs,
  begin,
  type End,
  endByPerson,
  nextWakeAt,
  notBefore,
  settle,
} from '../rules/clock'
import { finish } from '../rules/count'
import { streakFrom } from '../rules/streak'
import { viewOfDiscarded, viewOfFinished, viewOfRunning } from '../rules/view'
import type { Ended, Seat, StudyLog } from './log'
import type { StudyPost } from './post'

/** How often, at most, what somebody does elsewhere is written down as a proof that they are there. */
export const proofEveryMs = 60_000

/** Of a command: what to answer, and what the person's devices should hear of. */
export interface Turn {
  outcome: StudyOutcome
  news: SessionView[]
}

/** One person's study time: one session at a time, each command after the other. Synchronous, and stored before it answers. */
export class StudyDesk {
  private seat: Seat | null
  private news: SessionView[] = []

  constructor(
    private readonly log: StudyLog,
    readonly post: StudyPost,
    private readonly newId: NewId,
  ) {
    this.seat = log.running()
  }

  run(command: StudyCommand, clock: number): Turn {
    const now = this.seat ? notBefore(this.seat.session, clock) : clock
    // An end that was made offline comes before what would have ended the session since.
    if (command.do !== 'end') this.settle(now)
    const outcome = this.decide(command, now)
    return { outcome, news: this.takeNews() }
  }

  /** The session that runs. */
  running(): Seat | null {
    return this.seat
  }

  /** What is due by itself. */
  wake(now: number): SessionView[] {
    this.settle(now)
    return this.takeNews()
  }

  /** When to wake next; null for never. */
  nextAt(): number | null {
    const at = this.post.nextAt(this.seat !== null)
    if (!this.seat) return at
    const wakeAt = nextWakeAt(this.seat.session)
    return at === null ? wakeAt : Math.min(at, wakeAt)
  }

  prove(clock: number): SessionView[] {
    if (!this.seat) return []
    const now = notBefore(this.seat.session, clock)
    this.settle(now)
    if (this.seat && (this.seat.session.askedAt !== null || now - this.seat.session.provenAt >= proofEveryMs))
      this.act({ do: 'confirm' }, now)
    return this.takeNews()
  }

  /**
   * Whether a session runs, pauses and breaks included.
   * @param holds the caller holds back what it has to tell while one does: its end lets that out
   */
  isStudying(holds: boolean, clock: number): boolean {
    if (!this.seat) return false
    const now = notBefore(this.seat.session, clock)
    if (settle(this.seat.session, now).end) return false
    if (holds) this.post.hold(now)
    return true
  }

  check({ from, to }: Span, now: number): SpanCheck {
    this.settle(now)
    if (to > now) return 'future'
    const runs = this.seat !== null && this.seat.session.startedAt < to
    return runs || this.log.endedWithin(from, to) ? 'overlaps' : 'free'
  }

  private takeNews(): SessionView[] {
    const { news } = this
    this.news = []
    return news
  }

  private decide(command: StudyCommand, now: number): StudyOutcome {
    switch (command.do) {
      case 'start':
        return this.start(command.start, now)
      case 'current':
        return done(this.seat && viewOfRunning(this.seat.session, now))
      case 'end':
        return this.end(command.id, command.claimedAt, now)
      case 'edit':
        return this.edit(command, now)
      case 'find':
        return this.find(command.id, now)
      default:
        return this.seat?.session.id === command.id ? done(this.act(command, now)) : this.refuse(command.id)
    }
  }

  private start({ zone, autoEndMinutes, skips, subjectName, ...topic }: StudyStart, now: number): StudyOutcome {
    if (this.seat) return done(this.act({ do: 'confirm' }, now))
    const id = idAt('study', now, this.newId)
    this.log.dropOld(now)
    this.keep({ session: begin({ id, now, autoEndMinutes, ...zone, ...topic }), skips, subjectName })
    return { ok: true, session: this.tell(now), isNew: true }
  }

  private act(action: Action, now: number): SessionView | null {
    const { seat } = this
    if (!seat) return null
    const { lastPingAt, provenAt, ...before } = seat.session
    const session = act(seat.session, action, now)
    const { lastPingAt: _, provenAt: __, ...after } = session
    const moved = (Object.keys(after) as (keyof typeof after)[]).some((field) => after[field] !== before[field])
    if (moved) {
      this.keep({ ...seat, session })
      return this.tell(now)
    }
    this.seat = { ...seat, session }
    this.log.keepPing(session)
    return viewOfRunning(session, now)
  }

  private end(id: string, claimedAt: number | null, now: number): StudyOutcome {
    const { seat } = this
    if (seat?.session.id === id) {
      const { session, end } = endByPerson(seat.session, claimedAt, now)
      return done(this.close({ ...seat, session }, end, claimedAt))
    }
    this.settle(now)
    const ended = this.log.ended(id)
    if (ended) return done(this.amend(ended, claimedAt, now) ?? viewOfFinished(ended.finished, claimedAt))
    const view = this.recover(id, claimedAt, now)
    return view ? done(view) : { ok: false, code: 'study.session_not_found', session: null }
  }

  /** A later end of a session that was lost before it counted, if it counts with it. */
  private recover(id: string, claimedAt: number | null, now: number): SessionView | null {
    const seat = claimedAt === null ? null : this.log.lost(id)
    if (!seat) return null
    const { session, end } = endByPerson(seat.session, claimedAt, now)
    const finished = finish(session, end, (on) => this.log.countedOn(on))
    if (!finished) return null
    this.log.dropLost(id)
    this.keepFinished(finished, seat, null)
    const view = viewOfFinished(finished, claimedAt)
    this.news.push(view)
    return view
  }

  /** A later end of a session that was lost, if there is more to count. */
  private amend({ finished: before, seat }: Ended, claimedAt: number | null, now: number): SessionView | null {
    if (!seat || claimedAt === null || before.endReason !== 'lost') return null
    const { session, end } = endByPerson(seat.session, claimedAt, now)
    const known = (on: string) => before.days.find((day) => day.on === on)?.seconds ?? 0
    const counted = finish(session, end, (on) => this.log.countedOn(on) - known(on))
    if (!counted || counted.endedAt <= before.endedAt) return null
    const { roomId, subjectId, todoId, task } = before
    const finished = { ...counted, roomId, subjectId, todoId, task }
    this.keepFinished(finished, null, before)
    const view = viewOfFinished(finished, claimedAt)
    this.news.push(view)
    return view
  }

  private edit(command: Extract<StudyCommand, { do: 'edit' }>, now: number): StudyOutcome {
    const { id, change } = command
    if (this.seat?.session.id === id) {
      const subjectName = change.subjectId === undefined ? this.seat.subjectName : command.subjectName
      this.keep({ ...this.seat, session: { ...this.seat.session, ...change }, subjectName })
      return done(this.tell(now))
    }
    const ended = this.log.ended(id)
    if (!ended) return { ok: false, code: 'study.session_not_found', session: null }
    const finished = { ...ended.finished, ...change }
    this.log.keepFinished(ended.num, finished)
    return done(viewOfFinished(finished))
  }

  private find(id: string, now: number): StudyOutcome {
    if (this.seat?.session.id === id) return done(viewOfRunning(this.seat.session, now))
    const ended = this.log.ended(id)
    return ended ? done(viewOfFinished(ended.finished)) : { ok: false, code: 'study.session_not_found', session: null }
  }

  private refuse(id: string): StudyOutcome {
    const ended = this.log.ended(id)
    return ended
      ? { ok: false, code: 'study.session_ended', session: viewOfFinished(ended.finished) }
      : { ok: false, code: 'study.session_not_found', session: null }
  }

  /** Lets happen what has happened by itself since the last look. */
  private settle(now: number): void {
    const { seat } = this
    if (!seat) return
    const { session, end } = settle(seat.session, now)
    if (end) {
      const { id, state, countedSeconds: counted } = this.close({ ...seat, session }, end, null)
      if (state === 'ended') this.post.tell('study.ended', id, { reason: end.reason, seconds: counted }, now)
      return
    }
    if (session === seat.session) return
    this.keep({ ...seat, session })
    this.tell(now)
    const { askedAt } = session
    if (askedAt === null || askedAt === seat.session.askedAt) return
    const answerBy = askedAt + answerWithinMs
    this.post.tell('study.asked', session.id, { answerBy }, askedAt, answerBy)
  }

  private close(seat: Seat, end: End, claimedAt: number | null): SessionView {
    const finished = finish(seat.session, end, (on) => this.log.countedOn(on))
    this.seat = null
    this.log.dropRunning()
    if (finished) this.keepFinished(finished, seat, null)
    else if (end.reason === 'lost') this.log.keepLost(seat, end.settledAt)
    const view = finished ? viewOfFinished(finished, claimedAt) : viewOfDiscarded(seat.session, end.at, end.reason)
    this.news.push(view)
    return view
  }

  private keepFinished(finished: Finished, seat: Seat | null, before: Finished | null): void {
    this.log.addDays(daysAdded(finished, before))
    const skips = seat?.skips ?? this.log.ended(finished.id)?.seat?.skips ?? []
    const streak = streakFrom(this.log.days(), skips)
    const lost = finished.endReason === 'lost' ? seat : null
    this.post.add({ finished, seat: lost, before, streak })
  }

  private keep(seat: Seat): void {
    this.seat = seat
    this.log.keepRunning(seat)
  }

  private tell(now: number): SessionView | null {
    if (!this.seat) return null
    const view = viewOfRunning(this.seat.session, now)
    this.news.push(view)
    return view
  }
}

const done = (session: SessionView | null): StudyOutcome => ({ ok: true, session, isNew: false })

/** What a session gives to each day beyond what was given before. */
export function daysAdded(finished: Finished, before: Finished | null): DayCount[] {
  return finished.days
    .map(({ on, seconds }) => ({ on, seconds: seconds - (before?.days.find((day) => day.on === on)?.seconds ?? 0) }))
    .filter(({ seconds }) => seconds > 0)
}
