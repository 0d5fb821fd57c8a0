import type { Generator } from './load.ts'

export interface Table {
  title: string
  columns: string[]
  rows: string[][]
}

export interface Plot {
  /** Also the name of its file. */
  name: string
  title: string
  x: string
  y: string
  /** Both axes are logarithmic when the values span more than two decades. */
  series: { label: string; points: [number, number][] }[]
}

/** A goal and what came out, in one line. */
export interface Finding {
  goal: string
  result: string
  /** Null where there is no goal or nothing to compare with. */
  met: boolean | null
}

export interface Outcome {
  findings: Finding[]
  tables: Table[]
  plots?: Plot[]
  notes?: string[]
  /** Everything that was measured, for the JSON file. */
  raw: unknown
}

export interface Run {
  quick: boolean
  rounds: number
  /** Milliseconds since 1970 after which no further round is begun. */
  deadline: number
  say(line: string): void
  generator(): Promise<Generator>
}

export interface Workload {
  id: string
  title: string
  /** Minutes after which a full run begins nothing new. */
  minutes: number
  run(run: Run): Promise<Outcome>
}
