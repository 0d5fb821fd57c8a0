import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { rows } from '../support/accounts'
import { type Person, signUp } from '../support/people'
import { answer, minute, plan, roomOf, tick } from './support'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2027-03-01T12:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

const startsAt = '2027-03-11T18:30'
const startOf = Date.parse('2027-03-11T17:30:00Z')

/** Type and recipients of everything that was recorded about a meetup, in order. */
const told = async (id: string) =>
  (await rows('SELECT type, audience, recipients FROM outbox WHERE subject_id = ? ORDER BY id', id)).map((row) => [
    row.type,
    row.audience === 'listed' ? JSON.parse(String(row.recipients)).sort() : row.audience,
  ])
const reminders = async (id: string) =>
  (await rows('SELECT user_id, due_at FROM reminders WHERE subject_id = ? ORDER BY due_at', id)).map((row) => [
    row.user_id,
    (startOf - Number(row.due_at)) / minute,
  ])

test('members hear of a meetup, and who may come of its changes, its seats and its end', async () => {
  const [host, mira, jonas, lea] = [await signUp(), await signUp(), await signUp(), await signUp()]
  const roomId = await roomOf(host, mira, jonas, lea)
  const { id } = await plan(host, roomId, { startsAt, capacity: 1 })
  await answer(mira, id, 'going')
  await answer(jonas, id, 'going')
  await answer(lea, id, 'not_going')
  await host.call('PATCH', `/meetups/${id}`, { title: 'Chapter 5' })
  await answer(mira, id, 'maybe')
  await jonas.call('POST', `/rooms/${roomId}/leave`)
  await answer(lea, id, 'going')
  await answer(mira, id, 'going')
  await lea.call('POST', `/rooms/${roomId}/leave`)
  await tick()
  await tick()
  await host.call('DELETE', `/meetups/${id}`)
  await host.call('DELETE', `/meetups/${id}`)
  expect(await told(id)).toEqual([
    ['meetup.planned', 'members'],
    ['meetup.changed', [mira.id, jonas.id].sort()],
    ['meetup.seated', [jonas.id]],
    ['meetup.seated', [mira.id]],
    ['meetup.cancelled', [mira.id]],
  ])
})

test('everybody is reminded as they chose, also when the meetup moves, and not of what is off', async () => {
  const [host, mira, jonas] = [await signUp(), await signUp(), await signUp()]
  const roomId = await roomOf(host, mira, jonas)
  const { id } = await plan(host, roomId, { startsAt })
  await answer(mira, id, 'going')
  await answer(jonas, id, 'maybe', { remindMinutes: 45 })
  expect(await reminders(id)).toEqual([
    [jonas.id, 45],
    [mira.id, 15],
  ])
  await host.call('PATCH', `/meetups/${id}`, { startsAt: '2027-03-11T17:30' })
  expect(await reminders(id)).toEqual([
    [jonas.id, 105],
    [mira.id, 75],
  ])
  await answer(jonas, id, 'not_going')
  await answer(mira, id, 'going', { remindMinutes: null })
  expect(await reminders(id)).toEqual([])
  await answer(mira, id, 'going', { remindMinutes: 5 })
  expect(await reminders(id)).toHaveLength(1)
  await host.call('DELETE', `/meetups/${id}`)
  expect(await reminders(id)).toEqual([])
})

test('who leaves a room is reminded of nothing there any more, and of all else', async () => {
  const [host, mira, jonas] = [await signUp(), await signUp(), await signUp()]
  const [roomId, other] = [await roomOf(host, mira, jonas), await roomOf(host, mira)]
  const [here, elsewhere] = [await plan(host, roomId, { startsAt }), await plan(host, other, { startsAt })]
  for (const one of [mira, jonas]) await answer(one, here.id, 'going')
  await answer(mira, elsewhere.id, 'going')
  await mira.call('POST', `/rooms/${roomId}/leave`)
  expect((await reminders(here.id)).map(([userId]) => userId)).toEqual([jonas.id])
  expect(await reminders(elsewhere.id)).toHaveLength(1)
  await host.call('DELETE', `/rooms/${roomId}/members/${jonas.id}`, { reason: 'Away' })
  expect(await reminders(here.id)).toEqual([])
})

test('of meetups that follow each other everybody is told once, and reminded of each', async () => {
  const [host, mira] = [await signUp(), await signUp()]
  const roomId = await roomOf(host, mira)
  await plan(host, roomId, { startsAt, repeat: { frequency: 'weekly', count: 4 } })
  const { data } = (await host.call('GET', `/rooms/${roomId}/meetups`)).body
  for (const one of data) await answer(mira as Person, one.id, 'going')
  await host.call('PATCH', `/meetups/${data[1].id}`, { startsAt: '2027-03-18T19:00', scope: 'following' })
  expect(await told(data[1].id)).toEqual([['meetup.changed', [mira.id]]])
  expect(await told(data[2].id)).toEqual([])
  const moved = await rows(
    'SELECT r.due_at - m.starts_at AS before FROM reminders r JOIN meetups m ON m.id = r.subject_id WHERE m.channel_id = ?',
    roomId,
  )
  expect(moved.map((row) => row.before)).toEqual(Array(4).fill(-15 * minute))
  await host.call('DELETE', `/meetups/${data[1].id}?scope=following`)
  expect(await told(data[1].id)).toEqual([
    ['meetup.changed', [mira.id]],
    ['meetup.cancelled', [mira.id]],
  ])
  expect(
    await rows(
      'SELECT r.user_id FROM reminders r JOIN meetups m ON m.id = r.subject_id WHERE m.channel_id = ?',
      roomId,
    ),
  ).toHaveLength(1)
})
