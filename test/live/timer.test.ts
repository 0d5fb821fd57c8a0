import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { rows } from '../support/accounts'
import { runAlarm } from '../support/alarms'
import { type Person, signUp } from '../support/people'
import { Link } from './links'

const realNow = Date.now.bind(Date)
/** One minute, because nobody here pings, and sockets that are silent for 70 s end. */
const minutes = { workMinutes: 1, shortBreakMinutes: 1, longBreakMinutes: 1, rounds: 1 }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: realNow() })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

async function roomOf(owner: Person, ...others: Person[]): Promise<string> {
  const { body } = await owner.call('POST', '/rooms', { name: 'Algebra' })
  for (const one of others) await one.call('POST', `/rooms/${body.id}/join`)
  return body.id
}

async function connect(person: Person, channelId: string): Promise<Link> {
  const { body } = await person.call('POST', '/ws/tickets', { channelId })
  const response = await exports.default.fetch(`https://studyhall.test/ws/channels/${channelId}`, {
    headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${body.ticket}` },
  })
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`)
  const link = new Link(response.webSocket, null)
  await link.until(({ type }) => type === 'ready')
  return link
}

const changeOf =
  (wanted: string) =>
  ({ type, change }: { type: string } & Record<string, unknown>) =>
    type === 'timer.changed' && change === wanted

/** Runs the alarm until nothing is due, as the platform would. */
async function ring(id: string): Promise<void> {
  const stub = env.STUDY_ROOM.getByName(id)
  for (let n = 0; n < 5; n++) {
    await runAlarm(stub)
    const due = await runInDurableObject(stub, (_, { storage }) => [
      ...storage.sql.exec('SELECT kind FROM due WHERE at <= ?', Date.now()),
    ])
    if (due.length === 0) return
  }
}

test('T4, T5 all hear the end of a phase, eviction or not, and each has one pomodoro of it', async () => {
  const [mira, jonas, away] = [await signUp(), await signUp(), await signUp()]
  const id = await roomOf(mira, jonas, away)
  const links = [await connect(mira, id), await connect(jonas, id)] as const
  links[1].send({ type: 'timer.start', nonce: 's', pattern: minutes })
  const ack = await links[1].until(({ type, nonce }) => type === 'ack' && nonce === 's')
  const started = await links[0].until(changeOf('started'))
  expect(started).toMatchObject({ seq: ack.seq, userId: jonas.id, timer: { run: ack.seq, phase: { number: 0 } } })

  await evictDurableObject(env.STUDY_ROOM.getByName(id))
  pass(60_000)
  await ring(id)
  for (const link of links) {
    const phase = await link.until(changeOf('phase'))
    expect(phase).toMatchObject({ seq: ack.seq! + 1, userId: null, timer: { phase: { number: 1, kind: 'longBreak' } } })
  }
  await ring(id)
  const kept = await rows('SELECT * FROM pomodoros WHERE channel_id = ? ORDER BY user_id', id)
  expect(kept.map((row) => row.user_id)).toEqual([mira.id, jonas.id].sort())
  expect(kept[0]).toMatchObject({ run: ack.seq, phase: 0, work_minutes: 1 })
  expect(Number(kept[0]?.ended_at) - Number(kept[0]?.started_at)).toBe(60_000)

  const back = await connect(away, id)
  expect(back.events[0]?.timer).toMatchObject({ run: ack.seq, phase: { number: 1, kind: 'longBreak' } })
  links[0].send({ type: 'timer.stop', nonce: 'e' })
  await back.until(changeOf('stopped'))
  expect((await connect(away, id)).events[0]?.timer).toBeNull()
})

test('T5 pomodoros that D1 did not take are told again, and count once', async () => {
  const mira = await signUp()
  const id = await roomOf(mira)
  const link = await connect(mira, id)
  link.send({ type: 'timer.start', nonce: 's', pattern: minutes })
  await link.until(changeOf('started'))
  pass(60_000)
  const stub = env.STUDY_ROOM.getByName(id)
  await env.DB.exec('ALTER TABLE pomodoros RENAME TO pomodoros_away')
  await ring(id)
  await env.DB.exec('ALTER TABLE pomodoros_away RENAME TO pomodoros')
  await link.until(changeOf('phase'))
  const waiting = await runInDurableObject(stub, (_, { storage }) => [
    ...storage.sql.exec('SELECT user_id FROM pomodoros'),
  ])
  expect(waiting).toEqual([{ user_id: mira.id }])
  pass(60_000)
  await ring(id)
  await ring(id)
  expect(await rows('SELECT user_id FROM pomodoros WHERE channel_id = ?', id)).toHaveLength(1)
})

test('T7 members read the timer over HTTP; who may not come in does not', async () => {
  const [mira, jonas] = [await signUp(), await signUp()]
  const id = await roomOf(mira)
  expect((await mira.call('GET', `/rooms/${id}/timer`)).body).toEqual({
    timer: null,
    now: new Date(Date.now()).toISOString(),
  })
  const link = await connect(mira, id)
  link.send({ type: 'timer.start', nonce: 's', pattern: minutes })
  const { timer } = await link.until(changeOf('started'))
  expect((await mira.call('GET', `/rooms/${id}/timer`)).body.timer).toEqual(timer)
  // The alarm has not come, and the reply is right all the same.
  pass(60_000)
  expect((await mira.call('GET', `/rooms/${id}/timer`)).body.timer.phase).toMatchObject({ kind: 'longBreak' })
  expect(await jonas.call('GET', `/rooms/${id}/timer`)).toMatchObject({
    ...{ status: 403, body: { code: 'channel.membership_required' } },
  })
  await mira.call('PATCH', `/rooms/${id}`, { visibility: 'private' })
  expect((await jonas.call('GET', `/rooms/${id}/timer`)).body.code).toBe('room.not_found')
})

test('T3 a group has a timer, too, and its settings say who may start it', async () => {
  const [lea, mira] = [await signUp(), await signUp()]
  const [subject] = await rows('SELECT id FROM subjects LIMIT 1')
  const { body: group } = await lea.call('POST', '/groups', { title: 'Topology', subjectId: subject?.id })
  await mira.call('POST', `/groups/${group.id}/join`)
  const link = await connect(mira, group.id)
  const settings = { whoMayStartTimer: 'moderators' }
  expect((await lea.call('PATCH', `/groups/${group.id}`, { settings })).body.settings).toMatchObject(settings)
  await link.until(({ type, channel }) => type === 'channel.updated' && channel.whoMayStartTimer === 'moderators')
  link.send({ type: 'timer.start', nonce: 'a' })
  expect(await link.until(({ nonce }) => nonce === 'a')).toMatchObject({ type: 'error', code: 'timer.not_allowed' })
  await lea.call('PATCH', `/groups/${group.id}`, { settings: { whoMayStartTimer: 'members' } })
  link.send({ type: 'timer.start', nonce: 'b' })
  await link.until(changeOf('started'))
  expect((await lea.call('GET', `/groups/${group.id}/timer`)).body.timer).toMatchObject({ startedBy: mira.id })
})
