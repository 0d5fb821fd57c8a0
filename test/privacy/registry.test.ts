import { env, exports } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { schemaSteps } from '../../src/channels/live/schema'
import { inboxSteps } from '../../src/inbox/live/schema'
import { objects } from '../../src/privacy/object-personal-data'
import { tables } from '../../src/privacy/personal-data'
import { studySteps, studyVersionTable } from '../../src/study/live/schema'
import { privacyVersion } from '../../src/users/rules'
import { requestOf } from '../support/people'

const rows = async (query: string) => (await env.DB.prepare(query).all<Record<string, string>>()).results

/** What SQLite, D1 and full-text search keep for themselves. */
const internal = /^(?:sqlite_|_cf_|d1_migrations$|\w+_search_(?:data|idx|content|docsize|config)$)/

const stored = (await rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"))
  .map(({ name }) => String(name))
  .filter((name) => !internal.test(name))

test('every table says how it shows and forgets a person, and none that is not there', () => {
  expect(tables.map(({ table }) => table).sort()).toEqual(stored)
})

describe.each(tables.filter((table) => 'rows' in table))('$table', (declared) => {
  test('says of each column whether the export shows it', async () => {
    const columns = await rows(`SELECT name FROM pragma_table_info('${declared.table}')`)
    const named = [...declared.exported, ...Object.keys(declared.withheld ?? {})]
    expect(named.sort()).toEqual(columns.map(({ name }) => name).sort())
  })

  test('is read page by page', async () => {
    const columns = [declared.numberedBy ?? 'rowid', ...declared.exported].join(', ')
    const text = `SELECT ${columns} FROM ${declared.table} LIMIT 1`
    await expect(rows(text)).resolves.toBeDefined()
  })

  test('finds and forgets a person by an index', async () => {
    const all = [`SELECT 1 FROM ${declared.table} WHERE ${declared.rows}`, ...declared.erase]
    for (const text of all) {
      // Two values are bound even where a statement uses one.
      const plan = await env.DB.prepare(
        `EXPLAIN QUERY PLAN ${text.replaceAll('?1', "'usr_x'").replaceAll('?2', '1')}`,
      ).all<{ detail: string }>()
      const scans = plan.results.filter(({ detail }) =>
        /^SCAN (?!\w+_search VIRTUAL|(?:part|entry) VIRTUAL|CONSTANT)/.test(detail),
      )
      // The local outbox has 200 rows at most; erasures are few, and gone within minutes; boards are those of a day.
      const allowed = ['dev_outbox', 'erasures', 'study_boards'].includes(declared.table)
      expect(allowed ? [] : scans, text).toEqual([])
    }
  })

  test('says what it holds, why and how long in whole sentences', () => {
    for (const text of [declared.holds, declared.purpose, declared.kept]) expect(text).toMatch(/^[A-Z0-9].*[.]$/s)
  })
})

test.each([
  ['room', schemaSteps],
  ['inbox', [...inboxSteps, ...studySteps]],
])('every table of the object of a %s says the same', (kind, steps) => {
  const names = steps.flatMap((step) =>
    [...step.matchAll(/CREATE (?:VIRTUAL )?TABLE (\w+)/g)].map(([, name]) => `${kind}: ${name}`),
  )
  const declared = objects.map(({ store }) => store).filter((store) => store.startsWith(`${kind}: `))
  expect(declared.sort()).toEqual(
    [...names, `${kind}: schema_version`, ...(kind === 'inbox' ? [`inbox: ${studyVersionTable}`] : [])].sort(),
  )
})

test('the privacy page is made of all of it', async () => {
  const reply = await exports.default.fetch(requestOf('GET', '//docs/privacy'))
  expect(reply.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
  const page = await reply.text()
  for (const { table } of tables) expect(page).toContain(`<code>${table}</code>`)
  for (const { store } of objects) expect(page).toContain(`<code>${store}</code>`)
  expect(page).toContain(privacyVersion)
})
