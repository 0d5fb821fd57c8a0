import { counts } from './counts'

/** D1 with its own figures added up: round trips, statements, rows. */
export function countingDb(db: D1Database): D1Database {
  const wrapped = {
    prepare: (sql: string) => new Statement(db.prepare(sql), sql),
    batch: async (statements: Statement[]) => {
      counts.d1.roundTrips += 1
      const results = await db.batch(statements.map(({ inner }) => inner))
      for (const { meta } of results) add(meta)
      return results
    },
    exec: (sql: string) => db.exec(sql),
  }
  return wrapped as unknown as D1Database
}

function add(meta: { rows_read?: number; rows_written?: number }): void {
  counts.d1.queries += 1
  counts.d1.rowsRead += meta.rows_read ?? 0
  counts.d1.rowsWritten += meta.rows_written ?? 0
}

class Statement {
  constructor(
    readonly inner: D1PreparedStatement,
    private readonly sql: string,
  ) {}

  bind(...values: unknown[]): Statement {
    return new Statement(this.inner.bind(...values), this.sql)
  }

  async all() {
    counts.d1.roundTrips += 1
    const result = await this.inner.all()
    add(result.meta)
    return result
  }

  run() {
    return this.all()
  }

  async first(column?: string) {
    const row = (await this.all()).results[0] ?? null
    return row && column !== undefined ? row[column] : row
  }

  /** `raw` tells no figures. A read is simply asked twice and counted once; a write is read from its objects. */
  async raw() {
    const writes = /^\s*(insert|update|delete|replace)/i.test(this.sql)
    const { results } = await this.all()
    return writes ? results.map((row) => Object.values(row)) : this.inner.raw()
  }
}
