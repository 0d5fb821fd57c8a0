import { sql } from 'drizzle-orm'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'

export type Db = DrizzleD1Database<Record<string, never>>

/** D1 binds every number as a float, and a float bound costs one more read for each row of a range. */
export const whole = (value: string | number | undefined) => sql`CAST(${value} AS INTEGER)`

/** What a query shows to drizzle's own `batch`; its types hide it. */
interface Batchable {
  _prepare(): {
    getQuery(): { sql: string; params: unknown[] }
    mapResult(result: D1Result, isFromBatch: true): unknown
  }
}

export function openDb(d1: D1Database): Db {
  const db = drizzle(d1, { casing: 'snake_case' })
  // drizzle 0.45 cannot put `db.run(sql)` or `db.all(sql)` into a batch once they have parameters: it looks for a
  // statement that only built queries have. Binding the query's own text works for both.
  const batch = async (queries: readonly Batchable[]) => {
    const prepared = queries.map((query) => query._prepare())
    const results = await d1.batch(
      prepared.map((query) => {
        const { sql, params } = query.getQuery()
        return d1.prepare(sql).bind(...params)
      }),
    )
    return results.map((result, at) => prepared[at]?.mapResult(result, true))
  }
  return Object.assign(db, { batch: batch as unknown as Db['batch'] })
}

/**
 * The name of the constraint, index or column list that refused a write, `FOREIGN KEY` for a reference that leads
 * nowhere, or null when the error is something else.
 */
export function refusedBy(error: unknown): string | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const found = /(?:UNIQUE|CHECK) constraint failed: ([^\n]+?)(?:: SQLITE_CONSTRAINT.*)?$/m.exec(at.message)
    if (found?.[1]) return found[1]
    if (at.message.includes('FOREIGN KEY constraint failed')) return 'FOREIGN KEY'
  }
  return null
}
