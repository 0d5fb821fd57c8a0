import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openDb } from '../../src/shared/db'
import { newId } from '../../src/shared/ids'
import type { Ended } from '../../src/study/live/log'
import { deliver } from '../../src/study/live/store'
import { noStreak } from '../../src/study/rules/streak'
import { connectInbox, inboxOf } from '../inbox/links'
import { rows } from '../support/accounts'
import { runAlarm } from '../support/alarms'
import { countingEnv, signUp, startSession } from '../support/people'
import { daysOf, ledgerOf, minute, nextNoon, pass, standingOf, storedOf, student } from './study'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: nextNoon() })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('one session', () => {
  test('S1 of thirty starts at once on two devices one begins a session and all get it', async () => {
    const mira = await signUp()
    const phone = await startSession(mira)
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        (n % 2 ? mira : phone).call('POST', '/study/sessions', { task: `try ${n}` }),
      ),
    )
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(29)
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1)
    expect(new Set(replies.map(({ body }) => body.task)).size).toBe(1)
  })

  test('S1 all devices hear of each change, and a ping is none', async () => {
    const mira = student(await signUp())
    const [one, other] = await Promise.all([connectInbox(mira), connectInbox(mira)])
    const { body } = await mira.start({ task: 'Eigenvalues' })
    await mira.command('ping', body.id, { active: true })
    await mira.command('pause', body.id)
    await mira.command('end', body.id)
    for (const link of [one, other]) {
      await link.until(({ type, session }) => type === 'study.changed' && session.endedAt !== null)
      const states = link.events.filter(({ type }) => type === 'study.changed').map(({ session }) => session.state)
      expect(states).toEqual(['active', 'pause', 'discarded'])
    }
  })

  test('S2 what ends before it is 20 s old leaves no trace', async () => {
    const mira = student(await signUp())
    const { body } = await mira.start()
    pass(19_000)
    const ended = await mira.command('end', body.id)
    expect(ended.body).toMatchObject({ state: 'discarded', countedSeconds: 0 })
    expect(ended.body.notes).toEqual(['Sessions of less than 20 seconds leave no trace.'])
    expect(await storedOf(mira.id)).toEqual([])
    expect((await mira.call('GET', `/study/sessions/${body.id}`)).status).toBe(404)
  })

  test('S3 a start settles a lost lease first and always works', async () => {
    const mira = student(await signUp())
    const { body: first } = await mira.start()
    pass(2 * minute)
    await mira.command('ping', first.id, { active: true })
    pass(3 * minute)
    const late = await mira.command('ping', first.id, { active: true })
    expect(late.status).toBe(409)
    expect(late.body).toMatchObject({
      code: 'study.session_ended',
      session: { endReason: 'lost', countedSeconds: 120 },
    })
    const second = await mira.start()
    expect(second.status).toBe(201)
    expect(second.body.id).not.toBe(first.id)
    await runAlarm(inboxOf(mira))
    expect(await storedOf(mira.id)).toEqual([{ id: first.id, seconds: 120, end_reason: 'lost', xp: 4 }])
  })

  test('S3 nobody looking, the alarm ends what is lost, and tells the devices', async () => {
    const mira = student(await signUp())
    const { body } = await mira.start()
    pass(minute)
    await mira.command('ping', body.id, {})
    pass(5 * minute)
    const link = await connectInbox(mira)
    await runAlarm(inboxOf(mira))
    const { session } = await link.until(({ type }) => type === 'study.changed')
    expect(session).toMatchObject({ id: body.id, state: 'ended', endReason: 'lost', countedSeconds: 60 })
    expect(session.notes[0]).toMatch(/^No device was heard from for three minutes/)
    expect(await mira.current()).toBeNull()
  })

  test('S4 so is that of a session which was lost before its first ping', async () => {
    const mira = student(await signUp())
    const { body } = await mira.start()
    const endedAt = new Date(Date.now() + 9 * minute).toISOString()
    pass(10 * minute)
    await runAlarm(inboxOf(mira))
    expect(await mira.current()).toBeNull()
    expect((await mira.command('end', body.id)).status).toBe(404)
    const ended = await mira.command('end', body.id, { endedAt })
    expect(ended.body).toMatchObject({ state: 'ended', endReason: 'user', countedSeconds: 180 })
    expect(ended.body.notes[0]).toMatch(/^Without a sign of a device at most three minutes count/)
    expect((await mira.command('end', body.id, { endedAt })).body).toMatchObject({ countedSeconds: 180 })
    expect(await ledgerOf(mira.id)).toEqual([{ source_id: body.id, rule: 'study.minutes', amount: 6 }])
    expect(await daysOf(mira.id)).toEqual([{ studied_on: expect.any(String), seconds: 180, manual_seconds: 0 }])
  })

  test('S4 an end that was made offline is accepted later, up to the lease, once', async () => {
    const mira = student(await signUp())
    const { body } = await mira.start()
    const startedAt = Date.now()
    pass(minute)
    await mira.command('ping', body.id, { active: true })
    pass(10 * minute)
    expect((await mira.command('ping', body.id, {})).body.session).toMatchObject({
      endReason: 'lost',
      countedSeconds: 60,
    })
    await runAlarm(inboxOf(mira))
    const claim = { endedAt: new Date(startedAt + 9 * minute).toISOString() }
    const late = await mira.command('end', body.id, claim)
    expect(late.body).toMatchObject({ state: 'ended', endReason: 'user', countedSeconds: 240, xp: 8 })
    expect(late.body.notes).toEqual([
      'Without a sign of a device at most three minutes count, so the end is earlier than you said.',
    ])
    expect((await mira.command('end', body.id, claim)).body.countedSeconds).toBe(240)
    await runAlarm(inboxOf(mira))
    expect(await storedOf(mira.id)).toEqual([{ id: body.id, seconds: 240, end_reason: 'user', xp: 8 }])
    expect(await ledgerOf(mira.id)).toEqual([
      { source_id: body.id, rule: 'study.minutes', amount: 2 },
      { source_id: body.id, rule: 'study.offline_end', amount: 6 },
    ])
    expect(await standingOf(mira.id)).toMatchObject({ xp: 8 })
    expect(await daysOf(mira.id)).toMatchObject([{ seconds: 240 }])
  })

  test('S12 what is over is in the lists, the totals, the ledger and the account, and all of them agree', async () => {
    const mira = student(await signUp())
    const ended = await mira.study(62)
    expect(ended).toMatchObject({ state: 'ended', endReason: 'user', countedSeconds: 3720, xp: 124 })
    expect((await mira.call('GET', '/study/sessions')).body.data).toEqual([ended])
    expect((await mira.call('GET', `/study/sessions/${ended.id}`)).body).toEqual(ended)
    expect(await ledgerOf(mira.id)).toEqual([{ source_id: ended.id, rule: 'study.minutes', amount: 124 }])
    expect((await mira.call('GET', '/users/me')).body).toMatchObject({ xp: 124, level: 1, streak: 1 })
    expect((await mira.call('GET', '/study/xp')).body).toMatchObject({ xp: 124, level: 1, nextLevelAt: 300 })
    expect((await mira.call('GET', '/study/streak')).body).toMatchObject({ days: 1, today: true, towardsFreeze: 1 })
    const sum = (await daysOf(mira.id)).reduce((total, { seconds }) => total + Number(seconds), 0)
    expect(sum).toBe(3720)
  })

  test('S12 a delivery that is repeated after a lost answer changes nothing', async () => {
    const noon = Date.parse('2026-11-26T12:00:00Z')
    const mira = await signUp()
    const ended: Ended = {
      ...{ num: 1, seat: null, before: null, streak: { ...noStreak, days: 1, longest: 1, lastOn: '2026-11-26' } },
      finished: {
        ...{ id: 'stu_01m7yjqffkfewbqkqnhafybwp3', startedAt: noon, endedAt: noon + minute, endReason: 'user' },
        ...{ timezone: 'UTC', dayStartHour: 0, roomId: null, subjectId: null, todoId: null, task: null, reason: null },
        ...{ segments: [], days: [{ on: '2026-11-26', seconds: 60 }], seconds: 60, xp: 2 },
      },
    }
    for (const changeId of ['chg_1', 'chg_2', 'chg_3']) await deliver(openDb(env.DB), mira.id, ended, changeId, noon)
    expect(await ledgerOf(mira.id)).toHaveLength(1)
    expect(await daysOf(mira.id)).toEqual([{ studied_on: '2026-11-26', seconds: 60, manual_seconds: 0 }])
    expect(await standingOf(mira.id)).toMatchObject({ xp: 2, streak_days: 1 })
  })

  test('S12 the ledger takes one entry for a source and rule', async () => {
    const mira = await signUp()
    const insert = (at: number) =>
      rows(`INSERT INTO xp_ledger VALUES (?, 'session', 'stu_1', 'study.minutes', 2, ?)`, mira.id, at)
    await insert(1)
    await expect(insert(2)).rejects.toThrow(/UNIQUE/)
  })

  test('a session that runs survives the eviction of its object', async () => {
    const mira = student(await signUp())
    const { body } = await mira.start({ task: 'Rings' })
    pass(minute)
    await mira.command('ping', body.id, { active: true })
    await evictDurableObject(inboxOf(mira))
    pass(2 * minute)
    expect(await mira.current()).toMatchObject({ id: body.id, task: 'Rings', countedSeconds: 180 })
  })

  test('an end on its way to a database that is away is delivered by the alarm', async () => {
    const mira = student(await signUp())
    const { body } = await mira.start()
    pass(minute)
    await runInDurableObject(inboxOf(mira), async (object) => {
      const broken = {
        prepare: () => {
          throw new Error('away')
        },
      }
      const clock = (object as unknown as { clock: { env: Env } }).clock
      const { env: before } = clock
      clock.env = { ...before, DB: broken as unknown as D1Database }
      expect(await object.study(mira.id, { do: 'end', id: body.id, claimedAt: null })).toMatchObject({ ok: true })
      clock.env = before
    })
    expect(await storedOf(mira.id)).toEqual([])
    expect((await mira.call('GET', `/study/sessions/${body.id}`)).body).toMatchObject({ countedSeconds: 60 })
    pass(minute)
    await runAlarm(inboxOf(mira))
    expect(await storedOf(mira.id)).toHaveLength(1)
  })

  test('an object that was only asked stores nothing', async () => {
    const mira = student(await signUp())
    expect(await mira.current()).toBeNull()
    expect((await mira.command('ping', 'stu_01m7yjqffkfewbqkqnhafybwp3', {})).status).toBe(404)
    await inboxOf(mira).proveActivity()
    await runInDurableObject(inboxOf(mira), async (_, { storage }) => {
      expect(
        storage.sql.exec(`SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`).toArray(),
      ).toEqual([])
    })
  })
})

describe('what an hour costs', () => {
  test('S17 an hour with a ping a minute writes at most 90 rows in the object and 5 in D1', async ({ annotate }) => {
    const mira = await signUp()
    const inbox = inboxOf(mira)
    let [inObject, alarms] = [0, 0]
    const started = await inbox.study(mira.id, {
      do: 'start',
      start: {
        ...{ roomId: newId('room'), subjectId: null, todoId: null, task: null, subjectName: null },
        ...{ autoEndMinutes: 120, skips: [], zone: { timezone: 'UTC', dayStartHour: 0 } },
      },
    })
    const id = started.ok ? (started.session?.id ?? '') : ''
    const counting = countingEnv()
    /** Counts every statement of the object and every alarm that it sets, from now on. */
    await runInDurableObject(inbox, (object, { storage }) => {
      const { sql } = storage
      const exec = sql.exec.bind(sql)
      sql.exec = ((...args: Parameters<typeof exec>) => {
        const cursor = exec(...args)
        const found = cursor.toArray()
        inObject += cursor.rowsWritten
        return Object.assign(found, { toArray: () => found })
      }) as unknown as typeof sql.exec
      const setAlarm = storage.setAlarm.bind(storage)
      storage.setAlarm = (...args) => {
        alarms += 1
        return setAlarm(...args)
      }
      const { clock } = object as unknown as { clock: { env: Env } }
      clock.env = counting.env
    })
    for (let at = 1; at <= 60; at += 1) {
      pass(minute)
      await inbox.study(mira.id, { do: 'ping', id, active: at % 5 === 0 })
      const due = await runInDurableObject(inbox, (_, { storage }) => storage.getAlarm())
      if (due !== null && due <= Date.now()) await runAlarm(inbox)
    }
    const ended = await inbox.study(mira.id, { do: 'end', id, claimedAt: null })
    expect(ended).toMatchObject({ ok: true, session: { countedSeconds: 3600 } })
    await runAlarm(inbox)
    // The start, which was not counted: the row of the session, what its room shows, twice, two marks of the schema, the owner, the alarm.
    const atStart = 7
    const { rowsWritten, roundTrips } = counting.counts
    await annotate(
      `an hour of study: ${inObject} rows and ${alarms} alarms in the object, ${rowsWritten} rows in D1`,
      'measured',
    )
    expect(inObject).toBeGreaterThan(60)
    expect(inObject + alarms + atStart).toBeLessThanOrEqual(90)
    expect(rowsWritten).toBeLessThanOrEqual(5)
    expect(roundTrips).toBe(1)
  })
})
