/**
 * Stands in for what rrule needs to read and write rules in English (`[alias]` in wrangler.toml): nobody here speaks them.
 * `docs/decisions/a-smaller-worker.md`
 */
function leftOut(): never {
  throw new Error('Rules that repeat are not read from or written as English here.')
}

export { leftOut as fromText, leftOut as isFullyConvertible, leftOut as parseText, leftOut as toText }
