import { applyD1Migrations, type D1Migration } from 'cloudflare:test'

interface Column {
  name: string
  type: string
  notnull: number
  pk: number
  dflt_value: string | null
}

export interface Table {
  name: string
  virtual: boolean
  columns: Column[]
}

type Row = Record<string, string | number | null>

const rowsPerTable = 3

/** The tables of a database, in the order in which they can be filled: what is referred to comes first. */
export async function listTables(db: D1Database): Promise<Table[]> {
  const { results } = await db
    .prepare(`SELECT name, sql LIKE 'CREATE VIRTUAL%' AS virtual FROM sqlite_master
              WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
                AND name <> 'd1_migrations' ORDER BY name`)
    .all<{ name: string; virtual: number }>()
  const virtual = results.filter((one) => one.virtual).map(({ name }) => name)
  // A full-text index keeps its data in tables that are named after it.
  const real = results.filter(({ name }) => !virtual.some((index) => name.startsWith(`${index}_`)))
  // One question for all tables: a migration more would otherwise cost a hundred.
  const names = JSON.stringify(real.map(({ name }) => name))
  const [columns, references] = await db.batch<{ owner: string } & Column>([
    db
      .prepare(`SELECT t.value AS owner, c.name, c.type, c."notnull", c.pk, c.dflt_value
      FROM json_each(?) AS t JOIN pragma_table_info(t.value) AS c`)
      .bind(names),
    db
      .prepare(
        'SELECT t.value AS owner, r."table" AS name FROM json_each(?) AS t JOIN pragma_foreign_key_list(t.value) AS r',
      )
      .bind(names),
  ])
  const tables = real.map(({ name, virtual: isVirtual }) => ({
    name,
    virtual: Boolean(isVirtual),
    columns: (columns?.results ?? []).filter(({ owner }) => owner === name).map(({ owner: _, ...column }) => column),
    needs: (references?.results ?? []).filter((one) => one.owner === name && one.name !== name).map((one) => one.name),
  }))
  const ordered: Table[] = []
  while (ordered.length < tables.length) {
    const next = tables.find(
      (table) => !ordered.includes(table) && table.needs.every((name) => ordered.some((done) => done.name === name)),
    )
    if (!next) throw new Error('The tables refer to each other in a circle: seed them by hand.')
    ordered.push(next)
  }
  return ordered
}

/** Far from the numbers that a migration may give to rows of its own. */
const firstKey = 1_000_000

const seededValue = (table: string, { name, type, pk }: Column, n: number) =>
  /INT|REAL|NUM/i.test(type) ? (pk ? firstKey + n : n) : `${table}-${name}-${n}`

/** Puts rows into every table that has none, so that a table made by any migration is full when the next one comes. */
export async function seedEmptyTables(db: D1Database): Promise<void> {
  const tables = await listTables(db)
  const counts = await measure(db)
  for (const table of tables) {
    if ((counts.get(table.name) ?? 0) > 0) continue
    const { results: references } = await db
      .prepare(`SELECT "from", "table", "to" FROM pragma_foreign_key_list('${table.name}')`)
      .all<{ from: string; table: string; to: string | null }>()
    // What one column says of another is not kept by rows that are full everywhere.
    const checks = (off: 0 | 1) => db.prepare(`PRAGMA ignore_check_constraints = ${off}`)
    const inserts = Array.from({ length: rowsPerTable }, (_, at) => {
      const n = at + 1
      const row: Row = table.virtual ? { rowid: firstKey + n } : {}
      for (const column of table.columns) {
        const reference = references.find(({ from }) => from === column.name)
        const target = tables
          .find(({ name }) => name === reference?.table)
          ?.columns.find(({ name }) => name === (reference?.to ?? 'id'))
        row[column.name] =
          reference && target ? seededValue(reference.table, target, n) : seededValue(table.name, column, n)
      }
      const names = Object.keys(row)
      return db
        .prepare(`INSERT INTO "${table.name}" (${names.map((name) => `"${name}"`)}) VALUES (${names.map(() => '?')})`)
        .bind(...Object.values(row))
    })
    await db.batch([checks(1), ...inserts, checks(0)])
  }
}

/** For every table how many rows it has, and for every column of it how many values that are not null. */
async function measure(db: D1Database): Promise<Map<string, number>> {
  const tables = await listTables(db)
  if (tables.length === 0) return new Map()
  const counted = await db.batch<Record<string, number>>(
    tables.map((table) => {
      const sums = table.virtual ? [] : table.columns.map(({ name }) => `count("${name}") AS "${name}"`)
      return db.prepare(`SELECT ${['count(*) AS " "', ...sums]} FROM "${table.name}"`)
    }),
  )
  const named = tables.flatMap(({ name: table }, at) =>
    Object.entries(counted[at]?.results[0] ?? {}).map(([column, count]): [string, number] => [
      column === ' ' ? table : `${table}.${column}`,
      count,
    ]),
  )
  return new Map(named)
}

/**
 * Applies migrations one by one, with rows in every table before each, and tells what each has lost.
 * @param dropped tables and columns that a migration removes on purpose: `table` or `table.column`
 */
export async function findLosses(db: D1Database, migrations: D1Migration[], dropped: string[] = []): Promise<string[]> {
  const losses: string[] = []
  for (const [at, migration] of migrations.entries()) {
    const before = await measure(db)
    await applyD1Migrations(db, migrations.slice(0, at + 1))
    const after = await measure(db)
    for (const [name, count] of before) {
      if (dropped.some((one) => name === one || name.startsWith(`${one}.`))) continue
      const left = after.get(name)
      if (left === undefined) losses.push(`${migration.name}: ${name} is gone`)
      else if (left < count) losses.push(`${migration.name}: ${name} had ${count} and has ${left}`)
    }
    await seedEmptyTables(db)
  }
  return losses
}
