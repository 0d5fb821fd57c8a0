import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Running } from '../../src/study/contract'
import {
  type Action,
  act,
  begin,
  type End,
  endByPerson,
  nextWakeAt,
  notBefore,
  segmentsUntil,
  settle,
} from '../../src/study/rules/clock'
import { dayCapSeconds, finish } from '../../src/study/rules/count'
import { dateOf, dayAt } from '../../src/study/rules/days'
import { zones } from './zones'

const minute = 60_000
const start = Date.parse('2026-11-26T09:00:00Z')
const moment = (minutes: number) => start + minutes * minute
const topic = { roomId: null, subjectId: null, todoId: null, task: null }
const none = () => 0

const begun = (more: Partial<Parameters<typeof begin>[0]> = {}) =>
  begin({ id: 'stu_1', now: start, autoEndMinutes: 120, timezone: 'UTC', dayStartHour: 0, ...topic, ...more })

/** A session with a ping a minute up to there, and proof every tenth. */
function kept(session: Running, from: number, to: number): Running {
  let kept = session
  for (let at = from; at <= to; at += 1) kept = act(kept, { do: 'ping', active: at % 10 === 0 }, moment(at))
  return kept
}

const endOf = (session: Running, now: number) => settle(session, now).end

describe('how a session ends by itself', () => {
  test('S3 without a ping for 180 s it ends at the last one, however late that is noticed', () => {
    const session = act(begun(), { do: 'ping', active: true }, moment(5))
    expect(endOf(session, moment(8) - 1)).toBeNull()
    for (const now of [moment(8), moment(60), moment(100_000)])
      expect(endOf(session, now)).toMatchObject({ at: moment(5), reason: 'lost' })
  })

  test('S5 after 30 minutes without proof it asks, and without an answer in 5 it ends at the last proof', () => {
    let session = act(begun(), { do: 'ping', active: true }, moment(2))
    for (let at = 3; at <= 31; at += 1) session = act(session, { do: 'ping', active: false }, moment(at))
    expect(settle(session, moment(32) - 1).session.askedAt).toBeNull()
    session = settle(session, moment(32)).session
    expect(session.askedAt).toBe(moment(32))
    for (let at = 32; at <= 36; at += 1) session = act(session, { do: 'ping', active: false }, moment(at))
    expect(endOf(session, moment(37) - 1)).toBeNull()
    const end = endOf(session, moment(37)) as End
    expect(end).toMatchObject({ at: moment(2), reason: 'idle' })
    expect(segmentsUntil(session, end)).toEqual([
      { kind: 'active', from: start, to: moment(2) },
      { kind: 'idle', from: moment(2), to: moment(37) },
    ])
  })

  test('S5 an answer keeps all of the time', () => {
    let session = begun()
    for (let at = 1; at <= 33; at += 1)
      session = act(settle(session, moment(at)).session, { do: 'ping', active: false }, moment(at))
    session = act(session, { do: 'confirm' }, moment(34))
    const { end } = endByPerson(session, null, moment(35))
    expect(finish(session, end, none)).toMatchObject({ seconds: 35 * 60, endReason: 'user' })
  })

  test('S6 pauses and breaks are neither counted nor idle', () => {
    let session = act(begun(), { do: 'pause' }, moment(10))
    for (let at = 10; at <= 60; at += 1) session = act(session, { do: 'ping', active: false }, moment(at))
    expect(settle(session, moment(61)).session.askedAt).toBeNull()
    session = act(session, { do: 'resume' }, moment(61))
    const { end } = endByPerson(session, null, moment(62))
    expect(finish(session, end, none)).toMatchObject({ seconds: 11 * 60 })
  })

  test('S6 a break with minutes ends by itself, and the clock goes on', () => {
    let session = act(begun(), { do: 'break', minutes: 5 }, moment(10))
    for (let at = 11; at <= 20; at += 1)
      session = act(settle(session, moment(at)).session, { do: 'ping', active: true }, moment(at))
    expect(session.segments).toEqual([
      { kind: 'active', from: start, to: moment(10) },
      { kind: 'break', from: moment(10), to: moment(15) },
    ])
    expect(session).toMatchObject({ doing: 'active', since: moment(15), breakEndsAt: null })
  })

  test('S7 it ends by itself after two hours, or when its person has said', () => {
    const session = kept(begun(), 1, 119)
    expect(endOf(session, moment(120))).toMatchObject({ at: moment(120), reason: 'auto' })
    const short = kept(begun({ autoEndMinutes: 5 }), 1, 4)
    expect(endOf(short, moment(5))).toMatchObject({ at: moment(5), reason: 'auto' })
  })

  test('S7 extended, it runs longer, at most six hours from now', () => {
    expect(act(begun(), { do: 'extend', minutes: 30 }, moment(1)).autoEndsAt).toBe(moment(150))
    expect(act(begun(), { do: 'extend', minutes: 360 }, moment(1)).autoEndsAt).toBe(moment(361))
  })
})

describe('an end that was made offline', () => {
  const session = act(begun(), { do: 'ping', active: true }, moment(5))

  test.each([
    ['before the lease ran out counts as it was', moment(7), moment(7)],
    ['later counts up to the end of the lease', moment(90), moment(8)],
    ['in the future is now at most', moment(9_000), moment(8)],
    ['before the start is the start', moment(-5), start],
  ])('S4 %s', (_, claimed, at) => {
    expect(endByPerson(session, claimed, moment(600)).end).toMatchObject({ at, reason: 'user' })
  })

  test('S4 nobody believes it past the moment at which the session ended by itself', () => {
    const short = act(begun({ autoEndMinutes: 6 }), { do: 'ping', active: true }, moment(5))
    expect(endByPerson(short, moment(7), moment(600)).end).toMatchObject({ at: moment(6), reason: 'auto' })
  })

  test('S3 an end that names no time is too late for a lost session', () => {
    expect(endByPerson(session, null, moment(9)).end).toMatchObject({ at: moment(5), reason: 'lost' })
  })
})

describe('what counts', () => {
  const ended = (seconds: number, countedOf: (on: string) => number) => {
    const session = {
      ...begun(),
      lastPingAt: start + seconds * 1000,
      autoEndsAt: start + 1e9,
      provenAt: start + seconds * 1000,
    }
    return finish(session, { at: start + seconds * 1000, reason: 'user', settledAt: 0 }, countedOf)
  }

  test('S2 less than 20 s leave no trace', () => {
    expect(ended(19, none)).toBeNull()
    expect(ended(20, none)).toMatchObject({ seconds: 20, xp: 0 })
  })

  test('S9 nobody studies more than 16 hours of a day', () => {
    expect(ended(3600, () => dayCapSeconds - 600)).toMatchObject({ seconds: 600, xp: 20 })
    expect(ended(3600, () => dayCapSeconds)).toMatchObject({ seconds: 0, xp: 0, days: [] })
  })
})

/** What happens in a session: so many seconds later, somebody does something. */
const step = fc.record({
  wait: fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 120 }) },
    { weight: 1, arbitrary: fc.integer({ min: 150, max: 200 }) },
    { weight: 1, arbitrary: fc.integer({ min: -900, max: 0 }) },
  ),
  action: fc.oneof(
    { weight: 12, arbitrary: fc.record({ do: fc.constant('ping' as const), active: fc.constant(false) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('ping' as const), active: fc.constant(true) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const, 'confirm' as const) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('break' as const), minutes: fc.option(fc.integer({ min: 1, max: 10 })) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('extend' as const), minutes: fc.integer({ min: 5, max: 60 }) }),
    },
  ),
})
type Step = { wait: number; action: Action }

/** A tick that nobody can mistake: what every single second was, kept in a list. */
function slowly(autoEndMinutes: number, steps: readonly Step[]) {
  const seconds: string[] = []
  let [doing, activeSince, lastPing, proof, autoEnd] = ['active', 0, 0, 0, autoEndMinutes * 60]
  let asked: number | null = null
  let breakEnd: number | null = null
  const times: { at: number; action: Action }[] = []
  for (const { wait, action } of steps)
    times.push({ at: Math.max(0, (times.at(-1)?.at ?? 0) + Math.max(0, wait)), action })
  for (let now = 0; ; now += 1) {
    if (now === autoEnd) return { until: now, reason: 'auto', seconds }
    if (now - lastPing === 180) return { until: lastPing, reason: 'lost', seconds: seconds.slice(0, lastPing) }
    if (asked !== null && now - asked === 300) return { until: proof, reason: 'idle', seconds: seconds.slice(0, proof) }
    if (doing === 'active' && asked === null && now - Math.max(proof, activeSince) === 1800) asked = now
    if (breakEnd === now) [doing, activeSince, breakEnd] = ['active', now, null]
    for (const { action } of times.filter(({ at }) => at === now)) {
      lastPing = now
      if (action.do === 'ping' && !action.active) continue
      ;[proof, asked] = [now, null]
      if (action.do === 'extend') autoEnd = Math.max(autoEnd, Math.min(autoEnd + action.minutes * 60, now + 360 * 60))
      if (action.do === 'pause' && doing !== 'pause') [doing, breakEnd] = ['pause', null]
      if (action.do === 'resume' && doing !== 'active') [doing, activeSince, breakEnd] = ['active', now, null]
      if (action.do === 'break')
        [doing, breakEnd] = ['break', action.minutes === null ? null : now + action.minutes * 60]
    }
    seconds.push(doing)
  }
}

/** The same by the machine: settled at each alarm and before each step, as the object does it. */
function byMachine(session: Running, steps: readonly Step[]) {
  let at = session
  let clock = session.startedAt
  const alarmsUntil = (now: number): End | null => {
    for (let wake = nextWakeAt(at); wake <= now; wake = nextWakeAt(at)) {
      const settled = settle(at, wake)
      at = settled.session
      if (settled.end) return settled.end
    }
    const settled = settle(at, now)
    at = settled.session
    return settled.end
  }
  for (const { wait, action } of steps) {
    clock = clock + wait * 1000
    const now = notBefore(at, clock)
    clock = now
    const end = alarmsUntil(now)
    if (end) return { session: at, end }
    at = act(at, action, now)
  }
  // First the end: what happens by itself on the way to it changes the session.
  const end = alarmsUntil(Number.MAX_SAFE_INTEGER) as End
  return { session: at, end }
}

describe('any history', () => {
  const starts = [
    '2026-03-28T22:30:00Z',
    '2026-10-24T23:10:00Z',
    '2028-02-28T23:40:00Z',
    '2026-11-01T03:45:00Z',
    '2026-12-31T23:15:00Z',
  ]
  const history = fc.record({
    first: fc
      .tuple(fc.constantFrom(...starts), fc.integer({ min: -4, max: 20 }))
      .map(([iso, hours]) => Date.parse(iso) + hours * 3_600_000),
    autoEndMinutes: fc.integer({ min: 5, max: 360 }),
    zone: fc.record({ timezone: fc.constantFrom(...zones), dayStartHour: fc.integer({ min: 0, max: 23 }) }),
    steps: fc.array(step, { maxLength: 120 }),
  })

  test('S1 to S10 counts every second as a slow clock would that looks at each', () => {
    fc.assert(
      fc.property(history, ({ first, autoEndMinutes, zone, steps }) => {
        const begun = begin({ id: 'stu_1', now: first, autoEndMinutes, ...zone, ...topic })
        const { session, end } = byMachine(begun, steps)
        const slow = slowly(autoEndMinutes, steps)
        expect([end.reason, (end.at - first) / 1000]).toEqual([slow.reason, slow.until])
        const days: Record<string, number> = {}
        for (const [n, doing] of slow.seconds.entries()) {
          if (doing !== 'active') continue
          const on = dateOf(dayAt(first + n * 1000, zone))
          days[on] = (days[on] ?? 0) + 1
        }
        const finished = finish(session, end, none)
        if (slow.until < 20) expect(finished).toBeNull()
        else expect(Object.fromEntries(finished?.days.map(({ on, seconds }) => [on, seconds]) ?? [])).toEqual(days)
      }),
      { numRuns: 150 },
    )
  })

  test('S8 no second is counted twice: segments follow each other within the session', () => {
    fc.assert(
      fc.property(history, ({ first, autoEndMinutes, zone, steps }) => {
        const { session, end } = byMachine(begin({ id: 'stu_1', now: first, autoEndMinutes, ...zone, ...topic }), steps)
        let last = first
        for (const { kind, from, to } of segmentsUntil(session, end)) {
          expect(from).toBe(last)
          expect(to).toBeGreaterThan(from)
          if (kind !== 'idle') expect(to).toBeLessThanOrEqual(end.at)
          last = to
        }
      }),
      { numRuns: 150 },
    )
  })

  test('S3 a clock that jumps ahead or back gives nobody time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -86_400, max: 86_400 }), { maxLength: 40 }), (jumps) => {
        const steps = jumps.map((wait) => ({ wait, action: { do: 'ping', active: true } as const }))
        const { session, end } = byMachine(begun({ autoEndMinutes: 360 }), steps)
        const counted = finish(session, end, none)?.seconds ?? 0
        const believed = jumps.reduce((sum, wait) => sum + (wait > 0 ? Math.min(wait, 180) : 0), 0)
        expect(counted).toBeLessThanOrEqual(believed)
      }),
    )
  })
})
