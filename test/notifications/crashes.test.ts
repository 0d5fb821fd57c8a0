import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { deliver } from '../../src/notifications/actions/deliver'
import { tellEvent } from '../../src/notifications/actions/tell-event'
import { rows } from '../support/accounts'
import { type Person, signUp } from '../support/people'
import { PushService } from './push-service'
import { addressOf, logOf, reader, tellingIn } from './telling'
import { dyingAt, World } from './world'

const minute = 60_000
let world: World
let ada: Person

beforeAll(async () => {
  ada = await signUp({ name: 'Ada' })
})
beforeEach(() => {
  world = new World()
})
afterEach(() => vi.restoreAllMocks())

const { record, asked, tell } = tellingIn(() => ({ world, by: ada }))

/** Somebody with a browser that takes push messages, and the push service behind it. */
async function pushed(): Promise<{ ben: Person; service: PushService }> {
  world.settings = { PUSH_ADAPTER: 'web' }
  const [ben, service] = [await reader(), await PushService.open('https://fcm.googleapis.com')]
  await ben.call('POST', '/notifications/push-subscriptions', service.subscription)
  vi.spyOn(globalThis, 'fetch').mockImplementation(service.fetch)
  return { ben, service }
}

describe('whatever step it dies at', () => {
  /** What is left when everything has been done again by sweep and queue. */
  async function recover() {
    world.queue.length = 0
    await world.pass(12)
  }

  test.each(['before', 'after'] as const)(
    'telling: %s each step, nobody is told twice and nobody missed',
    async (when) => {
      const people = await Promise.all([reader(), reader(), reader()])
      world.online.add(people[0]?.id ?? '')
      world.studying.add(people[1]?.id ?? '')
      let steps = 0
      for (let n = 1; ; n += 1) {
        const { id } = await asked(...people.map((one) => one.id))
        const death = dyingAt(n, when)
        await tellEvent(await world.ctx(death.step), id).catch(() => {})
        if (!death.died()) break
        steps += 1
        await recover()
        const log = await rows(
          'SELECT user_id, channel, count(*) AS n FROM notification_log WHERE event_id = ? GROUP BY 1, 2',
          id,
        )
        expect(log).toHaveLength(9)
        expect(log.every((row) => row.n === 1)).toBe(true)
        for (const one of [people[0], people[2]]) {
          const shown = world.noticesOf(one?.id ?? '').filter((notice) => notice.id === id)
          expect(shown.length).toBeGreaterThan(0)
        }
        expect(world.noticesOf(people[1]?.id ?? '').filter((notice) => notice.id === id)).toEqual([])
        expect(await rows('SELECT next_at FROM outbox WHERE id = ?', id)).toEqual([{ next_at: null }])
      }
      expect(steps).toBeGreaterThan(5)
    },
  )

  test.each(['before', 'after'] as const)(
    'delivering: %s each step, the mail goes out with one Message-ID',
    async (when) => {
      let steps = 0
      for (let n = 1; ; n += 1) {
        const ben = await reader()
        const { id } = await asked(ben.id)
        await tell(id)
        world.now += 3 * minute
        const death = dyingAt(n, when)
        await deliver(await world.ctx(death.step), ben.id, 'mail').catch(() => {})
        if (!death.died()) break
        steps += 1
        await recover()
        const mails = world.mailsTo(addressOf(ben))
        expect(mails.length).toBeGreaterThan(0)
        expect(mails.length).toBeLessThan(3)
        expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1)
        expect((await logOf(id))[1]).toBe('mail sent')
        expect(await rows('SELECT * FROM deliveries WHERE user_id = ?', ben.id)).toEqual([])
      }
      expect(steps).toBeGreaterThan(4)
    },
  )
})

describe('whatever step it dies at, by push', () => {
  test.each(['before', 'after'] as const)(
    'delivering: %s each step, the browser has it, and not twice while it has not shown it',
    async (when) => {
      let [steps, repeated] = [0, 0]
      for (let n = 1; ; n += 1) {
        const { ben, service } = await pushed()
        const { id } = await asked(ben.id)
        await tell(id)
        const death = dyingAt(n, when)
        await deliver(await world.ctx(death.step), ben.id, 'push').catch(() => {})
        if (!death.died()) break
        steps += 1
        world.queue.length = 0
        await world.pass(12)
        // What it answered may have been lost: then it comes once more, in the place of the first.
        expect(service.received.length).toBeGreaterThan(0)
        expect(service.received.length).toBeLessThan(3)
        repeated += service.received.length - 1
        expect(service.waiting).toMatchObject([{ payload: { title: 'Ada would like to be friends' } }])
        expect(new Set(service.received.map(({ payload }) => payload.id)).size).toBe(1)
        expect((await logOf(id))[2]).toBe('push sent')
        expect(await rows('SELECT * FROM deliveries WHERE user_id = ? AND channel = ?', ben.id, 'push')).toEqual([])
      }
      expect(steps).toBeGreaterThan(4)
      expect(repeated).toBe({ before: 2, after: 2 }[when])
    },
  )

  test.each(['before', 'after'] as const)(
    'the summary after quiet: %s each step, it is shown under one id',
    async (when) => {
      let steps = 0
      for (let n = 1; ; n += 1) {
        const ben = await reader()
        world.studying.add(ben.id)
        const { id } = await asked(ben.id)
        await tell(id)
        world.studying.clear()
        world.now += 7 * 60 * minute
        const death = dyingAt(n, when)
        await deliver(await world.ctx(death.step), ben.id, 'app').catch(() => {})
        if (!death.died()) break
        steps += 1
        world.queue.length = 0
        await world.pass(12)
        const shown = world.noticesOf(ben.id)
        expect(shown.length).toBeGreaterThan(0)
        expect(new Set(shown.map((notice) => notice.id)).size).toBe(1)
        expect((await logOf(id))[0]).toBe('app sent')
      }
      expect(steps).toBeGreaterThan(3)
    },
  )
})

describe('a thousand people', () => {
  test('are told in steps of fifty, each once, at a bounded price, though every second step dies', async ({
    annotate,
  }) => {
    const { body: room } = await ada.call('POST', '/rooms', { name: 'Everybody', maxParticipants: 1000 })
    await env.DB.batch([
      env.DB.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
        INSERT INTO users (id, email, email_verified_at, username, name, created_at, updated_at, last_active_at)
        SELECT printf('usr_crowd%04d', i), i || '@crowd.test', 1, 'crowd_' || i, 'Crowd', 1, 1, 1 FROM n`),
      env.DB.prepare(`INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id)
        SELECT ?, id, 'member', 'active', 1, 1, 'chg' FROM users WHERE id LIKE 'usr_crowd%'`).bind(room.id),
    ])
    const said = { messageId: 'msg_all', seq: 1 }
    const { id } = await record({ type: 'message.announcement', to: 'members', channelId: room.id, facts: said })
    world.counts = { rowsRead: 0, rowsWritten: 0, trips: 0, queued: 0, rpcs: 0 }
    world.queue.push({ kind: 'event', eventId: id })
    await world.drain()
    const log = await rows(
      'SELECT channel, state, count(*) AS n FROM notification_log WHERE event_id = ? GROUP BY 1, 2',
      id,
    )
    expect(log).toEqual([
      { channel: 'app', state: 'sent', n: 999 },
      { channel: 'mail', state: 'held', n: 999 },
      { channel: 'push', state: 'dropped', n: 999 },
    ])
    expect(new Set(world.notices.map(({ userId }) => userId)).size).toBe(999)
    const { rowsRead, rowsWritten, trips, queued, rpcs } = world.counts
    expect(rpcs).toBe(999)
    expect(queued).toBe(20)
    expect(trips).toBeLessThanOrEqual(21 * 3)
    expect(rowsWritten / 999).toBeLessThan(12)
    expect(rowsRead / 999).toBeLessThan(25)
    await annotate(
      `for each of 999: ${(rowsRead / 999).toFixed(1)} rows read, ${(rowsWritten / 999).toFixed(1)} written, 1 call; ${queued} messages in all`,
      'measured',
    )

    // Once more, and every second step dies: the sweep goes on where it stopped.
    const again = await record({ type: 'message.announcement', to: 'members', channelId: room.id, facts: said })
    world.notices.length = 0
    for (let n = 1; n < 90; n += 1) {
      world.now += 7 * 60 * minute
      const death = dyingAt((n % 6) + 1, n % 2 ? 'before' : 'after')
      await tellEvent(await world.ctx(n % 3 === 0 ? undefined : death.step), again.id).catch(() => {})
    }
    const told = await rows(
      'SELECT count(*) AS n, count(DISTINCT user_id) AS people FROM notification_log WHERE event_id = ?',
      again.id,
    )
    expect(told).toEqual([{ n: 3 * 999, people: 999 }])
    expect(new Set(world.notices.map(({ userId }) => userId)).size).toBe(999)
    expect(await rows('SELECT next_at FROM outbox WHERE id = ?', again.id)).toEqual([{ next_at: null }])
  }, 60_000)
})

test('one notification costs a bounded number of rows, calls and queue operations', async ({ annotate }) => {
  const ben = await reader()
  const { id } = await asked(ben.id)
  world.counts = { rowsRead: 0, rowsWritten: 0, trips: 0, queued: 0, rpcs: 0 }
  await tell(id)
  const told = { ...world.counts }
  expect(told.queued).toBe(0)
  expect(told.rpcs).toBe(1)
  expect(told.trips).toBeLessThanOrEqual(3)
  expect(told.rowsWritten).toBeLessThanOrEqual(14)
  expect(told.rowsRead).toBeLessThanOrEqual(40)
  world.now += 3 * minute
  world.counts = { rowsRead: 0, rowsWritten: 0, trips: 0, queued: 0, rpcs: 0 }
  world.queue.push({ kind: 'deliver', userId: ben.id, channel: 'mail' })
  await world.drain()
  const spent = ({ rowsRead, rowsWritten, trips }: typeof told) =>
    `${rowsRead} rows read, ${rowsWritten} written, ${trips} trips`
  await annotate(`telling one: ${spent(told)}; mailing it: ${spent(world.counts)}`, 'measured')
  expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
  expect(world.counts.trips).toBeLessThanOrEqual(4)
  expect(world.counts.rpcs).toBe(1)
  expect(world.counts.rowsWritten).toBeLessThanOrEqual(14)
  expect(world.counts.rowsRead).toBeLessThanOrEqual(60)
})

test('pushing one costs a bounded number of rows, calls and queue operations, too', async ({ annotate }) => {
  const { ben, service } = await pushed()
  const { id } = await asked(ben.id)
  const nothing = { rowsRead: 0, rowsWritten: 0, trips: 0, queued: 0, rpcs: 0 }
  world.counts = { ...nothing }
  await tell(id)
  const told = { ...world.counts }
  expect(told).toMatchObject({ queued: 1, rpcs: 1 })
  expect(told.trips).toBeLessThanOrEqual(3)
  expect(told.rowsWritten).toBeLessThanOrEqual(16)
  expect(told.rowsRead).toBeLessThanOrEqual(42)
  world.counts = { ...nothing }
  await world.drain()
  expect(service.received).toHaveLength(1)
  const first = { ...world.counts }
  expect(first.rpcs).toBe(1)
  expect(first.queued).toBe(0)
  expect(first.trips).toBeLessThanOrEqual(5)
  expect(first.rowsWritten).toBeLessThanOrEqual(15)
  expect(first.rowsRead).toBeLessThanOrEqual(62)
  const next = await asked(ben.id)
  await tell(next.id)
  world.counts = { ...nothing }
  await world.drain()
  expect(service.received).toHaveLength(2)
  // That the browser is there is noted once a day.
  expect(world.counts.trips).toBe(first.trips - 1)
  const { rowsRead, rowsWritten, trips } = world.counts
  await annotate(`pushing one: ${rowsRead} rows read, ${rowsWritten} written, ${trips} trips, 1 message`, 'measured')
})
