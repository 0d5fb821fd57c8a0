import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Person } from '../../scripts/demo/client'
import { createAdmin } from '../../scripts/support/admin'
import { DevServer } from '../support/dev-server'

let server: DevServer
const said = vi.spyOn(console, 'log').mockImplementation(() => {})

beforeAll(async () => {
  server = await DevServer.create()
  await server.start()
  process.env.DATA_DIR = server.dataDir
})
beforeEach(() => said.mockClear())
afterAll(async () => {
  delete process.env.DATA_DIR
  await server?.remove()
})

const words = () => said.mock.calls.flat().join('\n')
const here = { remote: false, promote: false }

async function call(method: string, path: string, body: unknown, token = '') {
  const headers = { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) }
  const reply = await fetch(`${server.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) })
  const text = await reply.text()
  return { status: reply.status, body: text === '' ? null : JSON.parse(text) }
}

test('the first admin is made beside a running server, signs in, and gives others their roles', async () => {
  const email = 'grace@school.test'
  expect(await createAdmin({ ...here, email: 'Grace@School.test', name: 'Grace Hopper' })).toBe(0)
  const [, password = ''] = /Password: (\S+)/.exec(words()) ?? []
  expect(password).toMatch(/^[a-z0-9]{6}(-[a-z0-9]{6}){3}$/)
  const signedIn = await call('POST', '/auth/login', { email, password })
  expect(signedIn).toMatchObject({ status: 200, body: { user: { email, emailVerified: true, role: 'admin' } } })

  const student = await Person.register(server.url, 'Sam')
  const role = `/admin/users/${student.id}/role`
  const made = await call('PUT', role, { role: 'instructor', reason: 'teaches' }, signedIn.body.accessToken)
  expect(made.status).toBe(200)
  expect(await student.call('GET', '/users/me')).toMatchObject({ role: 'instructor' })
  const found = await student.call<{ data: { username: string }[] }>('GET', '/users?query=grace')
  expect(found.data.map(({ username }) => username)).toEqual([signedIn.body.user.username])

  said.mockClear()
  expect(await createAdmin({ ...here, email, name: 'Somebody Else' })).toBe(0)
  expect(words()).toContain('is an admin already; nothing was changed')
})

test('somebody who is there already becomes one only when that is said', async () => {
  const email = 'mary@school.test'
  const person = { email, password: 'quiet lamps over 9 rivers', name: 'Mary' }
  const { body } = await call('POST', '/auth/register', person)
  await expect(createAdmin({ ...here, email })).rejects.toThrow(/run this again with --promote/)
  await expect(createAdmin({ ...here, email: 'no address' })).rejects.toThrow(/is not an e-mail address/)
  expect(await createAdmin({ ...here, email, promote: true })).toBe(0)
  const log = await fetch(`${server.url}/api/v1/users/me/security-log`, {
    headers: { Authorization: `Bearer ${body.accessToken}` },
  })
  const { data } = (await log.json()) as { data: { event: string; reason: string | null; byMe: boolean }[] }
  expect(data[0]).toMatchObject({ event: 'user.role_changed', reason: 'admin:create', byMe: false })
})
