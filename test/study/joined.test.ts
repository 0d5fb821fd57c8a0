import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { StudyRoom } from '../../durable-objects/study-room'
import { deliver } from '../../src/notifications/actions/deliver'
import { tellEvent } from '../../src/notifications/actions/tell-event'
import { recordEvent } from '../../src/outbox/actions'
import { connectInbox, inboxOf, openChannel } from '../inbox/links'
import type { Link } from '../live/links'
import { rows } from '../support/accounts'
import { runAlarm } from '../support/alarms'
import { makeTestCtx } from '../support/ctx'
import { type Person, signUp } from '../support/people'
import { minute, nextNoon, pass, student } from './study'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: nextNoon() })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
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

describe('S21 a room shows who studies there', () => {
  /** Mira studies in a room of hers in which Wen is a member and looks on. */
  async function roomWithOnlooker() {
    const [mira, wen] = [student(await signUp()), student(await signUp())]
    const room = await madeRoom(mira)
    await wen.call('POST', `/rooms/${room}/join`)
    const onlooker = await openChannel(wen, room)
    await onlooker.until(({ type }) => type === 'ready')
    const present = await openChannel(mira, room)
    await present.until(({ type }) => type === 'ready')
    const told = () => changesOf(onlooker, mira).map(({ study }) => study?.state ?? null)
    const isTold = (...states: (string | null)[]) => vi.waitFor(() => expect(told()).toEqual(states), 5000)
    const shown = async () => {
      const { members } = (await wen.call('GET', `/rooms/${room}/presence`)).body
      return members.find(({ user }: { user: { id: string } }) => user.id === mira.id)?.study
    }
    await isTold(null)
    return { mira, wen, room, onlooker, isTold, shown }
  }

  const changesOf = (link: Link, { id }: Pick<Person, 'id'>) =>
    link.events.filter(({ type, userId }) => type === 'presence.changed' && userId === id)

  /** Nothing that the person's object tells rooms arrives meanwhile. */
  async function withoutRooms(person: Pick<Person, 'id'>, act: () => Promise<unknown>): Promise<void> {
    const reached = vi.spyOn(StudyRoom.prototype, 'setStudy').mockRejectedValue(new Error('the room is away'))
    await act()
    await vi.waitFor(() => expect(reached).toHaveBeenCalled())
    await runInDurableObject(inboxOf(person), (object) => Reflect.get(Reflect.get(object, 'clock'), 'telling'))
    reached.mockRestore()
  }

  test('what and since when, to those who are there and to who asks; and a ping costs the room nothing', async () => {
    const { mira, room, onlooker, isTold, shown } = await roomWithOnlooker()
    const [subject] = await rows('SELECT id, name FROM subjects LIMIT 1')
    const calls = vi.spyOn(StudyRoom.prototype, 'setStudy')
    const { body } = await mira.start({ roomId: room, subjectId: subject?.id, task: 'Eigenvalues' })
    await isTold(null, 'active')
    const study = { state: 'active', since: body.startedAt, startedAt: body.startedAt, subject, task: 'Eigenvalues' }
    expect(changesOf(onlooker, mira).at(-1)?.study).toEqual(study)
    expect(await shown()).toEqual(study)
    for (let at = 0; at < 5; at += 1) {
      pass(minute)
      await mira.command('ping', body.id, { active: true })
    }
    expect(calls).toHaveBeenCalledTimes(1)
    await evictDurableObject(env.STUDY_ROOM.getByName(room))
    await evictDurableObject(inboxOf(mira))
    expect(await shown()).toEqual(study)
    await mira.command('ping', body.id, {})
    expect(calls).toHaveBeenCalledTimes(1)
    await mira.command('break', body.id, { minutes: 10 })
    await isTold(null, 'active', 'break')
    await mira.command('extend', body.id, { minutes: 30 })
    await mira.call('PATCH', `/study/sessions/${body.id}`, { subjectId: null })
    await vi.waitFor(async () => expect(await shown()).toMatchObject({ state: 'break', subject: null }))
    await isTold(null, 'active', 'break', 'break')
    await mira.command('end', body.id)
    await isTold(null, 'active', 'break', 'break', null)
    expect(await shown()).toBeNull()
  })

  test('until the session ends, also when nobody ends it', async () => {
    const { mira, room, isTold, shown } = await roomWithOnlooker()
    await mira.start({ roomId: room })
    await isTold(null, 'active')
    pass(5 * minute)
    await runAlarm(inboxOf(mira))
    await isTold(null, 'active', null)
    expect(await shown()).toBeNull()
  })

  test('and what the room did not hear is told again, whoever fell asleep or died in between', async () => {
    const { mira, room, isTold, shown } = await roomWithOnlooker()
    await withoutRooms(mira, () => mira.start({ roomId: room }))
    expect(await shown()).toBeNull()
    await evictDurableObject(inboxOf(mira))
    pass(minute)
    await runAlarm(inboxOf(mira))
    await isTold(null, 'active')
    await withoutRooms(mira, async () => mira.command('end', (await mira.current()).id))
    expect(await shown()).toMatchObject({ state: 'active' })
    await evictDurableObject(inboxOf(mira))
    pass(minute)
    await runAlarm(inboxOf(mira))
    await isTold(null, 'active', null)
  })

  test('the one where they study now: another hears that it is over, later if need be', async () => {
    const { mira, room, isTold } = await roomWithOnlooker()
    const other = await madeRoom(mira)
    const { body } = await mira.start({ roomId: room })
    await isTold(null, 'active')
    const calls = vi.spyOn(StudyRoom.prototype, 'setStudy')
    await withoutRooms(mira, async () => {
      await mira.command('end', body.id)
      await mira.start({ roomId: other })
    })
    pass(minute)
    await runAlarm(inboxOf(mira))
    await isTold(null, 'active', null)
    const link = await openChannel(mira, other)
    const { present } = await link.until(({ type }) => type === 'ready')
    expect(present.members[0].study).toMatchObject({ state: 'active' })
    expect(calls.mock.calls.length).toBeLessThanOrEqual(6)
  })

  test('if the person lets them see it, and nobody with whom there is a block over HTTP', async () => {
    const { mira, wen, room, isTold, shown } = await roomWithOnlooker()
    await mira.start({ roomId: room })
    await isTold(null, 'active')
    const lets = (maySeeStudyStats: string) =>
      mira.call('PATCH', '/users/me/settings', { privacy: { maySeeStudyStats } })
    await lets('friends')
    await isTold(null, 'active', null)
    expect(await shown()).toBeNull()
    await lets('everyone')
    await isTold(null, 'active', null, 'active')
    await wen.call('PUT', `/blocks/${mira.id}`)
    expect(await shown()).toBeUndefined()
  })

  test('S21 whoever leaves the room studies on, unseen there, and is seen again when they are back', async () => {
    const { mira, wen, isTold } = await roomWithOnlooker()
    const room = await madeRoom(wen)
    await mira.call('POST', `/rooms/${room}/join`)
    const onlooker = await openChannel(wen, room)
    await onlooker.until(({ type }) => type === 'ready')
    await mira.start({ roomId: room })
    await mira.call('POST', `/rooms/${room}/leave`)
    expect(await mira.current()).toMatchObject({ roomId: room, state: 'active' })
    await mira.call('POST', `/rooms/${room}/join`)
    await openChannel(mira, room)
    await vi.waitFor(() => expect(changesOf(onlooker, mira).at(-1)?.study).toMatchObject({ state: 'active' }))
    await isTold(null)
  })
})

describe('S26 a person is told', () => {
  const reader = async () => student(await signUp({ emailVerifiedAt: 1 }))
  /** What somebody was told of their study time on screens and by mail, the oldest first. */
  const toldTo = async (userId: string) =>
    (
      await rows(
        `SELECT e.type, l.channel, l.state, l.reason FROM notification_log l JOIN outbox e ON e.id = l.event_id
         WHERE l.user_id = ? AND e.type LIKE 'study.%' AND l.channel <> 'push' ORDER BY e.created_at, e.id, l.channel`,
        userId,
      )
    ).map(({ type, channel, state, reason }) => [type, channel, state, reason].filter(Boolean).join(' '))
  const isTold = (userId: string, ...types: string[]) =>
    vi.waitFor(async () => {
      const expected = types.flatMap((type) => [`study.${type} app sent`, `study.${type} mail dropped switched_off`])
      expect(await toldTo(userId)).toEqual(expected)
    }, 5000)

  test('that they are asked, while all else is quiet, and that their session has ended by itself', async () => {
    const ben = await reader()
    const { body } = await ben.start()
    const pings = async (minutes: number, active = false) => {
      for (let at = 0; at < minutes; at += 1) {
        pass(minute)
        await inboxOf(ben).study(ben.id, { do: 'ping', id: body.id, active })
      }
    }
    await pings(1, true)
    await pings(31)
    await runAlarm(inboxOf(ben))
    await isTold(ben.id, 'asked')
    await pings(5)
    await runAlarm(inboxOf(ben))
    await isTold(ben.id, 'asked', 'ended')
    const [told] = (await ben.call('GET', '/notifications')).body.data
    expect(told).toMatchObject({ type: 'study.ended', title: 'Your study session has ended by itself' })
    expect(told.text).toMatch(/^The question whether you were still studying was not answered\. Counted: 1 min\.$/)
  })

  test('of a level, once, also when the Worker is away at first; and of no end that they made themselves', async () => {
    const ben = await reader()
    await rows('INSERT INTO study_standings VALUES (?, 299, 0, 0, NULL, 0, 0)', ben.id)
    const { body } = await ben.start()
    pass(minute)
    await runInDurableObject(inboxOf(ben), async (object) => {
      const clock: { ctx: object } = Reflect.get(object, 'clock')
      const { ctx } = clock
      clock.ctx = { storage: Reflect.get(ctx, 'storage') }
      await object.study(ben.id, { do: 'end', id: body.id, claimedAt: null })
      clock.ctx = ctx
    })
    expect(await toldTo(ben.id)).toEqual([])
    expect(await rows('SELECT xp FROM study_standings WHERE user_id = ?', ben.id)).toEqual([{ xp: 301 }])
    pass(minute)
    await runAlarm(inboxOf(ben))
    await isTold(ben.id, 'level')
    await ben.study(1)
    await isTold(ben.id, 'level')
  })

  test('of nothing where a session was too short to count', async () => {
    const ben = await reader()
    await ben.start()
    pass(5 * minute)
    await runAlarm(inboxOf(ben))
    expect(await ben.current()).toBeNull()
    expect(await toldTo(ben.id)).toEqual([])
  })
})
