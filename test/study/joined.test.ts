import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deliver } from '../../src/notifications/actions/deliver'
import { tellEvent } from '../../src/notifications/actions/tell-event'
import { recordEvent } from '../../src/outbox/actions'
import { connectInbox, inboxOf, openChannel } from '../inbox/links'
import { rows } from '../support/accounts'
import { runAlarm } from '../support/alarms'
import { makeTestCtx } from '../support/ctx'
import { type Person, signUp } from '../support/people'
import { minute, pass, student } from './study'

const noon = Date.parse('2026-11-26T12:00:00Z')

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Math.max(Date.now(), noon) })
})
afterEach(() => {
  vi.useRealTimers()
})

const madeRoom = async (owner: Pick<Person, 'call'>): Promise<string> =>
  (await owner.call('POST', '/rooms', { name: 'Algebra' })).body.id

describe('S24 a running session is quiet', () => {
  const reader = async () => student(await signUp({ emailVerifiedAt: 1 }))

  /** What has become of everything that somebody was told, by way; `due` is what waits no longer. */
  const toldTo = async (userId: string) =>
    (await rows('SELECT * FROM notification_log WHERE user_id = ? ORDER BY event_id, channel', userId))
      .filter(({ channel }) => channel !== 'push')
      .map(({ channel, state, reason, due_at: dueAt }) =>
        [channel, state, reason, dueAt !== null && Number(dueAt) <= Date.now() && 'due'].filter(Boolean).join(' '),
      )
  const waits = ['app held studying', 'mail held studying']
  const released = waits.map((one) => `${one} due`)
  const isTold = (userId: string, expected: string[]) =>
    vi.waitFor(async () => expect(await toldTo(userId)).toEqual(expected), 5000)

  const asks = async (ada: Person, other: Pick<Person, 'id'>) =>
    expect((await ada.call('POST', '/friends/requests', { userId: other.id })).status).toBe(201)

  test.each([
    ['that counts', minute],
    ['that is too short to count', 10_000],
  ])('and the end of one %s tells what was held, as one summary, once', async (_, lasts) => {
    const [ada, ben] = [await signUp({ emailVerifiedAt: 1 }), await reader()]
    const { body } = await ben.start()
    const link = await connectInbox(ben)
    await asks(ada, ben)
    await isTold(ben.id, waits)
    pass(lasts)
    await ben.command('end', body.id)
    expect(await toldTo(ben.id)).toEqual(released)
    const ctx = await makeTestCtx()
    for (const way of ['app', 'app', 'mail'] as const) await deliver(ctx, ben.id, way)
    const summary = await link.until(({ type }) => type === 'notification.created')
    expect(summary.notification).toMatchObject({ type: 'notifications.summary', subject: { count: '1' } })
    expect(await toldTo(ben.id)).toEqual(['app sent', 'mail sent'])
    expect(link.events.filter(({ type }) => type === 'notification.created')).toHaveLength(1)
  })

  test('but not for security, nor for who wants to hear; a pause is part of it', async () => {
    const [ada, ben, cleo] = [await signUp({ emailVerifiedAt: 1 }), await reader(), await reader()]
    await cleo.call('PUT', '/notifications/preferences', { quietWhileStudying: false })
    const { body } = await ben.start()
    await cleo.start()
    await ben.command('pause', body.id)
    const ctx = await makeTestCtx()
    const about = { actorId: null, subjectId: ben.id, facts: { from: 'student', to: 'admin', reason: 'x' } } as const
    await ctx.db.batch([recordEvent(ctx, { type: 'security.role_changed', to: [ben.id], ...about })])
    await tellEvent(ctx, ctx.recorded[0] ?? '')
    expect((await toldTo(ben.id))[0]).toBe('app sent')
    for (const one of [ben, cleo]) await asks(ada, one)
    await vi.waitFor(async () => expect((await toldTo(ben.id)).slice(2)).toEqual(waits), 5000)
    await isTold(cleo.id, ['app sent', 'mail held batch'])
  })

  test('and what could not be let out at its end is a minute later, and looked for once more', async () => {
    const [ada, ben] = [await signUp({ emailVerifiedAt: 1 }), await reader()]
    const { body } = await ben.start()
    await asks(ada, ben)
    await isTold(ben.id, waits)
    await runInDurableObject(inboxOf(ben), async (object) => {
      const clock = (object as unknown as { clock: { ctx: object } }).clock
      const { ctx } = clock
      clock.ctx = { storage: Reflect.get(ctx, 'storage') }
      await object.study(ben.id, { do: 'end', id: body.id, claimedAt: null })
      clock.ctx = ctx
    })
    expect(await toldTo(ben.id)).toEqual(waits)
    const held = () =>
      runInDurableObject(inboxOf(ben), (_, { storage }) => storage.sql.exec('SELECT at FROM study_held').toArray())
    const alarm = await runInDurableObject(inboxOf(ben), (_, { storage }) => storage.getAlarm())
    expect((alarm ?? 0) - Date.now()).toBeLessThanOrEqual(minute)
    pass(minute / 2)
    await runAlarm(inboxOf(ben))
    expect(await toldTo(ben.id)).toEqual(released)
    expect(await held()).toHaveLength(1)
    pass(minute)
    await runAlarm(inboxOf(ben))
    expect(await held()).toEqual([])
  })
})

test('S25 a session has the work phases that ended in its room while it counted, each once, however late they come', async () => {
  const mira = student(await signUp())
  const [room, other] = [await madeRoom(mira), await madeRoom(mira)]
  const ends = (at: number, channelId = room) =>
    rows('INSERT INTO pomodoros VALUES (?, ?, ?, 1, 0, 25, ?)', mira.id, at, channelId, at - 25 * minute)
  const { body: first } = await mira.start({ roomId: room })
  const began = Date.parse(first.startedAt)
  await ends(began)
  pass(2 * minute)
  await ends(began + minute)
  await ends(began + minute + 1, other)
  expect((await mira.current()).pomodoros).toBe(1)
  await mira.command('pause', first.id)
  pass(2 * minute)
  await ends(began + 3 * minute)
  await mira.command('resume', first.id)
  pass(minute)
  expect((await mira.command('end', first.id)).body).toMatchObject({ state: 'ended', pomodoros: 1 })
  const { body: second } = await mira.start({ roomId: room })
  await ends(began + 5 * minute)
  pass(minute)
  await mira.command('end', second.id)

  const listed = (await mira.call('GET', '/study/sessions')).body.data
  expect(listed.map(({ id, pomodoros }: Record<string, unknown>) => [id, pomodoros])).toEqual([
    [second.id, 0],
    [first.id, 2],
  ])
  expect((await mira.call('GET', `/study/sessions/${first.id}`)).body.pomodoros).toBe(2)
  for (const by of ['day', 'room', 'subject']) {
    const { body } = await mira.call('GET', `/study/stats?by=${by}`)
    expect([by, body.pomodoros]).toEqual([by, 2])
    expect(body.data.reduce((sum: number, row: { pomodoros: number }) => sum + row.pomodoros, 0)).toBe(2)
  }
})

test('S22 notes, todos, the room’s timer and messages there prove that somebody is there', async () => {
  const mira = student(await signUp())
  const room = await madeRoom(mira)
  await mira.start()
  const provenAt = () =>
    runInDurableObject(inboxOf(mira), (_, { storage }) =>
      Number(storage.sql.exec('SELECT proven_at AS at FROM study_running').one().at),
    )
  const proves = async (what: string, act: () => unknown) => {
    pass(minute)
    const at = Date.now()
    await act()
    await vi.waitFor(async () => expect([what, (await provenAt()) >= at]).toEqual([what, true]), 3000)
  }
  const note = (await mira.call('POST', '/notes', { title: 'Rings', body: 'Ideals' })).body
  await proves('a note', () => mira.call('PATCH', `/notes/${note.id}`, { body: 'I' }, { 'If-Match': '"1"' }))
  await proves('a todo', () => mira.call('POST', '/todos', { text: 'Read' }))
  const link = await openChannel(mira, room)
  await link.until(({ type }) => type === 'ready')
  await proves('the timer', () => link.send({ type: 'timer.start', nonce: 't' }))
  await proves('a message', async () => {
    link.send({ type: 'message.send', nonce: 'm', text: 'Done' })
    await link.until(({ type, nonce }) => type === 'ack' && nonce === 'm')
    pass(5000)
    await runAlarm(env.STUDY_ROOM.getByName(room))
  })
})
