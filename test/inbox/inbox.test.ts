import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/shared/ids'
import { signUp, startSession } from '../support/people'
import { connectInbox, inboxOf, inboxTicket, openInbox } from './links'

const realNow = Date.now.bind(Date)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: realNow() })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

const notice = {
  id: 'ntf_1',
  type: 'friend.requested',
  title: 'Jonas wants to be your friend',
  text: '',
  subject: { userId: 'usr_1' },
  createdAt: '2026-11-26T10:00:00.000Z',
}

describe('opening', () => {
  test('I1 the ready event comes first and says whose inbox it is', async () => {
    const mira = await signUp()
    const link = await connectInbox(mira)
    expect(link.protocol).toBe('studyhall.v1')
    expect(link.events).toEqual([
      {
        type: 'ready',
        self: { userId: mira.id, socketId: expect.stringMatching(/^sock_/), state: 'online' },
        friends: { count: 0, people: [] },
        unread: { unreadCount: 0, mentionCount: 0, channels: [] },
        limits: { frameBytes: 16_384, framesPerMinute: 120 },
        heartbeatSeconds: 25,
      },
    ])
  })

  test('I1 a used, late, foreign or invented ticket is told why and closed with 4401', async () => {
    const mira = await signUp()
    const used = await inboxTicket(mira)
    await openInbox(used)
    const late = await inboxTicket(mira)
    pass(30_000)
    const moved = used.replace(mira.id, newId('user'))
    for (const ticket of [used, late, moved, 'invented', `${mira.id}.invented`]) {
      const link = await openInbox(ticket)
      expect(await link.closed()).toBe(4401)
      expect(link.events).toEqual([{ type: 'closing', code: 4401, reconnect: true }])
    }
  })

  test('I1 a program brings its token instead; a foreign page gets 403, a plain request 426', async () => {
    const mira = await signUp()
    const open = (headers: Record<string, string>) =>
      exports.default.fetch('https://studyhall.test/ws/inbox', { headers })
    const bearer = { Authorization: `Bearer ${mira.accessToken}` }
    expect((await open({ Upgrade: 'websocket', ...bearer })).status).toBe(101)
    expect((await open({ Upgrade: 'websocket', ...bearer, Origin: 'https://evil.test' })).status).toBe(403)
    expect((await open(bearer)).status).toBe(426)
    expect((await open({ Upgrade: 'websocket' })).status).toBe(401)
    const both = await mira.call('POST', '/ws/tickets', { inbox: true, channelId: newId('room') })
    expect([both.status, (await mira.call('POST', '/ws/tickets', { inbox: false })).status]).toEqual([422, 422])
  })

  test('an inbox that was only asked for stores nothing', async () => {
    const stub = inboxOf({ id: newId('user') })
    expect(await stub.notify([notice])).toMatchObject({ heard: false })
    await stub.ping()
    const tables = await runInDurableObject(stub, (_, { storage }) => [
      ...storage.sql.exec(`SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`),
    ])
    expect(tables).toEqual([])
  })
})

describe('a socket', () => {
  test('I2 every device hears a notice, also after the object was evicted', async () => {
    const mira = await signUp()
    const links = [await connectInbox(mira), await connectInbox(await startSession(mira))]
    await evictDurableObject(inboxOf(mira))
    expect(await inboxOf(mira).notify([notice])).toMatchObject({ heard: true })
    for (const link of links)
      expect(await link.until(({ type }) => type === 'notification.created')).toMatchObject({ notification: notice })
  })

  test('L5 ends with its session, by logout at once and by the check after 15 minutes', async () => {
    const mira = await signUp()
    const [other, third] = [await startSession(mira), await startSession(mira)]
    const links = [await connectInbox(mira), await connectInbox(other), await connectInbox(third)]
    expect((await mira.call('POST', '/auth/logout')).status).toBe(204)
    expect(await links[0]!.closed()).toBe(4401)
    await env.DB.prepare('UPDATE sessions SET ended_at = 1 WHERE id = ?').bind(other.sessionId).run()
    for (let minute = 0; minute < 15; minute++) {
      pass(60_000)
      for (const link of links.slice(1)) link.send({ type: 'seen', n: 1 })
      await inboxOf(mira).ping()
      await runDurableObjectAlarm(inboxOf(mira))
    }
    expect(await links[1]!.closed()).toBe(4401)
    expect(links[2]!.closeCode).toBeNull()
  })

  test('L16 a silent one is closed by the sweep, which then rests', async () => {
    const mira = await signUp()
    const link = await connectInbox(mira)
    pass(70_000)
    await runDurableObjectAlarm(inboxOf(mira))
    expect(await link.closed()).toBe(1001)
    pass(15 * 60_000)
    await runDurableObjectAlarm(inboxOf(mira))
    expect(await runDurableObjectAlarm(inboxOf(mira))).toBe(false)
  })

  test('L20 a sixth takes the place of the oldest', async () => {
    const mira = await signUp()
    const links = []
    for (let n = 0; n < 6; n++) links.push(await connectInbox(mira))
    expect(await links[0]!.closed()).toBe(4409)
    expect(links.slice(1).map(({ closeCode }) => closeCode)).toEqual([null, null, null, null, null])
  })

  test('L6, L9, L19 what is not understood is refused, and too much of it closes', async () => {
    const mira = await signUp()
    const link = await connectInbox(mira)
    link.send('ping')
    await link.waitFor(() => link.pongs[0])
    link.send({ type: 'message.send', nonce: 'n', text: 'hi' })
    expect(await link.until(({ type }) => type === 'error')).toMatchObject({ code: 'frame.unknown_type', nonce: 'n' })
    for (let n = 1; n < 10; n++) link.send({ type: 'seen', n: -1 })
    expect(await link.closed()).toBe(4400)
    const second = await connectInbox(mira)
    second.send('{')
    expect(await second.closed()).toBe(4400)
    const third = await connectInbox(mira)
    third.send(JSON.stringify({ type: 'seen', n: 'x'.repeat(16_384) }))
    expect(await third.closed()).toBe(1009)
    pass(60_000)
    const fourth = await connectInbox(mira)
    for (let n = 0; n <= 121; n++) fourth.send({ type: 'seen', n })
    expect(await fourth.closed()).toBe(4408)
  })
})

test('an inbox that is erased closes and keeps nothing', async () => {
  const mira = await signUp()
  const link = await connectInbox(mira)
  await inboxOf(mira).erase()
  expect(await link.closed()).toBe(4401)
  const tables = await runInDurableObject(inboxOf(mira), (_, { storage }) => [
    ...storage.sql.exec(`SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`),
  ])
  expect(tables).toEqual([])
})
