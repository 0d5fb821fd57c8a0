import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { migrateLocally } from '../../scripts/support/migrate'
import { run } from '../../scripts/support/run'

/** How a local database gets its migrations, with the real wrangler. */

const dataDir = mkdtempSync(join(tmpdir(), 'studyhall-migrate-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const names = readdirSync('migrations')
  .filter((name) => name.endsWith('.sql'))
  .sort()

function read<Row>(query: string): Row[] {
  const folder = join(dataDir, 'v3/d1/miniflare-D1DatabaseObject')
  const [file = ''] = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  const db = new DatabaseSync(join(folder, file), { readOnly: true })
  const found = db.prepare(query).all() as Row[]
  db.close()
  return found
}

const schema = `SELECT type, name, sql FROM sqlite_master WHERE tbl_name NOT IN ('d1_migrations', 'sqlite_sequence', '_cf_METADATA')
  ORDER BY type, name`

test('an empty one gets all in one batch, as one after the other makes them, and wrangler knows of each', async () => {
  const calls: string[][] = []
  const migrate = () =>
    migrateLocally(dataDir, (args) => {
      calls.push(args)
      return run(['wrangler', ...args])
    })
  const first = await migrate()
  expect(first.code, first.output).toBe(0)
  expect(calls.map(([, verb]) => verb)).toEqual(['execute'])
  expect(read('SELECT name FROM d1_migrations ORDER BY id')).toEqual(names.map((name) => ({ name })))
  const reference = new DatabaseSync(':memory:')
  for (const name of names) reference.exec(readFileSync(join('migrations', name), 'utf8'))
  expect(read(schema)).toEqual(reference.prepare(schema).all())

  const again = await migrate()
  expect(calls.map(([, verb]) => verb)).toEqual(['execute', 'migrations'])
  expect(again.code).toBe(0)
  expect(again.output).toContain('No migrations to apply')
}, 60_000)
