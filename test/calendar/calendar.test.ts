import { env } from 'cloudflare:workers'
import ICAL from 'ical.js'
import { expect, test } from 'vitest'
import { answer, day, localIn, plan, roomOf } from '../meetups/support'
import { rows } from '../support/accounts'
import { call, countingEnv, type Person, requestOf, signUp } from '../support/people'

const feedOf = async (person: Person): Promise<string> => {
  const { status, body } = await person.call('POST', '/calendar/feed')
  expect(status).toBe(201)
  return new URL(body.url).pathname.replace('/api/v1', '')
}

async function read(path: string, headers: Record<string, string> = {}) {
  const response = await (await import('cloudflare:workers')).exports.default.fetch(
    requestOf('GET', path, undefined, headers),
  )
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const components = (text: string, name: string) => new ICAL.Component(ICAL.parse(text)).getAllSubcomponents(name)

test('a calendar is read by whoever has its address, without a session, until it is taken back', async () => {
  const mira = await signUp()
  const roomId = await roomOf(mira)
  await plan(mira, roomId, { title: 'Commas, and; more' })
  const path = await feedOf(mira)
  const first = await read(path)
  expect(first.status).toBe(200)
  expect(first.headers.get('Content-Type')).toBe('text/calendar; charset=utf-8')
  expect(components(first.text, 'vevent').map((one) => one.getFirstPropertyValue('summary'))).toEqual([
    'Commas, and; more',
  ])
  const next = await feedOf(mira)
  expect(next).not.toBe(path)
  const gone = await call('GET', path)
  expect(gone).toMatchObject({ status: 404, body: { code: 'calendar.not_found' } })
  expect((await mira.call('DELETE', '/calendar/feed')).status).toBe(204)
  expect((await mira.call('DELETE', '/calendar/feed')).status).toBe(204)
  expect((await call('GET', next)).status).toBe(404)
  for (const file of ['feed', 'x.ics', `${'A'.repeat(27)}.ics`])
    expect((await call('GET', `/calendar/${file}`)).status).toBe(404)
})

test('the secret of an address is not stored', async () => {
  const mira = await signUp()
  const path = await feedOf(mira)
  const token = path.split('/').at(-1)?.replace('.ics', '') ?? ''
  const [row] = await rows('SELECT * FROM calendar_feeds WHERE user_id = ?', mira.id)
  expect(JSON.stringify(row)).not.toContain(token)
  expect((await call('GET', `/calendar/${row?.token_hash}.ics`)).status).toBe(404)
})

test('nothing is sent again that a reader has', async () => {
  const mira = await signUp()
  const roomId = await roomOf(mira)
  const { id } = await plan(mira, roomId)
  const path = await feedOf(mira)
  const { headers } = await read(path)
  const etag = headers.get('ETag') ?? ''
  expect(await read(path, { 'If-None-Match': `"other", W/${etag}` })).toMatchObject({ status: 304, text: '' })
  await answer(mira, id, 'going')
  const changed = await read(path, { 'If-None-Match': etag })
  expect(changed.status).toBe(200)
  expect(components(changed.text, 'vevent')[0]?.getFirstPropertyValue('status')).toBe('CONFIRMED')
})

test('it holds what is planned where one is a member, and what one has to do', async () => {
  const [mira, jonas] = [await signUp(), await signUp()]
  const roomId = await roomOf(jonas, mira)
  const alone = await plan(jonas, roomId, { title: 'Once' })
  await plan(jonas, roomId, { title: 'Weekly', startsAt: localIn(3 * day), repeat: { frequency: 'weekly', count: 5 } })
  await plan(jonas, await roomOf(jonas), { title: 'Elsewhere' })
  await mira.call('POST', '/todos', { text: 'Mine', dueOn: '2027-03-04' })
  await mira.call('POST', '/todos', { text: 'Some day' })
  await jonas.call('POST', '/todos', { text: 'His', dueOn: '2027-03-04' })
  await jonas.call('POST', '/todos', { text: 'Given', roomId, assigneeId: mira.id, dueAt: '2027-03-04T10:00:00Z' })
  const path = await feedOf(mira)
  const shown = async () => {
    const { text } = await read(path)
    return [...components(text, 'vevent'), ...components(text, 'vtodo')]
      .map((one) => `${one.getFirstPropertyValue('summary')} ${one.getFirstPropertyValue('status')}`)
      .sort()
  }
  expect(await shown()).toEqual(['Given NEEDS-ACTION', 'Mine NEEDS-ACTION', 'Once TENTATIVE', 'Weekly TENTATIVE'])
  await answer(mira, alone.id, 'not_going')
  expect(await shown()).toEqual(['Given NEEDS-ACTION', 'Mine NEEDS-ACTION', 'Weekly TENTATIVE'])
  await jonas.call('DELETE', `/meetups/${alone.id}`)
  expect(await shown()).toContain('Once CANCELLED')
  await mira.call('POST', `/rooms/${roomId}/leave`)
  expect(await shown()).toEqual(['Mine NEEDS-ACTION'])
})

test('a calendar reads what is in it, however much there is elsewhere', async () => {
  const mira = await signUp()
  const roomId = await roomOf(mira)
  for (let n = 0; n < 5; n++) await plan(mira, roomId)
  const path = await feedOf(mira)
  const measure = async () => {
    const { fetch, counts } = countingEnv()
    await fetch(requestOf('GET', path))
    return { read: counts.rowsRead, trips: counts.roundTrips }
  }
  const small = await measure()
  await env.DB.batch([
    env.DB.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      INSERT INTO channels (id, kind, name, visibility, settings, max_members, change_id, created_at, updated_at, unsynced)
      SELECT 'room_' || printf('%026d', i), 'room', 'x', 'public', '{}', 50, 'chg', i, i, 0 FROM n`),
    env.DB.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      INSERT INTO meetups (id, channel_id, title, description, starts_on, starts_time, timezone, duration_minutes, change_id,
        created_at, updated_at, occurs_on, starts_at, ends_at)
      SELECT 'meet_' || printf('%026d', i), 'room_' || printf('%026d', i), 't', '', '2029-01-01', '10:00', 'UTC', 60, 'chg', 0, 0, '',
        9e12 + i, 9e12 + i FROM n`),
  ])
  expect(await measure()).toEqual(small)
  expect(small.read).toBeLessThan(60)
  expect(small.trips).toBe(2)
})
