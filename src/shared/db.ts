import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'

export type Db = DrizzleD1Database<Record<string, never>>

export function openDb(d1: D1Database): Db {
  return drizzle(d1, { casing: 'snake_case' })
}

/** The name of the constraint, index or column list that refused a write, or null when the error is something else. */
export function refusedBy(error: unknown): string | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const found = /(?:UNIQUE|CHECK) constraint failed: ([^\n]+?)(?:: SQLITE_CONSTRAINT.*)?$/m.exec(at.message)
    if (found?.[1]) return found[1]
  }
  return null
}
