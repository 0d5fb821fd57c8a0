import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findDifferences, type StoredStudy } from '../../scripts/support/study-totals'
import { tables } from '../../src/privacy/personal-data'
import { eraseRows, listPersonalRows } from '../../src/privacy/store'
import { inboxOf } from '../inbox/links'
import { rows } from '../support/accounts'
import { makeTestCtx } from '../support/ctx'
import { countingEnv, type Person, requestOf, signUp } from '../support/people'
import { daysOf, ledgerOf, minute, pass, standingOf, storedOf, student } from './study'

const hour = 60 * minute
const day = 24 * hour
/** A Thursday, past every real clock, so that nothing else is in the same days. */
const noon = Date.parse('2031-11-27T12:00:00Z')
const iso = (at: number) => new Date(at).toISOString()

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: noon })
})
afterEach(() => {
  vi.useRealTimers()
})

const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run()

const setDay = (person: Pick<Person, 'id'>, on: string, minutes: number, manual = 0) =>
  run('INSERT OR REPLACE INTO study_days VALUES (?, ?, ?, ?)', person.id, on, minutes * 60, manual * 60)

const befriend = (one: Pick<Person, 'id'>, other: Pick<Person, 'id'>) =>
  run(`INSERT INTO friendships VALUES (?1, ?2, 'chg', 5), (?2, ?1, 'chg', 5)`, one.id, other.id)

describe('S18 time entered by hand', () => {
  const entry = (from: number, minutes: number) => ({
    startedAt: iso(from),
    endedAt: iso(from + minutes * minute),
    reason: 'On paper, in the train',
  })
  const enter = (person: Pick<Person, 'call'>, from: number, minutes: number) =>
    person.call('POST', '/study/sessions/manual', entry(from, minutes))

  test('is shown as such, and gives no experience and no streak', async () => {
    const mira = student(await signUp())
    const { status, body } = await enter(mira, noon - 3 * hour, 60)
    expect(status).toBe(201)
    expect(body).toMatchObject({ manual: true, countedSeconds: 3600, xp: 0, segments: [{ kind: 'manual' }] })
    expect((await mira.call('GET', '/study/sessions')).body.data).toEqual([body])
    expect(await daysOf(mira.id)).toEqual([{ studied_on: '2031-11-27', seconds: 0, manual_seconds: 3600 }])
    expect(await ledgerOf(mira.id)).toEqual([])
    expect((await mira.call('GET', '/users/me')).body).toMatchObject({ xp: 0, streak: 0 })
  })

  test.each([
    ['shorter than 5 minutes', noon - hour, 4, 422, 'request.invalid'],
    ['longer than 12 hours', noon - 13 * hour, 721, 422, 'request.invalid'],
    ['in the future', noon - minute, 10, 422, 'study.manual_in_future'],
    ['older than 30 days', noon - 31 * day, 60, 422, 'study.manual_too_old'],
  ])('may not be %s', async (_, from, minutes, status, code) => {
    const mira = await signUp()
    expect(await enter(mira, from, minutes)).toMatchObject({ status, body: { code } })
    expect(await storedOf(mira.id)).toEqual([])
  })

  test('covers nothing that is counted already, be it stored, by hand, or running', async () => {
    const mira = student(await signUp())
    const { startedAt } = await mira.study(10)
    const began = Date.parse(startedAt)
    expect((await enter(mira, began - 30 * minute, 31)).body.code).toBe('study.manual_overlaps')
    expect((await enter(mira, began + minute, 5)).body.code).toBe('study.manual_overlaps')
    expect((await enter(mira, began - 30 * minute, 30)).status).toBe(201)
    expect((await enter(mira, began - 20 * minute, 5)).body.code).toBe('study.manual_overlaps')
    pass(20 * minute)
    const { body } = await mira.start()
    pass(2 * minute)
    await mira.command('ping', body.id, {})
    expect((await enter(mira, Date.now() - 6 * minute, 5)).body.code).toBe('study.manual_overlaps')
    expect((await enter(mira, Date.now() - 8 * minute, 5)).status).toBe(201)
    expect(await storedOf(mira.id)).toHaveLength(3)
  })

  test('comes five times a month, however many are sent at once', async () => {
    const mira = await signUp()
    const replies = await Promise.all(Array.from({ length: 9 }, (_, n) => enter(mira, noon - (n + 2) * hour, 30)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(5)
    expect(replies.filter(({ body }) => body.code === 'study.manual_too_many')).toHaveLength(4)
    expect(await daysOf(mira.id)).toMatchObject([{ manual_seconds: 5 * 1800 }])
    vi.setSystemTime(Date.parse('2031-12-01T09:00:00Z'))
    expect((await enter(student(mira), Date.now() - hour, 30)).status).toBe(201)
  })

  test('the same hour sent ten times at once counts once', async () => {
    const mira = await signUp()
    const replies = await Promise.all(Array.from({ length: 10 }, () => enter(mira, noon - 2 * hour, 60)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(await daysOf(mira.id)).toMatchObject([{ manual_seconds: 3600 }])
  })

  test('fills no day above 16 hours', async () => {
    const mira = await signUp()
    await setDay(mira, '2031-11-26', 15 * 60)
    expect((await enter(mira, noon - day, 61)).body.code).toBe('study.day_full')
    expect((await enter(mira, noon - day, 60)).status).toBe(201)
  })
})

describe('days and zones', () => {
  test('S11 a change of zone takes effect with the next day of the person', async () => {
    const mira = student(await signUp({ timezone: 'America/Los_Angeles' }))
    await mira.call('PATCH', '/users/me', { timezone: 'Asia/Tokyo', dayStartHour: 4 })
    expect((await mira.call('GET', '/users/me')).body).toMatchObject({ timezone: 'Asia/Tokyo', dayStartHour: 4 })
    expect((await mira.start()).body).toMatchObject({ timezone: 'America/Los_Angeles', dayStartHour: 0 })
    // Midnight in Los Angeles.
    vi.setSystemTime(Date.parse('2031-11-28T08:00:00Z'))
    expect((await mira.start()).body).toMatchObject({ timezone: 'Asia/Tokyo', dayStartHour: 4 })
  })

  test('S11 a change that is taken back the same day leaves nothing', async () => {
    const mira = student(await signUp({ timezone: 'Europe/Berlin' }))
    await mira.call('PATCH', '/users/me', { timezone: 'Asia/Tokyo' })
    await mira.call('PATCH', '/users/me', { timezone: 'Europe/Berlin' })
    vi.setSystemTime(noon + 3 * day)
    expect((await mira.start()).body).toMatchObject({ timezone: 'Europe/Berlin' })
    expect(await rows('SELECT 1 FROM study_zones WHERE user_id = ? AND from_at > 0', mira.id)).toEqual([])
  })

  test('S10 time before the hour at which the day starts belongs to the day before', async () => {
    vi.setSystemTime(Date.parse('2031-11-28T01:00:00Z'))
    const mira = student(await signUp({ timezone: 'UTC', dayStartHour: 4 }))
    expect(await mira.study(15)).toMatchObject({ days: [{ on: '2031-11-27', countedSeconds: 900 }] })
  })

  test('S16 a missed day uses a freeze, and is shown', async () => {
    const mira = student(await signUp())
    for (let n = 0; n < 7; n += 1) {
      vi.setSystemTime(noon + n * day)
      await mira.study(10)
    }
    expect((await mira.call('GET', '/study/streak')).body).toMatchObject({ days: 7, freezes: 1, today: true })
    vi.setSystemTime(noon + 8 * day)
    expect((await mira.call('GET', '/study/streak')).body).toMatchObject({
      days: 7,
      freezes: 0,
      frozenOn: ['2031-12-04'],
    })
    await mira.study(10)
    expect(await standingOf(mira.id)).toMatchObject({ streak_days: 8, freezes: 0, xp: 160 })
    expect((await mira.call('GET', '/users/me')).body.streak).toBe(8)
    vi.setSystemTime(noon + 11 * day)
    expect((await mira.call('GET', '/users/me')).body.streak).toBe(0)
  })

  test('S9 no more than 16 hours of a day are counted', async () => {
    const mira = student(await signUp())
    await mira.study(1)
    const inbox = inboxOf(mira)
    await runInDurableObject(inbox, (_, { storage }) => {
      storage.sql.exec('UPDATE study_days SET seconds = ?', 16 * 3600 - 120)
    })
    const ended = await mira.study(10)
    expect(ended).toMatchObject({ countedSeconds: 120, xp: 4, notes: ['At most 16 hours of a day are counted.'] })
  })
})

describe('statistics and goals', () => {
  test('S12 days, subjects and rooms add up to the same', async () => {
    const mira = student(await signUp())
    const [subject] = await rows('SELECT id, name FROM subjects LIMIT 1')
    const { body: room } = await mira.call('POST', '/rooms', { name: 'Library' })
    await mira.study(10, { subjectId: subject?.id, roomId: room.id })
    pass(hour)
    await mira.study(20, { roomId: room.id })
    pass(hour)
    await mira.study(5)
    const stats = async (query: string) => (await mira.call('GET', `/study/stats?${query}`)).body
    const byDay = await stats('from=2031-11-26&to=2031-11-28')
    expect(byDay).toMatchObject({ countedSeconds: 2100, manualSeconds: 0 })
    expect(byDay.data).toEqual([
      { on: '2031-11-26', level: 0, countedSeconds: 0, manualSeconds: 0, pomodoros: 0 },
      { on: '2031-11-27', level: 2, countedSeconds: 2100, manualSeconds: 0, pomodoros: 0 },
      { on: '2031-11-28', level: 0, countedSeconds: 0, manualSeconds: 0, pomodoros: 0 },
    ])
    expect(await stats('by=subject')).toMatchObject({
      countedSeconds: 2100,
      data: [
        { subject: null, sessions: 2, countedSeconds: 1500 },
        { subject: { id: subject?.id, name: subject?.name }, sessions: 1, countedSeconds: 600 },
      ],
    })
    expect(await stats('by=room')).toMatchObject({
      countedSeconds: 2100,
      data: [
        { room: { id: room.id, name: 'Library' }, sessions: 2, countedSeconds: 1800 },
        { room: null, sessions: 1, countedSeconds: 300 },
      ],
    })
    expect(await stats('from=2031-11-28&to=2031-12-02&by=subject')).toMatchObject({ countedSeconds: 0, data: [] })
    expect((await mira.call('GET', '/study/stats?from=2031-01-01&to=2032-01-02')).status).toBe(422)
    expect((await mira.call('GET', '/study/stats?from=2031-02-30')).status).toBe(422)
  })

  test('S19 goals show how far the day and the week are, the session that runs included', async () => {
    const mira = student(await signUp())
    await setDay(mira, '2031-11-24', 60, 30)
    await mira.study(10)
    await mira.start()
    pass(2 * minute)
    const { body } = await mira.call('PUT', '/study/goals', { dayMinutes: 24, weekMinutes: 204 })
    expect(body).toEqual({
      day: { from: '2031-11-27', to: '2031-11-27', minutes: 24, countedSeconds: 720, manualSeconds: 0, percent: 50 },
      week: {
        from: '2031-11-24',
        to: '2031-11-30',
        minutes: 204,
        countedSeconds: 4320,
        manualSeconds: 1800,
        percent: 50,
      },
    })
    expect((await mira.call('GET', '/study/goals')).body).toEqual(body)
    expect((await mira.call('PUT', '/study/goals', { dayMinutes: 0, weekMinutes: null })).status).toBe(422)
  })

  test('what a session was about can be changed while it runs and afterwards, its time cannot', async () => {
    const mira = student(await signUp())
    const { body } = await mira.start()
    expect((await mira.call('PATCH', `/study/sessions/${body.id}`, { task: 'Rings' })).body).toMatchObject({
      task: 'Rings',
    })
    pass(minute)
    await mira.command('end', body.id)
    expect((await mira.call('PATCH', `/study/sessions/${body.id}`, { task: 'Fields' })).body).toMatchObject({
      task: 'Fields',
    })
    expect((await mira.call('GET', `/study/sessions/${body.id}`)).body.task).toBe('Fields')
    expect((await mira.call('PATCH', `/study/sessions/${body.id}`, { endedAt: iso(noon) })).status).toBe(422)
    const jonas = await signUp()
    expect((await jonas.call('PATCH', `/study/sessions/${body.id}`, { task: 'Mine' })).status).toBe(404)
    expect((await jonas.call('GET', `/study/sessions/${body.id}`)).status).toBe(404)
    expect((await jonas.call('POST', `/study/sessions/${body.id}/end`)).status).toBe(404)
  })

  test('a session is about what one may see: rooms of one’s own, todos of one’s own, subjects that exist', async () => {
    const [mira, jonas] = await Promise.all([signUp(), signUp()])
    const hidden = await mira.call('POST', '/rooms', { name: 'Hidden', visibility: 'private' })
    const open = await mira.call('POST', '/rooms', { name: 'Open' })
    const todo = await mira.call('POST', '/todos', { text: 'Exercise 3' })
    const start = (body: unknown) => jonas.call('POST', '/study/sessions', body)
    expect((await start({ roomId: hidden.body.id })).body.code).toBe('room.not_found')
    expect((await start({ roomId: open.body.id })).body.code).toBe('channel.membership_required')
    expect((await start({ todoId: todo.body.id })).body.code).toBe('todo.not_found')
    expect((await start({ subjectId: 'sub_01m7yjqffkfewbqkqnhafybwp3' })).body.code).toBe('subject.not_found')
    expect((await jonas.call('GET', '/study/sessions/current')).body.session).toBeNull()
    expect((await mira.call('POST', '/study/sessions', { todoId: todo.body.id })).body.todoId).toBe(todo.body.id)
  })
})

describe('S20 boards', () => {
  const names = (reply: { body: { data: { rank: number; user: { name: string } }[] } }) =>
    reply.body.data.map(({ rank, user }) => `${rank} ${user.name}`)
  const board = (person: Pick<Person, 'call'>, query: string) => person.call('GET', `/study/leaderboard?${query}`)

  test('rank friends by the clock, with ties, the share of their goals, and nobody who hides', async () => {
    const [mira, jonas, lena, omar, hugo] = await Promise.all(
      ['Mira', 'Jonas', 'Lena', 'Omar', 'Hugo'].map((name) => signUp({ name })),
    )
    if (!mira || !jonas || !lena || !omar || !hugo) throw new Error('nobody')
    for (const friend of [jonas, lena, omar]) await befriend(mira, friend)
    await setDay(mira, '2031-11-27', 30)
    await setDay(jonas, '2031-11-25', 90)
    await setDay(jonas, '2031-11-23', 900)
    await setDay(lena, '2031-11-27', 30, 500)
    await setDay(omar, '2031-11-27', 600)
    await setDay(hugo, '2031-11-27', 700)
    await jonas.call('PUT', '/study/goals', { dayMinutes: null, weekMinutes: 180 })
    await omar.call('PATCH', '/users/me/settings', { study: { onBoards: false } })
    const week = await board(mira, 'scope=friends&period=week')
    expect(names(week).toSorted()).toEqual(['1 Jonas', '2 Lena', '2 Mira'])
    expect(week.body).toMatchObject({ from: '2031-11-24', to: '2031-11-30', me: { rank: 2, countedSeconds: 1800 } })
    expect(week.body.data[0]).toMatchObject({ countedSeconds: 5400, manualSeconds: 0, goalPercent: 50 })
    expect(names(await board(mira, 'scope=friends&period=day')).toSorted()).toEqual(['1 Lena', '1 Mira'])
    expect((await board(mira, 'scope=friends&period=month')).body.data[0]).toMatchObject({ countedSeconds: 990 * 60 })
    await mira.call('PUT', `/blocks/${jonas.id}`)
    expect(names(await board(mira, 'scope=friends'))).not.toContain('1 Jonas')
    await run('INSERT INTO blocks VALUES (?, ?, 5)', lena.id, mira.id)
    expect(names(await board(mira, 'scope=friends'))).toEqual(['1 Mira'])
  })

  test('of a room count time by hand for all, show only whom its members may see, and are for members', async () => {
    const [mira, jonas, lena, stranger] = await Promise.all(
      ['Mira', 'Jonas', 'Lena', 'Sam'].map((name) => signUp({ name })),
    )
    if (!mira || !jonas || !lena || !stranger) throw new Error('nobody')
    const { body: room } = await mira.call('POST', '/rooms', { name: 'Library' })
    for (const person of [jonas, lena]) await person.call('POST', `/rooms/${room.id}/join`)
    await setDay(mira, '2031-11-27', 10, 60)
    await setDay(jonas, '2031-11-27', 20)
    await setDay(lena, '2031-11-27', 30)
    await lena.call('PATCH', '/users/me/settings', { privacy: { maySeeStudyStats: 'friends' } })
    const seen = await board(mira, `scope=room&id=${room.id}`)
    expect(names(seen)).toEqual(['1 Jonas', '2 Mira'])
    expect(seen.body).toMatchObject({ countedSeconds: 90 * 60, me: { rank: 2, manualSeconds: 3600 } })
    await befriend(mira, lena)
    expect(names(await board(mira, `scope=room&id=${room.id}`))).toEqual(['1 Lena', '2 Jonas', '3 Mira'])
    expect((await board(stranger, `scope=room&id=${room.id}`)).body.code).toBe('channel.membership_required')
    expect((await board(stranger, 'scope=room')).status).toBe(422)
    expect((await board(stranger, `scope=friends&id=${room.id}`)).status).toBe(422)
  })

  test('of everyone show who lets everyone see it, are kept a while, and forget at once who hides', async () => {
    const [mira, jonas, lena] = await Promise.all(['Mira', 'Jonas', 'Lena'].map((name) => signUp({ name })))
    if (!mira || !jonas || !lena) throw new Error('nobody')
    for (const person of [mira, jonas])
      await person.call('PATCH', '/users/me/settings', { privacy: { maySeeStudyStats: 'everyone' } })
    await setDay(mira, '2031-11-27', 10)
    await setDay(jonas, '2031-11-27', 20)
    await setDay(lena, '2031-11-27', 30)
    const first = await board(lena, 'scope=everyone&period=day')
    expect(names(first)).toEqual(['1 Jonas', '2 Mira'])
    expect(first.body.me).toMatchObject({ rank: null, countedSeconds: 1800 })
    await setDay(mira, '2031-11-27', 40)
    expect(names(await board(lena, 'scope=everyone&period=day'))).toEqual(['1 Jonas', '2 Mira'])
    await jonas.call('PATCH', '/users/me/settings', { privacy: { maySeeStudyStats: 'shared' } })
    expect(names(await board(lena, 'scope=everyone&period=day'))).toEqual(['1 Mira'])
    pass(minute)
    expect((await board(student(lena), 'scope=everyone&period=day')).body.data[0]).toMatchObject({
      countedSeconds: 2400,
    })
  })

  test('read what is theirs and no more, in two round trips, however much others have studied', async () => {
    const [mira, ...friends] = await Promise.all(Array.from({ length: 11 }, () => signUp()))
    if (!mira) throw new Error('nobody')
    for (const friend of friends) await befriend(mira, friend)
    for (const one of [mira, ...friends]) for (const n of [24, 25, 26, 27]) await setDay(one, `2031-11-${n}`, 10)
    const count = async (path: string) => {
      const { counts, fetch } = countingEnv()
      const { status } = await fetch(requestOf('GET', path, undefined, { Authorization: `Bearer ${mira.accessToken}` }))
      expect(status, path).toBe(200)
      return counts
    }
    const paths = ['friends', 'everyone'].map((scope) => `/study/leaderboard?scope=${scope}&period=week`)
    const others = [
      '/study/stats?from=2031-01-01&to=2031-12-31',
      '/study/stats?by=subject',
      '/study/goals',
      '/study/xp',
    ]
    const measure = async () => Promise.all([...paths, ...others].map(count))
    await measure()
    const before = await measure()
    const strangers = await Promise.all(Array.from({ length: 20 }, () => signUp()))
    for (const one of strangers) for (const n of [24, 25, 26, 27]) await setDay(one, `2031-11-${n}`, 10)
    const after = await measure()
    for (const [n, counts] of after.entries()) {
      const path = [...paths, ...others][n]
      expect.soft(counts.rowsRead, path).toBe(before[n]?.rowsRead)
      expect.soft(counts.rowsRead, path).toBeLessThanOrEqual(200)
      // The guard's own, and two at most.
      expect.soft(counts.roundTrips, path).toBeLessThanOrEqual(3)
    }
  })
})

test('all of it is exported, and forgotten with the person', async () => {
  const mira = student(await signUp())
  await mira.study(10, { task: 'Secret thesis' })
  await mira.call('PUT', '/study/goals', { dayMinutes: 60, weekMinutes: null })
  await mira.call('PATCH', '/users/me', { timezone: 'Asia/Tokyo' })
  const ctx = await makeTestCtx()
  const own = tables.filter(({ table }) => /^(?:study_|xp_)/.test(table))
  const shown: Record<string, number> = {}
  for (const table of own)
    if ('rows' in table && table.exported.length > 0)
      shown[table.table] = (await listPersonalRows(ctx, table, mira.id, 0, 100)).length
  expect(shown).toEqual({
    ...{ study_days: 1, study_sessions: 1, study_standings: 1, xp_ledger: 1, study_goals: 1, study_zones: 2 },
  })
  await run(`INSERT INTO deletions VALUES (?, 'keep', 0, 0)`, mira.id)
  await eraseRows(ctx, mira.id)
  for (const { table } of own)
    if (table !== 'study_boards')
      expect(await rows(`SELECT 1 FROM ${table} WHERE user_id = ?`, mira.id), table).toEqual([])
})

const readStudy = async (userId: string): Promise<StoredStudy> => ({
  sessions: (await rows(
    `SELECT user_id AS userId, id, ended_at AS endedAt, end_reason AS endReason, seconds, xp, segments, days, timezone,
     day_start_hour AS dayStartHour FROM study_sessions WHERE user_id = ?`,
    userId,
  )) as unknown as StoredStudy['sessions'],
  days: (await rows(
    `SELECT user_id AS userId, studied_on AS "on", seconds, manual_seconds AS manualSeconds FROM study_days WHERE user_id = ?`,
    userId,
  )) as unknown as StoredStudy['days'],
  ledger: (await rows(
    'SELECT user_id AS userId, source_id AS sourceId, amount FROM xp_ledger WHERE user_id = ?',
    userId,
  )) as unknown as StoredStudy['ledger'],
  standings: (await rows(
    `SELECT user_id AS userId, xp, streak_days AS streakDays, streak_longest AS streakLongest, streak_last_on AS streakLastOn
     FROM study_standings WHERE user_id = ?`,
    userId,
  )) as unknown as StoredStudy['standings'],
  skips: [],
})

test('S23 everything adds up again from the segments, and a total that does not is found', async () => {
  const mira = student(await signUp({ timezone: 'Europe/Berlin', dayStartHour: 3 }))
  await mira.study(25)
  const { body: lost } = await mira.start()
  pass(2 * minute)
  await mira.command('ping', lost.id, { active: true })
  const last = Date.now()
  pass(20 * minute)
  await mira.command('end', lost.id, { endedAt: iso(last + 2 * minute) })
  await mira.call('POST', '/study/sessions/manual', {
    ...{ startedAt: iso(noon - 10 * hour), endedAt: iso(noon - 8 * hour), reason: 'Library' },
  })
  vi.setSystemTime(Date.parse('2031-11-28T01:45:00Z'))
  await mira.study(30)
  const stored = await readStudy(mira.id)
  expect(stored.sessions).toHaveLength(4)
  expect(stored.days).toHaveLength(2)
  expect(findDifferences(stored)).toEqual([])
  await run('UPDATE study_days SET seconds = seconds + 1 WHERE user_id = ?', mira.id)
  await run('UPDATE study_standings SET xp = xp + 2 WHERE user_id = ?', mira.id)
  const found = findDifferences(await readStudy(mira.id)).map(({ what }) => what)
  expect(found).toEqual(['day 2031-11-27', 'day 2031-11-28', 'experience'])
})
