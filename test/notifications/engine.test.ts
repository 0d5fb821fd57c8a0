import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MailFailure } from '../../src/mail/adapters/contract'
import { deliver } from '../../src/notifications/actions/deliver'
import { endStudyQuiet } from '../../src/notifications/actions/hold'
import { tellEvent } from '../../src/notifications/actions/tell-event'
import { recordEvent, withdrawEvents } from '../../src/outbox/actions'
import type { EventType } from '../../src/outbox/contract'
import type { NewEvent } from '../../src/outbox/store'
import { rows } from '../support/accounts'
import { type Person, signUp } from '../support/people'
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

/** Somebody with a proven address, so that mail reaches them. */
const reader = (overrides: Parameters<typeof signUp>[0] = {}) => signUp({ emailVerifiedAt: 1, ...overrides })
const addressOf = (person: Person) => `${person.username}@studyhall.test`

let made = 0
async function record<T extends EventType>(event: Omit<NewEvent<T>, 'actorId'> & { actorId?: string | null }) {
  made += 1
  const subjectId = event.subjectId ?? `subject_${made}`
  const ctx = await world.ctx()
  await ctx.db.batch([recordEvent(ctx, { actorId: ada.id, ...event, subjectId } as NewEvent<T>)])
  const [row] = await rows('SELECT id FROM outbox WHERE subject_id = ? ORDER BY id DESC', subjectId)
  return { id: String(row?.id), subjectId: String(subjectId) }
}
const asked = (...to: string[]) => record({ type: 'friend.requested', to, facts: {} })

const tell = async (id: string) => tellEvent(await world.ctx(), id)

async function logOf(eventId: string, userId?: string) {
  const found = await rows('SELECT * FROM notification_log WHERE event_id = ? ORDER BY user_id, channel', eventId)
  return found
    .filter((row) => userId === undefined || row.user_id === userId)
    .map(({ channel, state, reason }) => `${channel} ${state}${reason === null ? '' : ` ${reason}`}`)
}

describe('telling of an event', () => {
  test('writes one row for each person and way, shows it at once, and mails it after two minutes', async () => {
    const ben = await reader({ locale: 'de-AT' })
    const { id } = await asked(ben.id)
    await tell(id)
    expect(await logOf(id)).toEqual(['app sent', 'mail held batch', 'push dropped no_subscription'])
    expect(world.noticesOf(ben.id)).toMatchObject([
      { id, type: 'friend.requested', title: 'Ada möchte mit dir befreundet sein', subject: { userId: ada.id } },
    ])
    await world.pass(1)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    await world.pass(1)
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{ subject: 'Ada möchte mit dir befreundet sein' }])
    expect(await logOf(id)).toEqual(['app sent', 'mail sent', 'push dropped no_subscription'])
    expect(await rows('SELECT * FROM deliveries WHERE user_id = ?', ben.id)).toEqual([])
    expect(await rows('SELECT next_at FROM outbox WHERE id = ?', id)).toEqual([{ next_at: null }])
  })

  test('again, by queue, sweep or replay, changes nothing', async () => {
    const ben = await reader()
    const { id } = await asked(ben.id)
    for (let n = 0; n < 3; n += 1) await tell(id)
    world.queue.push({ kind: 'event', eventId: id }, { kind: 'event', eventId: id })
    await world.drain()
    await Promise.all([1, 2, 3].map(() => tell(id)))
    expect(await logOf(id)).toHaveLength(3)
    expect(world.noticesOf(ben.id)).toHaveLength(1)
  })

  test('leaves out who did it, who is gone, and who has blocked or muted', async () => {
    const [ben, cleo, dora, gone] = await Promise.all([reader(), reader(), reader(), reader({ status: 'suspended' })])
    const { body: room } = await ada.call('POST', '/rooms', { name: 'Algebra' })
    for (const one of [ben, cleo, dora]) await one.call('POST', `/rooms/${room.id}/join`)
    await ben.call('PUT', `/blocks/${ada.id}`)
    await cleo.call('PUT', `/channels/${room.id}/mute`, {})
    const said = { messageId: 'msg_x', seq: 1 }
    const { id } = await record({ type: 'message.mention', to: 'members', channelId: room.id, facts: said })
    await tell(id)
    expect(await logOf(id, ada.id)).toEqual([])
    expect(await logOf(id, gone.id)).toEqual([])
    expect(await logOf(id, ben.id)).toEqual(['app dropped blocked', 'mail dropped blocked', 'push dropped blocked'])
    expect(await logOf(id, cleo.id)).toEqual(['app dropped muted', 'mail dropped muted', 'push dropped muted'])
    expect(await logOf(id, dora.id)).toEqual(['app sent', 'mail held digest', 'push dropped no_subscription'])
    expect(world.notices.map(({ userId }) => userId)).toEqual([dora.id])
  })

  test('an inbox that does not answer keeps nobody else waiting, and the notification is in the list', async () => {
    const [ben, cleo] = await Promise.all([reader(), reader()])
    const { id } = await asked(ben.id, cleo.id)
    const ctx = await world.ctx()
    const inbox: typeof ctx.inbox = (userId) =>
      userId === ben.id ? ({ notify: () => Promise.reject(new Error('away')) } as never) : ctx.inbox(userId)
    expect(await tellEvent({ ...ctx, inbox }, id)).toBe(true)
    expect(world.noticesOf(cleo.id)).toHaveLength(1)
    expect((await ben.call('GET', '/notifications')).body.data).toMatchObject([{ id }])
  })
})

describe('mail', () => {
  test('of two minutes goes out as one, with a way out of just these kinds', async () => {
    const ben = await reader()
    const first = await asked(ben.id)
    await tell(first.id)
    world.now += minute
    const { body: room } = await ada.call('POST', '/rooms', { name: 'Topology' })
    const second = await record({ type: 'waitlist.promoted', to: [ben.id], channelId: room.id, facts: {} })
    await tell(second.id)
    await world.pass(1)
    const mails = world.mailsTo(addressOf(ben))
    expect(mails).toHaveLength(1)
    expect(mails[0]?.subject).toBe('2 things happened on Studyhall')
    expect(mails[0]?.text).toContain('Ada would like to be friends')
    expect(mails[0]?.text).toContain('There is a seat for you in the room Topology')
    expect(mails[0]?.headers).toMatchObject({
      'List-Unsubscribe': expect.stringMatching(/^<https?:\/\/\S+\/api\/v1\/notifications\/unsubscribe\?token=\S+>$/),
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    })
    await world.pass(5)
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
  })

  test.each<[string, string, (ben: Person, about: { id: string; subjectId: string }) => Promise<unknown>]>([
    ['read', 'read', (ben, { id }) => ben.call('POST', '/notifications/read', { ids: [id] })],
    ['blocked', 'blocked', (ben) => ben.call('PUT', `/blocks/${ada.id}`)],
    [
      'switched off',
      'switched_off',
      (ben) => ben.call('PUT', '/notifications/preferences', { categories: { social: { mail: 'never' } } }),
    ],
    [
      'withdrawn',
      'withdrawn',
      async (_, { subjectId }) => {
        const ctx = await world.ctx()
        await ctx.db.batch([withdrawEvents(ctx, subjectId)])
      },
    ],
  ])('is not sent of what was %s meanwhile', async (_, reason, act) => {
    const ben = await reader()
    const about = await asked(ben.id)
    await tell(about.id)
    await act(ben, about)
    await world.pass(3)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    expect((await logOf(about.id))[1]).toBe(`mail dropped ${reason}`)
  })

  test('of a message quotes it as it is now, and says nothing of what was deleted or where one is no longer', async () => {
    const [ben, cleo] = await Promise.all([reader(), reader()])
    const { body: room } = await ada.call('POST', '/rooms', { name: 'Analysis' })
    for (const one of [ben, cleo]) {
      await one.call('POST', `/rooms/${room.id}/join`)
      await one.call('PUT', '/notifications/preferences', { categories: { mentions: { mail: 'immediately' } } })
    }
    const say = async (text: string) =>
      (await ada.call('POST', `/channels/${room.id}/messages`, { nonce: crypto.randomUUID(), text })).body
    const [kept, gone] = [await say('Read this'), await say('Forget this')]
    const events = []
    for (const { id: messageId, seq } of [kept, gone])
      events.push(
        await record({ type: 'message.mention', to: [ben.id, cleo.id], channelId: room.id, facts: { messageId, seq } }),
      )
    for (const { id } of events) await tell(id)
    await ada.call('PATCH', `/channels/${room.id}/messages/${kept.id}`, { text: 'Read that' })
    await ada.call('DELETE', `/channels/${room.id}/messages/${gone.id}`)
    await cleo.call('POST', `/rooms/${room.id}/leave`)
    await world.pass(3)
    const [mail] = world.mailsTo(addressOf(ben))
    expect(mail?.text).toContain('Read that')
    expect(mail?.text).not.toMatch(/Read this|Forget/)
    expect((await logOf(events[1]?.id ?? '', ben.id))[1]).toBe('mail dropped deleted')
    expect(world.mailsTo(addressOf(cleo))).toEqual([])
    expect((await logOf(events[0]?.id ?? '', cleo.id))[1]).toBe('mail dropped gone')
  })

  test('waits while the service is down for an hour: nothing is lost, in order, with the same Message-ID', async () => {
    const ben = await reader()
    world.mailFails = new MailFailure('temporary', 'no answer')
    const first = await asked(ben.id)
    await tell(first.id)
    await world.pass(30)
    const [waiting] = await rows('SELECT delivery_id, tries FROM deliveries WHERE user_id = ?', ben.id)
    expect(waiting?.tries).toBeGreaterThan(2)
    expect(waiting?.tries).toBeLessThan(8)
    const second = await asked(ben.id)
    await tell(second.id)
    await world.pass(30)
    expect(world.mails).toEqual([])
    world.mailFails = null
    await world.pass(70)
    const mails = world.mailsTo(addressOf(ben))
    expect(mails).toHaveLength(2)
    expect(mails[0]?.messageId).toBe(`<notice.${waiting?.delivery_id}@localhost>`)
    expect([await logOf(first.id), await logOf(second.id)].map((log) => log[1])).toEqual(['mail sent', 'mail sent'])
  })

  test('about what is over by then is not sent late', async () => {
    const ben = await reader()
    world.mailFails = new MailFailure('temporary', 'no answer')
    const facts = { todoId: 'todo_1', text: 'Hand in', dueAt: world.now }
    const { id } = await record({ type: 'todo.due', to: [ben.id], facts, expiresAt: world.now + 30 * minute })
    await tell(id)
    await world.pass(40)
    world.mailFails = null
    await world.pass(60)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    expect((await logOf(id))[1]).toBe('mail dropped expired')
  })

  test('that is refused for good ends mail to this address, and only to this', async () => {
    const ben = await reader()
    world.mailFails = new MailFailure('permanent', '550')
    const first = await asked(ben.id)
    await tell(first.id)
    await world.pass(3)
    expect((await logOf(first.id))[1]).toBe('mail failed refused')
    world.mailFails = null
    const second = await asked(ben.id)
    await tell(second.id)
    expect((await logOf(second.id))[1]).toBe('mail dropped bounced')
    await env.DB.prepare('UPDATE users SET email = ? WHERE id = ?')
      .bind(`new-${addressOf(ben)}`, ben.id)
      .run()
    const third = await asked(ben.id)
    await tell(third.id)
    expect((await logOf(third.id))[1]).toBe('mail held batch')
  })

  test('of a day comes at the hour that the person chose, in their zone', async () => {
    const ben = await reader({ timezone: 'Asia/Tokyo' })
    await ben.call('PUT', '/notifications/preferences', { categories: { social: { mail: 'daily' } }, digestHour: 19 })
    world.now = Date.parse('2026-11-26T08:00:00Z')
    const events = [await asked(ben.id), await asked(ben.id)]
    for (const { id } of events) await tell(id)
    const due = await rows(
      'SELECT DISTINCT due_at FROM notification_log WHERE user_id = ? AND channel = ?',
      ben.id,
      'mail',
    )
    expect(due).toEqual([{ due_at: Date.parse('2026-11-26T10:00:00Z') }])
    world.now = Date.parse('2026-11-26T09:57:00Z')
    await world.pass(2)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    await world.pass(1)
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{ subject: '2 things happened on Studyhall' }])
  })
})

describe('quiet', () => {
  test('hours hold everything but security, and end with one summary and one mail', async () => {
    const ben = await reader({ timezone: 'Europe/Vienna' })
    const everyNight = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '22:00', end: '07:00' }))
    await ben.call('PUT', '/notifications/quiet-hours', { ranges: everyNight })
    world.now = Date.parse('2026-11-26T23:00:00Z')
    const events = [await asked(ben.id), await asked(ben.id)]
    for (const { id } of events) await tell(id)
    expect(await logOf(events[0]?.id ?? '')).toEqual([
      'app held quiet_hours',
      'mail held quiet_hours',
      'push dropped no_subscription',
    ])
    const safety = await record({
      type: 'security.role_changed',
      to: [ben.id],
      facts: { from: 'student', to: 'admin', reason: 'x' },
    })
    await tell(safety.id)
    expect(world.noticesOf(ben.id).map(({ type }) => type)).toEqual(['security.role_changed'])
    await world.pass(2)
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{ subject: 'You are an admin of this Studyhall now' }])
    // Who looks at the list of their own accord sees it all.
    expect((await ben.call('GET', '/notifications')).body.data).toHaveLength(3)
    world.now = Date.parse('2026-11-27T05:58:00Z')
    await world.pass(1)
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
    await world.pass(2)
    expect(world.noticesOf(ben.id)).toMatchObject([
      { type: 'security.role_changed' },
      { type: 'notifications.summary', title: '2 notifications waited for you', subject: { count: '2' } },
    ])
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{}, { subject: '2 things happened on Studyhall' }])
    expect(await logOf(events[1]?.id ?? '')).toEqual(['app sent', 'mail sent', 'push dropped no_subscription'])
  })

  test('a running study session is quiet, too, unless the person says otherwise, and ends with a summary', async () => {
    const [ben, cleo] = await Promise.all([reader(), reader()])
    await cleo.call('PUT', '/notifications/preferences', { quietWhileStudying: false })
    for (const one of [ben, cleo]) world.studying.add(one.id)
    const { id } = await asked(ben.id, cleo.id)
    await tell(id)
    expect(world.notices.map(({ userId }) => userId)).toEqual([cleo.id])
    expect(await logOf(id, ben.id)).toEqual(['app held studying', 'mail held studying', 'push dropped no_subscription'])
    await world.pass(10)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    expect(world.mailsTo(addressOf(cleo))).toHaveLength(1)
    world.studying.clear()
    await endStudyQuiet(await world.ctx(), ben.id)
    await world.drain()
    expect(world.noticesOf(ben.id)).toMatchObject([{ type: 'notifications.summary', subject: { count: '1' } }])
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
  })

  test('that begins while a mail waits holds it, too', async () => {
    const ben = await reader()
    const { id } = await asked(ben.id)
    await tell(id)
    world.studying.add(ben.id)
    await world.pass(5)
    expect((await logOf(id))[1]).toBe('mail held studying')
    world.studying.clear()
    await endStudyQuiet(await world.ctx(), ben.id)
    await world.drain()
    expect((await logOf(id))[1]).toBe('mail sent')
  })
})

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
