import type { Ctx } from '../../app/context'
import { rateErrors } from '../../shared/errors'
import type { FullThrottle, Throttle } from '../rules'
import { takeThrottles } from '../throttle-store'

/**
 * Counts one try in each of the throttles, exactly, however many come at once: over the limit nothing is written.
 * @throws rate.limited with Retry-After, RateLimit and RateLimit-Policy
 */
export async function takeFromThrottle(ctx: Ctx, ...wanted: Throttle[]): Promise<void> {
  const [taken, full] = await ctx.db.batch(takeThrottles(ctx, wanted))
  if (taken.length === 0) throw throttled(ctx, full)
}

/** What somebody is told whose try was not counted, because these throttles are full. */
export function throttled(ctx: Ctx, full: FullThrottle[]) {
  const longest = full.toSorted((a, b) => b.resetsAt - a.resetsAt)[0]
  if (!longest) return rateErrors.limited({ headers: { 'Retry-After': '1' } })
  const seconds = Math.max(1, Math.ceil((longest.resetsAt - ctx.now()) / 1000))
  return rateErrors.limited({
    headers: {
      'Retry-After': String(seconds),
      // The form of draft-ietf-httpapi-ratelimit-headers: quota and window, then what is left and when it fills up again.
      'RateLimit-Policy': `"${longest.name}";q=${longest.max};w=${longest.windowMs / 1000}`,
      RateLimit: `"${longest.name}";r=0;t=${seconds}`,
    },
  })
}
