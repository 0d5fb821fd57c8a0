import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Link } from '../live/links'
import { rows } from '../support/accounts'
import { runAlarm } from '../support/alarms'
import { type Person, signUp, startSession } from '../support/people'
import { answer, minute, plan, roomOf, tick } from './support'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2027-03-01T12:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

const inTenMinutes = '2027-03-01T13:10'
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const stubOf = (id: string) => env.STUDY_ROOM.getByName(id)
/** The same person with a session of now: access tokens live for a quarter of an hour. */
const again = (person: Person) => startSession(person)

async function connect(person: Person, channelId: string): Promise<Link> {
  const { body } = await (await again(person)).call('POST', '/ws/tickets', { channelId })
  const response = await exports.default.fetch(`https://studyhall.test/ws/channels/${channelId}`, {
    headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${body.ticket}` },
  })
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`)
  const link = new Link(response.webSocket, null)
  await link.until(({ type }) => type === 'ready')
  return link
}

/** Leaves, and has the minute of grace behind. */
async function leave(link: Link, roomId: string): Promise<void> {
  link.socket.close(1000)
  await vi.waitFor(async () => {
    const graces = await runInDurableObject(stubOf(roomId), (_, { storage }) => [
      ...storage.sql.exec(`SELECT key FROM due WHERE kind = 'grace'`),
    ])
    expect(graces).toHaveLength(1)
  })
  pass(minute)
  await runInDurableObject(stubOf(roomId), (_, { storage }) => {
    // Nobody pings here: the sweep would end the others.
    storage.sql.exec(`DELETE FROM due WHERE kind = 'sweep'`)
  })
  await runAlarm(stubOf(roomId))
}

async function ring(roomId: string): Promise<void> {
  await runInDurableObject(stubOf(roomId), (_, { storage }) => {
    storage.sql.exec(`DELETE FROM due WHERE kind NOT IN ('meetup', 'grace')`)
  })
  for (let n = 0; n < 3; n++) await runAlarm(stubOf(roomId))
}

const outcomes = async (id: string, ...people: Person[]) => {
  const found = await rows('SELECT user_id, outcome FROM meetup_rsvps WHERE meetup_id = ?', id)
  return people.map((person) => found.find((row) => row.user_id === person.id)?.outcome ?? null)
}
const stateOf = async (id: string) => (await rows('SELECT state FROM meetups WHERE id = ?', id))[0]?.state

test('who is in the channel for ten minutes of a meetup attended it, and who said going and was not has missed it', async () => {
  const [host, long, short, away, waiting] = [
    await signUp(),
    await signUp(),
    await signUp(),
    await signUp(),
    await signUp(),
  ]
  const roomId = await roomOf(host, long, short, away, waiting)
  const { id } = await plan(host, roomId, { startsAt: inTenMinutes, durationMinutes: 30, capacity: 3 })
  for (const person of [long, short, away, waiting]) await answer(person, id, 'going')
  await answer(host, id, 'maybe')
  const links = [await connect(long, roomId), await connect(short, roomId)] as const
  expect(await stateOf(id)).toBe('scheduled')
  pass(10 * minute)
  await tick()
  expect(await stateOf(id)).toBe('active')
  await tick()
  // The grace after a leave counts as being there, so eight and one are nine.
  pass(8 * minute)
  await leave(links[1], roomId)
  await evictDurableObject(stubOf(roomId))
  pass(2 * minute)
  expect(await connect(host, roomId)).toBeDefined()
  pass(19 * minute)
  // The object's word may come before the end is noted, or after it.
  await tick()
  expect(await stateOf(id)).toBe('completed')
  expect(await outcomes(id, long, short, away, waiting, host)).toEqual(['missed', 'missed', 'missed', 'void', 'void'])
  await ring(roomId)
  expect(await outcomes(id, long, short, away, waiting, host)).toEqual(['attended', 'missed', 'missed', 'void', 'void'])
  const left = await runInDurableObject(stubOf(roomId), (_, { storage }) => [
    ...storage.sql.exec('SELECT meetup_id FROM watches UNION ALL SELECT meetup_id FROM visits'),
  ])
  expect(left).toEqual([])
  expect((await (await again(long)).call('GET', '/meetups/attendance')).body).toMatchObject({ counted: 1, attended: 1 })
  const list = (await (await again(host)).call('GET', `/meetups/${id}/attendees`)).body.data
  expect(list.map((one: { attended: boolean | null }) => one.attended)).toEqual([true, false, false])
  const others = (await (await again(away)).call('GET', `/meetups/${id}/attendees`)).body.data
  expect(others.map((one: { attended: boolean | null }) => one.attended)).toEqual([null, null, null])
})

test('elsewhere the host says who was there, and who is not named neither attended nor missed it', async () => {
  const [host, mira, jonas, lea] = [await signUp(), await signUp(), await signUp(), await signUp()]
  const roomId = await roomOf(host, mira, jonas, lea)
  const { id } = await plan(host, roomId, { startsAt: inTenMinutes, durationMinutes: 30, location: 'Library' })
  for (const person of [mira, jonas, lea]) await answer(person, id, 'going')
  const mark = async (by: Person, person: Person, attended: boolean) =>
    (await (await again(by)).call('PUT', `/meetups/${id}/attendance/${person.id}`, { attended })).body?.code ?? 'done'
  expect(await mark(host, mira, true)).toBe('meetup.not_markable')
  pass(10 * minute)
  await tick()
  expect(await mark(host, mira, true)).toBe('done')
  expect(await mark(mira, jonas, true)).toBe('meetup.not_allowed')
  expect(await mark(host, host, true)).toBe('meetup.attendee_not_found')
  pass(30 * minute)
  await tick()
  expect(await outcomes(id, mira, jonas, lea)).toEqual(['attended', 'void', 'void'])
  expect(await mark(host, jonas, false)).toBe('done')
  expect(await outcomes(id, mira, jonas, lea)).toEqual(['attended', 'missed', 'void'])
  pass(8 * 24 * 60 * minute)
  expect(await mark(host, lea, true)).toBe('meetup.not_markable')
})

test('a meetup whose beginning nobody noticed says nothing about those who said going', async () => {
  const [host, mira] = [await signUp(), await signUp()]
  const roomId = await roomOf(host, mira)
  const { id } = await plan(host, roomId, { startsAt: inTenMinutes, durationMinutes: 30 })
  await answer(mira, id, 'going')
  pass(60 * minute)
  await tick()
  expect(await stateOf(id)).toBe('completed')
  expect(await outcomes(id, mira)).toEqual(['void'])
})
