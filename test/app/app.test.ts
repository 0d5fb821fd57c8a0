import { exports } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import readme from '../../README.md?raw'
import { localSecrets } from '../../scripts/local-secrets'
import { readConfig, settingNames } from '../../src/app/config'
import { countingEnv, requestOf } from '../support/people'

afterEach(() => {
  vi.restoreAllMocks()
})

test('ready asks the database, the files, the queue, a room and the settings', async () => {
  const reply = await exports.default.fetch('https://studyhall.test/api/v1/health/ready')
  expect(await reply.json()).toMatchObject({
    ready: true,
    dependencies: {
      database: { ok: true },
      files: { ok: true },
      queue: { ok: true },
      rooms: { ok: true },
      settings: { ok: true },
    },
  })
  expect(reply.status).toBe(200)
})

test('a path that is not there is a problem document', async () => {
  const reply = await exports.default.fetch('https://studyhall.test/api/v1/nowhere')
  expect(reply.status).toBe(404)
  expect(reply.headers.get('Content-Type')).toBe('application/problem+json')
  expect(await reply.json()).toMatchObject({ code: 'route.not_found' })
})

test('a wrong method is told which ones are right', async () => {
  const reply = await exports.default.fetch('https://studyhall.test/api/v1/health/ready', { method: 'DELETE' })
  expect(reply.status).toBe(405)
  expect(reply.headers.get('Allow')).toBe('GET, HEAD')
})

test('the log names the route, and nothing that stood in the address', async () => {
  const logged = vi.spyOn(console, 'info').mockImplementation(() => {})
  await exports.default.fetch('https://studyhall.test/api/v1/invite-links/theCodeOfALink?token=theToken')
  await exports.default.fetch('https://studyhall.test/api/v1/nowhere/theCodeOfALink?token=theToken')
  const lines = logged.mock.calls.map(([line]) => JSON.parse(line))
  expect(lines[0]).toMatchObject({ event: 'request', method: 'GET', route: '/api/v1/invite-links/:code' })
  expect(lines).toHaveLength(2)
  expect(JSON.stringify(lines)).not.toMatch(/theCodeOfALink|theToken/)
})

test('where LOG_REQUESTS is failed, the log has a line for failed requests only', async () => {
  const logged = vi.spyOn(console, 'info').mockImplementation(() => {})
  const { fetch } = countingEnv({ LOG_REQUESTS: 'failed' } as Partial<Env>)
  expect((await fetch(requestOf('GET', '/openapi.json'))).status).toBe(200)
  expect((await fetch(requestOf('GET', '/auth/sessions'))).status).toBe(401)
  const lines = logged.mock.calls.map(([line]) => JSON.parse(line))
  expect(lines).toMatchObject([{ event: 'request', route: '/api/v1/auth/sessions', status: 401 }])
})

const rows = readme
  .split('\n')
  .filter((line) => /^\| `[A-Z]/.test(line))
  .map((line) => line.split('|').slice(1, 3))

test('the README explains every setting, and none that does not exist', () => {
  const explained = rows.flatMap(([names = '']) => [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name))
  expect(explained.sort()).toEqual([...settingNames].sort())
})

test('the README names the default of every limit', async () => {
  const read = readConfig(await localSecrets())
  if (!read.ok) throw new Error(read.problems.join())
  const limits = rows.filter(([, value = '']) => /^ \d+ $/.test(value))
  expect(limits.length).toBeGreaterThan(15)
  for (const [name = '', value] of limits)
    expect(read.config[name.replace(/[` ]/g, '') as keyof typeof read.config], name).toBe(Number(value))
})

test('local secrets are enough to start, and without one of them nothing starts', async () => {
  const secrets = await localSecrets()
  expect(readConfig({ ...secrets })).toMatchObject({ ok: true })
  for (const name of Object.keys(secrets)) {
    // Without a key for push there is no push, and all else works.
    expect(readConfig({ ...secrets, [name]: '' }), name).toMatchObject({ ok: name === 'VAPID_KEY' })
    const placeholder = readConfig({ ...secrets, [name]: 'change-me' })
    expect(placeholder.ok ? [] : placeholder.problems.join(), name).toContain(name)
    expect(JSON.stringify(placeholder), 'a problem never shows the value').not.toContain('change-me')
  }
})

test.each([
  ['a key of 31 bytes', 'CURSOR_KEY', `k1:${'A'.repeat(42)}`],
  ['a short key behind a good one', 'REFRESH_KEYS', `k2:${'A'.repeat(43)},k1:c2hvcnQ`],
  ['a placeholder for a key', 'MFA_KEY', 'changeme'],
  ['a placeholder for a password', 'SMTP_PASSWORD', 'Change-Me'],
])('%s is no secret, and the problem names the setting but not the value', async (_what, name, value) => {
  const secrets = await localSecrets()
  const read = readConfig({ ...secrets, [name]: value })
  expect(read.ok ? [] : read.problems).toContainEqual(expect.stringContaining(`${name}:`))
  expect(JSON.stringify(read)).not.toContain(value)
})

test('a key of 32 bytes is one', async () => {
  expect(readConfig({ ...(await localSecrets()), CURSOR_KEY: `k1:${'A'.repeat(43)}` }).ok).toBe(true)
})
