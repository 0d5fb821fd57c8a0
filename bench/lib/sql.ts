import type { Studyhall } from './studyhall.ts'

/** Statements for the counting entry's database, which no other entry takes. */
export function studyhallSql(server: Studyhall) {
  const run = async (statements: string[]) => {
    const reply = await fetch(`${server.base}/__bench/sql`, { method: 'POST', body: JSON.stringify(statements) })
    if (!reply.ok) throw new Error(`${(await reply.text()).slice(0, 500)} (${statements[0]?.slice(0, 200)})`)
    return (await reply.json()) as Record<string, unknown>[][]
  }
  return {
    run,
    /** Copies one row under the numbers `from` to `to`. Columns that count by themselves are left to do so. */
    async copy(table: string, where: string, but: Record<string, string>, from: number, to: number): Promise<void> {
      const [columns = []] = await run([`PRAGMA table_info(${table})`])
      const names = columns.map(({ name }) => String(name)).filter((name) => name !== 'num')
      const values = names.map((name) => but[name] ?? `template."${name}"`)
      await run([
        `WITH RECURSIVE numbers (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to}),
          template AS (SELECT * FROM ${table} WHERE ${where} LIMIT 1)
        INSERT INTO ${table} (${names.map((name) => `"${name}"`).join(', ')})
        SELECT ${values.join(', ')} FROM numbers, template`,
      ])
    },
  }
}
