/** What is said of a room's timer. Plain data, like all of the contract. */

export type TimerCommand =
  | { type: 'timer.start'; pattern: TimerPattern }
  | { type: 'timer.pause' | 'timer.resume' | 'timer.stop' }
  /** `phase`: only if that is the phase of now. */
  | { type: 'timer.skip'; phase?: number }

/** What a room timer repeats: `rounds` times work with short breaks between, then the long break. */
export interface TimerPattern {
  workMinutes: number
  shortBreakMinutes: number
  longBreakMinutes: number
  rounds: number
}

export type PhaseKind = 'work' | 'shortBreak' | 'longBreak'

/** What came of a timer; `phase`: the next one began by itself. `ended`: the pattern was over and nobody was there. */
export type TimerChange = 'started' | 'paused' | 'resumed' | 'skipped' | 'stopped' | 'phase' | 'ended'

/** A room's timer. Times are ISO 8601. */
export interface TimerView {
  /** The seq of its start, which tells runs apart. */
  run: number
  pattern: TimerPattern
  startedBy: string | null
  startedAt: string
  /** From here on the pattern runs, once pauses and skips are taken out. */
  anchorAt: string
  pausedAt: string | null
  /** `number` counts from 0 over the run, `round` from 1 over the pattern. While paused, `endsAt - pausedAt` is left. */
  phase: { number: number; kind: PhaseKind; round: number; startedAt: string; endsAt: string }
}
