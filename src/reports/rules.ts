const day = 24 * 60 * 60_000

/** In which a person may make a limited number of reports. */
export const reportLimitMs = day
/** How long the copy of what was reported is kept after the report was closed. */
export const copyKeptMs = 365 * day

export const reportReasons = [
  'spam',
  'harassment',
  'hate',
  'violence',
  'sexual',
  'self_harm',
  'cheating',
  'impersonation',
  'other',
] as const
