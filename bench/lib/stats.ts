export interface Spread {
  median: number
  min: number
  max: number
  rounds: number
}

/** Median and range of what several rounds gave; NaN stands for a round without a result and is left out. */
export function spread(values: number[]): Spread {
  const known = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b)
  const middle = known.length >> 1
  const median =
    known.length === 0
      ? Number.NaN
      : known.length % 2 === 1
        ? known[middle]!
        : (known[middle - 1]! + known[middle]!) / 2
  return { median, min: known[0] ?? Number.NaN, max: known.at(-1) ?? Number.NaN, rounds: known.length }
}

/** Round by round, so that what disturbs the machine disturbs both sides of a ratio. */
export function ratios(ours: number[], theirs: number[]): Spread {
  return spread(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))
}

export function number(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Number.isInteger(value) && Math.abs(value) < 100) return String(value)
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

export function shown({ median, min, max, rounds }: Spread, unit = ''): string {
  if (rounds === 0) return '–'
  return rounds === 1 ? `${number(median)}${unit}` : `${number(median)}${unit} (${number(min)}–${number(max)})`
}
