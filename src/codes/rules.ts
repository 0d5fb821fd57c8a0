/** How long a code is good for, and how long to wait before the next one, in milliseconds. */
export const codeLifeMs = 10 * 60 * 1000
export const resendAfterMs = 60 * 1000

/** How often a code may be compared with what somebody typed. */
export const maxTries = 5

export const codeDigits = 6

export type CodeOutcome = 'approved' | 'wrong' | 'expired' | 'too_many'

/** Which of those rows a try met: what is left to say when it was not taken. Times in milliseconds since 1970. */
export function missedOutcome(row: { tries: number; expiresAt: number; usedAt: number | null } | null, now: number) {
  const open = row !== null && row.usedAt === null && row.expiresAt > now
  return open && row.tries >= maxTries ? 'too_many' : 'expired'
}

/** Six digits, each code as likely as any other. */
export function digitsFrom(random: () => number): string {
  const range = 10 ** codeDigits
  // Numbers above the last whole multiple would make some codes likelier than others.
  const limit = Math.floor(2 ** 32 / range) * range
  let number = random()
  while (number >= limit) number = random()
  return String(number % range).padStart(codeDigits, '0')
}
