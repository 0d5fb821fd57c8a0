import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { call, countingEnv, requestOf, signUp } from '../support/people'

const password = 'correct horse battery'
const register = async () => {
  const email = `${crypto.randomUUID()}@school.test`
  const { body } = await call('POST', '/auth/register', { email, password, name: 'Noor' }, from('203.0.113.1'))
  return { email, id: body.user.id, bearer: { Authorization: `Bearer ${body.accessToken}` } }
}
const from = (address: string) => ({ 'CF-Connecting-IP': address })

test('I see my sign-ins, and tries that failed, with the address they came from', async () => {
  const noor = await register()
  await call('POST', '/auth/login', { email: noor.email, password: 'wrong password' }, from('198.51.100.7'))
  await call('POST', '/auth/login', { email: noor.email, password }, from('203.0.113.1'))
  const { status, body } = await call('GET', '/users/me/security-log', undefined, noor.bearer)
  expect(status).toBe(200)
  expect(body.data).toEqual([
    expect.objectContaining({ event: 'session.started', byMe: true, address: '203.0.113.1' }),
    expect.objectContaining({ event: 'login.failed', byMe: false, address: '198.51.100.7' }),
    expect.objectContaining({ event: 'user.registered', byMe: true, address: '203.0.113.1' }),
  ])
  expect(Object.keys(body.data[0]).sort()).toEqual(['address', 'at', 'byMe', 'event', 'id', 'reason'])
})

test('what a moderator did to me is there, but not where the moderator sat; and nobody else sees it', async () => {
  const [ada, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const room = (await ada.call('POST', '/rooms', { name: 'Sums' })).body.id
  await bob.call('POST', `/rooms/${room}/join`)
  await ada.call('DELETE', `/rooms/${room}/members/${bob.id}`, undefined, from('203.0.113.9'))
  const seenBy = async (person: typeof ada) => (await person.call('GET', '/users/me/security-log')).body.data
  expect(await seenBy(bob)).toContainEqual(
    expect.objectContaining({ event: 'member.removed', byMe: false, address: null }),
  )
  expect([await seenBy(ada), await seenBy(cleo)]).toEqual([[], []])
})

test('the log is read page by page without a gap, and cheaply among ten thousand rows', async () => {
  const ada = await signUp()
  await env.DB.prepare(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO audit_log (id, at, event, actor_id, subject_id)
    SELECT 'aud_' || printf('%06d', i), i / 3, 'session.started',
      iif(i % 3, ?1, NULL), iif(i % 10 = 0, ?1, 'usr_other') FROM n`)
    .bind(ada.id)
    .run()
  const bearer = { Authorization: `Bearer ${ada.accessToken}` }
  const counting = countingEnv()
  const first = await counting.fetch(requestOf('GET', '/users/me/security-log', undefined, bearer))
  expect(counting.counts.rowsRead).toBeLessThanOrEqual(200)
  expect(counting.counts.roundTrips).toBe(2)
  const ids = first.body.data.map((row: { id: string }) => row.id)
  for (let cursor = first.body.nextCursor; cursor !== null; ) {
    const { body } = await ada.call('GET', `/users/me/security-log?limit=100&cursor=${cursor}`)
    ids.push(...body.data.map((row: { id: string }) => row.id))
    cursor = body.nextCursor
  }
  expect(ids).toHaveLength(1000)
  expect(new Set(ids).size).toBe(1000)
  expect(ids).toEqual(ids.toSorted().reverse())
  const stranger = await signUp()
  const stolen = await stranger.call('GET', `/users/me/security-log?cursor=${first.body.nextCursor}`)
  expect(stolen).toMatchObject({ status: 400, body: { code: 'page.bad_cursor' } })
})
