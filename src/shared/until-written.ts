/** How often a decision is made anew when somebody else writes between its reading and its writing. */
const tries = 10

/**
 * Decides and writes again until the write meets what the decision was made on.
 * @param attempt null when its write missed
 * @param busy makes the error after ten misses
 */
export async function untilWritten<T>(attempt: () => Promise<T | null>, busy: () => Error): Promise<T> {
  for (let at = 0; at < tries; at += 1) {
    const written = await attempt()
    if (written !== null) return written
  }
  throw busy()
}
