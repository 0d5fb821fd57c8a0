import type { PhaseKind, TimerCommand, TimerPattern } from './timer-contract'

/** What a room timer repeats, and where in it a moment falls. Pure. */

const minuteMs = 60_000

const pattern = (workMinutes: number, shortBreakMinutes: number, longBreakMinutes = shortBreakMinutes) => ({
  ...{ workMinutes, shortBreakMinutes, longBreakMinutes, rounds: 4 },
})

/** The ready-made ones. */
export const timerPatterns = {
  '25/5': pattern(25, 5, 15),
  '50/10': pattern(50, 10),
  '90/20': pattern(90, 20),
} as const satisfies Record<string, TimerPattern>

export type PatternName = keyof typeof timerPatterns

export const patternNames = Object.keys(timerPatterns) as [PatternName, ...PatternName[]]

/** The least and the most of each part of a pattern. */
export const patternBounds = {
  workMinutes: [1, 180],
  shortBreakMinutes: [1, 60],
  longBreakMinutes: [1, 120],
  rounds: [1, 12],
} as const satisfies Record<keyof TimerPattern, readonly [number, number]>

const parts = Object.keys(patternBounds) as (keyof TimerPattern)[]

/** Reads the fields of a timer frame beside type and nonce. Returns what is wrong, in words, when something is. */
export function readTimerCommand(frame: Record<string, unknown>): TimerCommand | string {
  const { type, nonce: _, pattern: asked, phase, ...rest } = frame
  const others = Object.keys(rest).length > 0
  switch (type) {
    case 'timer.start': {
      if (others || 'phase' in frame) return 'timer.start has the fields nonce, pattern only'
      const found = readPattern(asked)
      return found ? { type, pattern: found } : `pattern must be one of ${patternNames.join(', ')}, or its four parts`
    }
    case 'timer.skip':
      if (others || 'pattern' in frame) return 'timer.skip has the fields nonce, phase only'
      if (phase === undefined) return { type }
      return isWhole(phase, 0, Number.MAX_SAFE_INTEGER) ? { type, phase } : 'phase must be the number of a phase'
    case 'timer.pause':
    case 'timer.resume':
    case 'timer.stop':
      return others || 'pattern' in frame || 'phase' in frame ? `${type} has the field nonce only` : { type }
    default:
      return 'type must be that of a timer frame'
  }
}

function readPattern(asked: unknown): TimerPattern | null {
  if (asked === undefined) return timerPatterns['25/5']
  const name = patternNames.find((known) => known === asked)
  if (name) return timerPatterns[name]
  if (typeof asked !== 'object' || asked === null || Object.keys(asked).length !== parts.length) return null
  const given = asked as Record<keyof TimerPattern, unknown>
  const fits = parts.every((part) => {
    const [least, most] = patternBounds[part]
    return isWhole(given[part], least, most)
  })
  return fits ? (given as TimerPattern) : null
}

const isWhole = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most

export interface Phase {
  /** Counted from 0 over the whole run. Even ones are work. */
  number: number
  kind: PhaseKind
  /** 1 to `rounds`: which work phase of its cycle this is, or follows. */
  round: number
  /** In milliseconds of running time since the anchor. */
  from: number
  to: number
}

/** How many phases there are until the pattern begins anew. */
export const phasesPerCycle = ({ rounds }: TimerPattern) => 2 * rounds

export function phaseOf(of: TimerPattern, number: number): Phase {
  const { workMinutes, shortBreakMinutes, longBreakMinutes, rounds } = of
  const perCycle = phasesPerCycle(of)
  const at = number % perCycle
  const kind = at % 2 === 0 ? 'work' : at === perCycle - 1 ? 'longBreak' : 'shortBreak'
  const lasts = { work: workMinutes, shortBreak: shortBreakMinutes, longBreak: longBreakMinutes }[kind]
  const round = Math.floor(at / 2)
  const before = round * (workMinutes + shortBreakMinutes) + (kind === 'work' ? 0 : workMinutes)
  const from = (Math.floor(number / perCycle) * cycleMinutes(of) + before) * minuteMs
  return { number, kind, round: Math.min(round + 1, rounds), from, to: from + lasts * minuteMs }
}

/** @param elapsed milliseconds of running time since the anchor */
export function phaseAt(of: TimerPattern, elapsed: number): Phase {
  const { workMinutes, shortBreakMinutes, rounds } = of
  const cycles = Math.floor(elapsed / minuteMs / cycleMinutes(of))
  const rest = elapsed / minuteMs - cycles * cycleMinutes(of)
  const perRound = workMinutes + shortBreakMinutes
  const round = Math.min(Math.floor(rest / perRound), rounds - 1)
  const inBreak = rest - round * perRound >= workMinutes
  return phaseOf(of, cycles * phasesPerCycle(of) + 2 * round + Number(inBreak))
}

const cycleMinutes = ({ workMinutes, shortBreakMinutes, longBreakMinutes, rounds }: TimerPattern) =>
  rounds * workMinutes + (rounds - 1) * shortBreakMinutes + longBreakMinutes
