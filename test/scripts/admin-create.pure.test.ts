import { verify } from '@node-rs/argon2'
import { beforeEach, expect, test, vi } from 'vitest'
import { createAdmin } from '../../scripts/support/admin'
import { run } from '../../scripts/support/run'

// The database of a deployed Studyhall is wrangler's to reach: what it would be told is checked here, word by word.
vi.mock('../../scripts/support/run', async (original) => ({
  ...(await original<typeof import('../../scripts/support/run')>()),
  run: vi.fn(),
}))
const said = vi.spyOn(console, 'log').mockImplementation(() => {})
beforeEach(() => vi.mocked(run).mockReset())

/** What `wrangler d1 execute --json` prints: one result a statement, after words of its own. */
const answer = (...results: object[][]) => ({
  code: 0,
  output: `🌀 Executing on remote database DB\n${JSON.stringify(results.map((rows) => ({ results: rows, success: true })))}`,
  ms: 1,
})

test('with --remote, wrangler is asked for the deployed database, and given a hash in the place of the password', async () => {
  const grace = { id: 'usr_1', username: 'grace_hopper_1', role: 'admin', status: 'active' }
  vi.mocked(run)
    .mockResolvedValueOnce(answer([]))
    .mockResolvedValueOnce(answer([], [], [], [], [], [grace]))
  const email = "grace.o'hopper@school.test"
  expect(await createAdmin({ email, name: "Grace O'Hopper", remote: true, promote: false })).toBe(0)
  const commands = vi.mocked(run).mock.calls.map(([command]) => command)
  for (const command of commands)
    expect(command.slice(0, -1)).toEqual(['wrangler', 'd1', 'execute', 'DB', '--remote', '--json', '--command'])
  const [look = '', make = ''] = commands.map((command) => command.at(-1))
  expect(look).toBe("SELECT id, username, role, status FROM users WHERE email = 'grace.o''hopper@school.test';")
  const password = /Password: (\S+)/.exec(said.mock.calls.flat().join('\n'))?.[1] ?? ''
  expect(make).not.toContain(password)
  const hash = /\$argon2id\$[^']+/.exec(make)?.[0] ?? ''
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await verify(hash, password)).toBe(true)
  expect(make).toContain("'Grace O''Hopper', 'admin'")
})

test.each([
  ['is not there', { code: 1, output: 'ERROR no such table: users', ms: 1 }, /no tables yet/],
  ['does not answer', { code: 1, output: 'ERROR Authentication error [code: 10000]', ms: 1 }, /did not answer/],
])('a database that %s is named', async (_, reply, words) => {
  vi.mocked(run).mockResolvedValueOnce(reply)
  await expect(createAdmin({ email: 'a@b.test', name: 'A', remote: true, promote: false })).rejects.toThrow(words)
})
