import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import type { FullThrottle, Throttle } from './rules'
import { throttles } from './tables'

/** Throttles as a table. @param key how the database completes a key @param which of them count */
export const listThrottles = (wanted: Throttle[], key: SQL = sql`value ->> 'key'`, which: SQL = sql`1`): SQL =>
  sql`(SELECT ${key} AS key, value ->> 'name' AS name, value ->> 'max' AS max, value ->> 'windowMs' AS window_ms
    FROM json_each(${JSON.stringify(wanted)}) WHERE ${which})`

const fullOnes = (ctx: Ctx, list: SQL) => sql`${list} AS wanted JOIN ${throttles} AS known ON known.key = wanted.key
  WHERE known.resets_at > ${ctx.now()} AND known.count >= wanted.max`

/** Holds while one of the throttles is full: for what stands before `takeThrottles` in its batch. */
export const isThrottled = (ctx: Ctx, wanted: Throttle[]): SQL =>
  sql`EXISTS (SELECT 1 FROM ${fullOnes(ctx, listThrottles(wanted))})`

/** Counts a try in each of the throttles, or in none when one is full: then `taken` is empty and `full` names those. */
export const takeThrottles = (ctx: Ctx, wanted: Throttle[]) => takeListedThrottles(ctx, listThrottles(wanted))

/** The same for a list that the database completes. */
export function takeListedThrottles(ctx: Ctx, list: SQL) {
  const now = ctx.now()
  const full = fullOnes(ctx, list)
  return [
    ctx.db.all<{ key: string; count: number }>(sql`
      INSERT INTO ${throttles} (key, count, resets_at)
      SELECT key, 1, ${now} + window_ms FROM ${list} WHERE NOT EXISTS (SELECT 1 FROM ${full})
      ON CONFLICT (key) DO UPDATE SET
        count = iif(throttles.resets_at <= ${now}, 1, throttles.count + 1),
        resets_at = iif(throttles.resets_at <= ${now}, excluded.resets_at, throttles.resets_at)
      RETURNING key, count`),
    ctx.db.all<FullThrottle>(sql`
      SELECT wanted.name AS name, wanted.max AS max, wanted.window_ms AS "windowMs", known.resets_at AS "resetsAt"
      FROM ${full}`),
  ] as const
}

/** Takes back what `takeThrottles` counted, once the try has turned out well. */
export function refundThrottles(ctx: Ctx, keys: string[], proof: SQL) {
  return ctx.db.run(sql`
    UPDATE ${throttles} SET count = count - 1
    WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)})) AND count > 0 AND ${proof}`)
}

/** The same for a try that needs no proof, because nobody else can have had it. */
export async function refundThrottle(ctx: Ctx, key: string): Promise<void> {
  await refundThrottles(ctx, [key], sql`1`)
}

/** At most `limit` counters whose window is over. */
export async function deleteOldThrottles(ctx: Ctx, limit: number): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM ${throttles} WHERE key IN
      (SELECT key FROM ${throttles} WHERE resets_at <= ${ctx.now()} ORDER BY resets_at LIMIT ${limit})`)
}
