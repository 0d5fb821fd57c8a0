import type { D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test } from 'vitest'
import { findLosses, listTables } from './support/migrations'

const { EMPTY_DB: db, TEST_MIGRATIONS: migrations } = env as Env & {
  EMPTY_DB: D1Database
  TEST_MIGRATIONS: D1Migration[]
}

/** Tables and columns (`table.column`) that a migration has removed on purpose. */
const dropped: string[] = []

interface Snapshot {
  tables: Record<
    string,
    {
      columns: Record<string, { name: string; type: string; notNull: boolean; primaryKey: boolean }>
      indexes: Record<string, { name: string }>
      compositePrimaryKeys: Record<string, { columns: string[] }>
    }
  >
}

declare global {
  interface ImportMeta {
    /** Vite puts in what the pattern finds. */
    glob<Module>(pattern: string, options: { eager: true; import: 'default' }): Record<string, Module>
  }
}

const snapshots = import.meta.glob<Snapshot>('../migrations/meta/*_snapshot.json', { eager: true, import: 'default' })

afterEach(async () => {
  await db.prepare('PRAGMA defer_foreign_keys = on').run()
  const { results } = await db
    .prepare(
      `SELECT name, type FROM sqlite_master WHERE type = 'trigger' OR (type = 'table' AND name IN ('d1_migrations', 'parents', 'children'))`,
    )
    .all<{ name: string; type: string }>()
  for (const { name, type } of results.sort((a) => (a.name === 'children' || a.type === 'trigger' ? -1 : 1)))
    await db.prepare(`DROP ${type} "${name}"`).run()
})

// It grows with the number of migrations, and machines are busy.
test('no migration loses a row or a value of what was stored before it', { timeout: 90_000 }, async () => {
  expect(migrations.length).toBeGreaterThan(1)
  expect(await findLosses(db, migrations, dropped)).toEqual([])
  expect((await listTables(db)).map(({ name }) => name)).toEqual(expect.arrayContaining(['users', 'channel_search']))

  // The same database shows whether the hand-written SQL and the snapshots that drizzle-kit compares with agree.
  const newest = Object.keys(snapshots).sort().at(-1) as string
  const snapshot = snapshots[newest] as Snapshot
  const expected = Object.entries(snapshot.tables).map(([name, table]) => {
    const keys = Object.values(table.compositePrimaryKeys).flatMap(({ columns }) => columns)
    const columns = Object.values(table.columns).map(
      (one) =>
        `${one.name} ${one.type}${one.notNull ? ' not null' : ''}${one.primaryKey || keys.includes(one.name) ? ' key' : ''}`,
    )
    return { name, columns: columns.sort(), indexes: Object.keys(table.indexes).sort() }
  })
  const actual = []
  for (const { name, virtual, columns } of await listTables(db)) {
    if (virtual) continue
    const { results: indexes } = await db
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`)
      .bind(name)
      .all<{ name: string }>()
    actual.push({
      name,
      columns: columns
        .map((one) => `${one.name} ${one.type.toLowerCase()}${one.notnull ? ' not null' : ''}${one.pk ? ' key' : ''}`)
        .sort(),
      indexes: indexes.map((one) => one.name).sort(),
    })
  }
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
  expect(actual.sort(byName)).toEqual(expected.sort(byName))
})

test('a table rebuilt as drizzle-kit would write it is caught, because D1 cascades all the same', async () => {
  const rebuilt: D1Migration[] = [
    {
      name: '0000_family.sql',
      queries: [
        'CREATE TABLE parents (id text PRIMARY KEY NOT NULL)',
        'CREATE TABLE children (id text PRIMARY KEY, parent text REFERENCES parents(id) ON DELETE CASCADE)',
      ],
    },
    {
      name: '0001_rebuild.sql',
      queries: [
        'PRAGMA foreign_keys=OFF',
        'CREATE TABLE __new_parents (id text PRIMARY KEY NOT NULL, name text)',
        'INSERT INTO __new_parents (id) SELECT id FROM parents',
        'DROP TABLE parents',
        'ALTER TABLE __new_parents RENAME TO parents',
        'PRAGMA foreign_keys=ON',
      ],
    },
  ]
  const losses = await findLosses(db, rebuilt)
  expect(losses).toContain('0001_rebuild.sql: children had 3 and has 0')
})
