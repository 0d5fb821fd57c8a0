import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

/**
 * `study:recompute --remote` as the real wrangler runs it, against a stand-in for Cloudflare's API on this machine: its
 * database is SQLite with the real tables. https://developers.cloudflare.com/api/resources/d1/ says what it is asked.
 */

const db = new DatabaseSync(':memory:')
const asked: { method?: string; url?: string; authorization?: string; sql: string }[] = []
let server: Server
let recompute: (options: { remote: boolean }) => Promise<number>
let isAllowed = true
const said = vi.spyOn(console, 'log').mockImplementation(() => {})
const words = () => said.mock.calls.flat().join('\n')

beforeAll(async () => {
  for (const file of readdirSync('migrations')
    .filter((name) => name.endsWith('.sql'))
    .sort())
    for (const statement of readFileSync(`migrations/${file}`, 'utf8').split('--> statement-breakpoint'))
      db.exec(statement)
  db.exec('PRAGMA foreign_keys = OFF')
  server = createServer((request, reply) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const { method, url } = request
      const { sql } = JSON.parse(body || '{}')
      asked.push({ method, url, authorization: request.headers.authorization, sql })
      const answer = isAllowed ? { success: true, result: query(sql) } : denied
      reply.writeHead(answer.success ? 200 : 403, { 'Content-Type': 'application/json' })
      reply.end(JSON.stringify({ errors: [], messages: [], ...answer }))
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  vi.stubEnv('CLOUDFLARE_API_BASE_URL', `http://127.0.0.1:${port}/client/v4`)
  vi.stubEnv('CLOUDFLARE_ACCOUNT_ID', 'account')
  vi.stubEnv('CLOUDFLARE_API_TOKEN', 'a-token')
  // The scripts hand on the environment that they began with.
  recompute = (await import('../../scripts/support/recompute')).recompute
})

afterAll(() => {
  vi.unstubAllEnvs()
  server.close()
  db.close()
})

const denied = { success: false, result: null, errors: [{ code: 10000, message: 'Authentication error' }] }

const query = (sql: string) =>
  sql
    .split(';\n')
    .filter((one) => one.trim() !== '')
    .map((one) => ({ success: true, meta: { duration: 1 }, results: db.prepare(one.replace(/;\s*$/, '')).all() }))

function study(userId: string, sessions: number): void {
  const day = '2026-11-26'
  for (let n = 0; n < sessions; n += 1) {
    const [id, from] = [`stu_${String(n).padStart(5, '0')}`, Date.parse(`${day}T00:00:00Z`) + n * 60_000]
    const [segments, days] = [[{ kind: 'active', from, to: from + 60_000 }], [{ on: day, seconds: 60 }]].map((value) =>
      JSON.stringify(value),
    )
    db.prepare(
      `INSERT INTO study_sessions (user_id, id, started_at, ended_at, end_reason, seconds, xp, timezone, day_start_hour,
       segments, days, created_at, change_id) VALUES (?, ?, ?, ?, 'user', 60, 2, 'UTC', 0, ?, ?, 0, 'c')`,
    ).run(userId, id, from, from + 60_000, segments ?? '', days ?? '')
    db.prepare(`INSERT INTO xp_ledger VALUES (?, 'session', ?, 'study.minutes', 2, 0)`).run(userId, id)
  }
  const total = Math.min(sessions * 60, 16 * 3600)
  db.prepare('INSERT INTO study_days (user_id, studied_on, seconds, manual_seconds) VALUES (?, ?, ?, 0)').run(
    ...([userId, day, total] as const),
  )
  db.prepare('INSERT INTO study_standings VALUES (?, ?, 1, 1, ?, 0, 1)').run(userId, 2 * sessions, day)
}

test('asks the deployed database for everything, page by page, and finds what does not add up', async () => {
  study('usr_a', 700)
  study('usr_b', 350)
  expect(await recompute({ remote: true })).toBe(0)
  expect(words()).toContain('1050 sessions of 2 people were added up again')
  expect(asked.map(({ method, url, authorization }) => [method, url, authorization])).toEqual(
    Array(2).fill([
      'POST',
      '/client/v4/accounts/account/d1/database/00000000-0000-0000-0000-000000000000/query',
      'Bearer a-token',
    ]),
  )
  // The second round asks only for what had more than a page.
  expect(asked[1]?.sql.match(/FROM \w+/g)).toEqual(['FROM study_sessions', 'FROM xp_ledger'])
  for (const { sql } of asked) expect(sql.replaceAll(/^SELECT [^;]+(?:;\n?|$)/gm, '')).toBe('')

  db.exec(`UPDATE study_standings SET xp = xp + 2 WHERE user_id = 'usr_b'`)
  said.mockClear()
  expect(await recompute({ remote: true })).toBe(1)
  expect(words()).toMatch(/^usr_b {2}.*stored 702, counted 700/m)
  expect(words()).toContain('1 totals differ. Nothing was changed.')
})

test('says what Cloudflare said where it may not', async () => {
  isAllowed = false
  await expect(recompute({ remote: true })).rejects.toThrow(
    /^The database did not answer\.\n.*[\s\S]*Authentication error/,
  )
})
