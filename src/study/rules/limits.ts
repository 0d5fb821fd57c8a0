const minute = 60_000

export const shortestManualMs = 5 * minute
export const longestManualMs = 12 * 60 * minute
export const oldestManualMs = 30 * 24 * 60 * minute
export const manualPerMonth = 5
export const maxStatsDays = 366
export const boardSize = 100

/** How old a board of everyone may be, in milliseconds. */
export const boardKeptMs = { day: minute, week: 10 * minute, month: 30 * minute }

/** How strongly a heat map shows a day: 0 nothing, 4 two hours and more. */
export function heatOf(seconds: number): 0 | 1 | 2 | 3 | 4 {
  if (seconds < 60) return 0
  if (seconds < 30 * 60) return 1
  if (seconds < 60 * 60) return 2
  return seconds < 120 * 60 ? 3 : 4
}

/** Whole per cent of a goal; null without one. */
export const percentOf = (seconds: number, goalMinutes: number | null) =>
  goalMinutes === null ? null : Math.floor((100 * seconds) / (goalMinutes * 60))
