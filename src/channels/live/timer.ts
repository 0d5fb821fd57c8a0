import { done, refuse, rememberNonce } from './answers'
import type { Effect, Facts, RoomState, Step } from './model'
import type { ServerEvent } from './protocol'
import { looksAfter } from './rights'
import type { TimerChange, TimerCommand, TimerPattern, TimerView } from './timer-contract'
import { phaseAt, phaseOf, phasesPerCycle } from './timer-pattern'

/**
 * The room's timer (T1 to T9): an anchor and a pattern, from which everybody computes where it stands. Nothing ticks;
 * the alarm comes once a phase, and whoever comes late finds the phase of now. Pure.
 */

export interface TimerRow {
  /** The seq of its start, which tells runs apart. */
  run: number
  pattern: TimerPattern
  /** Null once the person is erased. */
  startedBy: string | null
  startedAt: number
  /** When it would have started to stand where it stands if nobody had ever paused or skipped. */
  anchorAt: number
  pausedAt: number | null
  /** The number of the last phase that was told, and when it began. */
  phase: number
  beganAt: number
}

/** A work phase that ran to its end, and who was there. */
export interface Pomodoro {
  run: number
  phase: number
  workMinutes: number
  startedAt: number
  endedAt: number
  userIds: string[]
}

const iso = (at: number) => new Date(at).toISOString()

/** The timer as everybody is told of it. While it is paused, what is left is `endsAt - pausedAt`. */
export function timerView({
  run,
  pattern,
  startedBy,
  startedAt,
  anchorAt,
  pausedAt,
  phase,
  beganAt,
}: TimerRow): TimerView {
  const { number, kind, round, to } = phaseOf(pattern, phase)
  return {
    ...{ run, pattern, startedBy, startedAt: iso(startedAt), anchorAt: iso(anchorAt) },
    pausedAt: pausedAt === null ? null : iso(pausedAt),
    phase: { number, kind, round, startedAt: iso(beganAt), endsAt: iso(anchorAt + to) },
  }
}

/** The timer as it stands now, whether or not the alarm has come. */
export function timerNow(facts: Pick<Facts, 'timer'>, now: number): TimerView | null {
  const timer = facts.timer()
  return timer && timerView(broughtTo(timer, now))
}

function broughtTo(timer: TimerRow, now: number): TimerRow {
  const { number, from } = phaseAt(timer.pattern, (timer.pausedAt ?? now) - timer.anchorAt)
  // A clock that went back does not bring a phase back.
  return number > timer.phase ? { ...timer, phase: number, beganAt: timer.anchorAt + from } : timer
}

/** A logged change in its present form: every one of a replay shows the timer that runs now. */
export function timerEvent(
  seq: number,
  kind: `timer.${TimerChange}`,
  userId: string | null,
  timer: TimerRow | null,
): ServerEvent {
  const change = kind.slice('timer.'.length) as TimerChange
  return { type: 'timer.changed', seq, change, userId, timer: timer && timerView(timer) }
}

interface Changed {
  state: RoomState
  effects: Effect[]
  timer: TimerRow | null
}

/** Stores and tells a timer, or with null that it is gone, and sets the alarm to the end of its phase. */
function changed(state: RoomState, timer: TimerRow | null, change: TimerChange, userId: string | null): Changed {
  const seq = state.seq + 1
  const event: ServerEvent = { type: 'timer.changed', seq, change, userId, timer: timer && timerView(timer) }
  const effects: Effect[] = [
    { do: 'save', write: { table: 'timer', timer, seq, change, userId } },
    { do: 'letSleep', kind: 'timer', key: '' },
    { do: 'toAll', event },
  ]
  if (timer && timer.pausedAt === null) effects.push(wakeAtEnd(timer))
  return { state: { ...state, seq }, effects, timer }
}

const wakeAtEnd = ({ anchorAt, pattern, phase }: TimerRow): Effect => ({
  ...{ do: 'wakeAt', kind: 'timer', key: '', at: anchorAt + phaseOf(pattern, phase).to },
})

/** Ends the phases whose time is over. However late, and however often, it comes to the same. */
function settle(state: RoomState, facts: Facts, now: number): Changed {
  const timer = facts.timer()
  if (!timer) return { state, effects: [], timer }
  const next = broughtTo(timer, now)
  if (next === timer) return { state, effects: [], timer }
  const here = [...facts.presentIds()].filter((userId) => facts.member(userId)?.state === 'active')
  const perCycle = phasesPerCycle(timer.pattern)
  const inNewCycle = Math.floor(next.phase / perCycle) > Math.floor(timer.phase / perCycle)
  const told =
    here.length === 0 && inNewCycle ? changed(state, null, 'ended', null) : changed(state, next, 'phase', null)
  return { ...told, effects: [...completed(timer, next.phase, here, now), ...told.effects] }
}

/** The work phases from the one that was told last to the one before `upTo`, at most those of one cycle. */
function completed(timer: TimerRow, upTo: number, userIds: string[], now: number): Effect[] {
  if (userIds.length === 0) return []
  const { run, pattern, anchorAt } = timer
  const effects: Effect[] = []
  for (let number = Math.max(timer.phase, upTo - phasesPerCycle(pattern)); number < upTo; number += 1) {
    const { kind, from, to } = phaseOf(pattern, number)
    if (kind !== 'work') continue
    const startedAt = number === timer.phase ? timer.beganAt : anchorAt + from
    const about = { run, phase: number, workMinutes: pattern.workMinutes, startedAt, endedAt: anchorAt + to }
    effects.push({ do: 'save', write: { table: 'pomodoros', pomodoro: { ...about, userIds } } })
  }
  if (effects.length > 0) effects.push({ do: 'wakeAt', kind: 'pomodoro', key: '', at: now })
  return effects
}

/** The alarm: on time, late, early or twice. */
export function timerDue(state: RoomState, facts: Facts, { now }: { now: number }): Step {
  if (facts.channel()?.deletedAt !== null) return { state, effects: [] }
  const settled = settle(state, facts, now)
  const { timer, effects } = settled
  if (timer && timer.pausedAt === null && effects.length === 0) return { state, effects: [wakeAtEnd(timer)] }
  return { state: settled.state, effects }
}

interface Command {
  userId: string
  nonce: string | null
  now: number
}

/** Whoever may start a timer may change it. A phase whose time is over ends before the command takes place. */
export function changeTimer(state: RoomState, facts: Facts, event: Command, command: TimerCommand): Step {
  if (facts.channel()?.whoMayStartTimer === 'moderators' && !looksAfter(facts, event.userId))
    return refuse(state, 'timer.not_allowed')
  const settled = settle(state, facts, event.now)
  const step = decideTimer(settled, event, command)
  step.effects.unshift(...settled.effects)
  return step
}

function decideTimer({ state, timer }: Changed, event: Command, command: TimerCommand): Step {
  const { userId, now } = event
  if (command.type === 'timer.start') {
    if (timer) return refuse(state, 'timer.running')
    const { pattern } = command
    const at = { startedAt: now, anchorAt: now, beganAt: now, pausedAt: null }
    const started = { run: state.seq + 1, pattern, startedBy: userId, phase: 0, ...at }
    return answered(event, changed(state, started, 'started', userId))
  }
  if (!timer) return command.type === 'timer.stop' ? unchanged(state, event) : refuse(state, 'timer.not_running')
  const { pattern, anchorAt, pausedAt, phase } = timer
  switch (command.type) {
    case 'timer.pause':
      if (pausedAt !== null) return unchanged(state, event)
      return answered(event, changed(state, { ...timer, pausedAt: now }, 'paused', userId))
    case 'timer.resume': {
      if (pausedAt === null) return unchanged(state, event)
      const resumed = { ...timer, anchorAt: anchorAt + Math.max(0, now - pausedAt), pausedAt: null }
      return answered(event, changed(state, resumed, 'resumed', userId))
    }
    case 'timer.skip': {
      // Two who skip the same phase skip one.
      if (command.phase !== undefined && command.phase !== phase) return unchanged(state, event)
      const anchor = (pausedAt ?? now) - phaseOf(pattern, phase).to
      const skipped = { ...timer, anchorAt: anchor, phase: phase + 1, beganAt: now }
      return answered(event, changed(state, skipped, 'skipped', userId))
    }
    default:
      return answered(event, changed(state, null, 'stopped', userId))
  }
}

function answered(event: Command, { state, effects }: Changed): Step {
  rememberNonce(effects, event, null, state.seq)
  return done(state, effects, { seq: state.seq })
}

function unchanged(state: RoomState, event: Command): Step {
  const effects: Effect[] = []
  rememberNonce(effects, event, null, null)
  return done(state, effects, {})
}
