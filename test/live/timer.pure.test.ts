import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PersonLog } from '../../src/channels/live/person-log'
import type { TimerCommand, TimerPattern, TimerView } from '../../src/channels/live/timer-contract'
import { phaseAt, phaseOf, timerPatterns } from '../../src/channels/live/timer-pattern'
import { channel, member } from './replicas'
import { Bench } from './support'

const minute = 60_000
const classic = timerPatterns['25/5']
const short: TimerPattern = { workMinutes: 2, shortBreakMinutes: 1, longBreakMinutes: 3, rounds: 2 }

const pass = (room: Bench, minutes: number) => {
  room.now += minutes * minute
}
const due = (room: Bench) => room.run({ type: 'timer.due' })
/** The last change that everybody heard of. */
const last = (room: Bench) => {
  const event = room.told.findLast((one) => one.event.type === 'timer.changed')?.event
  if (event?.type !== 'timer.changed') throw new Error('nothing was told of a timer')
  return event
}
const start = (room: Bench, pattern: TimerPattern = classic, userId = 'mira') =>
  room.command(userId, { type: 'timer.start', pattern })
const alarmAt = (room: Bench): number | null => {
  const [row] = [...room.sql.exec(`SELECT at FROM due WHERE kind = 'timer'`)]
  return row ? Number(row.at) : null
}
const pomodoros = (room: Bench) =>
  room.log.timers.listPomodoros(1000).map(({ run, phase, userId }) => `${run} ${phase} ${userId}`)
const withPeople = (...userIds: string[]) => {
  const room = Bench.withMembers(...userIds)
  for (const userId of userIds) room.open(userId)
  return room
}

describe('T1 a pattern', () => {
  test.each([
    [0, 'work', 1, 25],
    [24.99, 'work', 1, 25],
    [25, 'shortBreak', 1, 30],
    [30, 'work', 2, 55],
    [90, 'work', 4, 115],
    [115, 'longBreak', 4, 130],
    [129.99, 'longBreak', 4, 130],
    [130, 'work', 1, 155],
    [155, 'shortBreak', 1, 160],
  ] as const)('25/5/15x4 after %f minutes: %s of round %i until %f', (after, kind, round, until) => {
    expect(phaseAt(classic, after * minute)).toMatchObject({ kind, round, to: until * minute })
  })

  const bounded = fc.record({
    workMinutes: fc.integer({ min: 1, max: 180 }),
    shortBreakMinutes: fc.integer({ min: 1, max: 60 }),
    longBreakMinutes: fc.integer({ min: 1, max: 120 }),
    rounds: fc.integer({ min: 1, max: 12 }),
  })

  test('has a phase for every moment, each behind the other', () => {
    fc.assert(
      fc.property(bounded, fc.nat({ max: 500 }), (pattern, number) => {
        const [phase, next] = [phaseOf(pattern, number), phaseOf(pattern, number + 1)]
        expect(phase.to).toBe(next.from)
        expect(phaseAt(pattern, phase.from).number).toBe(number)
        expect(phaseAt(pattern, phase.to - 1).number).toBe(number)
        expect(phase.kind === 'work').toBe(number % 2 === 0)
      }),
    )
  })
})

describe('T2 commands', () => {
  test('a start takes a seq, says who and what, and plans the end of the first phase', () => {
    const room = withPeople('mira', 'jonas')
    const before = room.state.seq
    expect(start(room)).toEqual({ ok: true, messageId: undefined, seq: before + 1, repeated: false })
    expect(last(room)).toMatchObject({ seq: before + 1, change: 'started', userId: 'mira' })
    expect(last(room).timer).toMatchObject({
      ...{ run: before + 1, pattern: classic, startedBy: 'mira', pausedAt: null },
      phase: { number: 0, kind: 'work', round: 1, endsAt: new Date(room.now + 25 * minute).toISOString() },
    })
    expect(alarmAt(room)).toBe(room.now + 25 * minute)
  })

  test('there is one timer: a second start is refused and changes nothing', () => {
    const room = withPeople('mira', 'jonas')
    start(room)
    pass(room, 1)
    const { seq } = room.state
    expect(start(room, short, 'jonas')).toMatchObject({ ok: false, code: 'timer.running' })
    expect(room.state.seq).toBe(seq)
    expect(room.log.timer()?.pattern).toEqual(classic)
  })

  test('L12 the same nonce again does nothing a second time', () => {
    const room = withPeople('mira')
    room.command('mira', { type: 'timer.start', pattern: short }, 'a')
    room.command('mira', { type: 'timer.skip' }, 'b')
    const { seq } = room.state
    expect(room.command('mira', { type: 'timer.skip' }, 'b')).toMatchObject({ ok: true, seq, repeated: true })
    expect(room.command('mira', { type: 'timer.start', pattern: short }, 'a')).toMatchObject({ seq: seq - 1 })
    expect(room.log.timer()).toMatchObject({ phase: 1 })
  })

  test('a pause keeps what is left, and the resumed phase ends that much later', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 10)
    room.command('mira', { type: 'timer.pause' })
    const { pausedAt, phase } = last(room).timer as TimerView
    expect(Date.parse(phase.endsAt) - Date.parse(pausedAt as string)).toBe(15 * minute)
    expect(alarmAt(room)).toBeNull()
    pass(room, 600)
    due(room)
    room.command('mira', { type: 'timer.resume' })
    expect(last(room)).toMatchObject({ change: 'resumed', timer: { pausedAt: null, phase: { number: 0 } } })
    expect(alarmAt(room)).toBe(room.now + 15 * minute)
  })

  test('what is so already is acknowledged without a seq; what makes no sense is refused', () => {
    const room = withPeople('mira')
    const say = (type: 'timer.pause' | 'timer.resume' | 'timer.stop' | 'timer.skip') => room.command('mira', { type })
    const nothing = { ok: true, messageId: undefined, seq: undefined, repeated: false }
    expect(say('timer.stop')).toEqual(nothing)
    for (const type of ['timer.pause', 'timer.resume', 'timer.skip'] as const)
      expect(say(type)).toMatchObject({ code: 'timer.not_running' })
    start(room)
    expect(say('timer.resume')).toEqual(nothing)
    say('timer.pause')
    expect(say('timer.pause')).toEqual(nothing)
  })

  test('two who skip the same phase skip one', () => {
    const room = withPeople('mira', 'jonas')
    start(room)
    room.command('mira', { type: 'timer.skip', phase: 0 })
    expect(room.command('jonas', { type: 'timer.skip', phase: 0 })).toMatchObject({ ok: true, seq: undefined })
    expect(room.log.timer()?.phase).toBe(1)
    expect(alarmAt(room)).toBe(room.now + 5 * minute)
  })

  test('a skip while paused waits at the start of the next phase', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 3)
    room.command('mira', { type: 'timer.pause' })
    pass(room, 3)
    room.command('mira', { type: 'timer.skip' })
    const { pausedAt, phase } = last(room).timer as TimerView
    expect(Date.parse(phase.endsAt) - Date.parse(pausedAt as string)).toBe(5 * minute)
  })

  test('a command that comes between the end of a phase and its alarm meets the next phase', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 26)
    room.told.length = 0
    room.command('mira', { type: 'timer.pause' })
    expect(room.told.map(({ event }) => event.type === 'timer.changed' && event.change)).toEqual(['phase', 'paused'])
    expect(last(room).timer?.phase).toMatchObject({ number: 1, kind: 'shortBreak' })
    expect(pomodoros(room)).toHaveLength(1)
  })
})

describe('T3 rights', () => {
  const people = [member('owner', { role: 'owner' }), member('mod', { role: 'moderator' }), member('mira')]
  const commands: TimerCommand[] = [
    { type: 'timer.start', pattern: classic },
    { type: 'timer.pause' },
    { type: 'timer.resume' },
    { type: 'timer.skip' },
    { type: 'timer.stop' },
  ]

  test.each([
    ['members', 'mira', true],
    ['moderators', 'mira', false],
    ['moderators', 'mod', true],
    ['moderators', 'owner', true],
    ['members', 'stranger', false],
  ] as const)('where %s may start it, %s may do all of it: %s', (whoMayStartTimer, userId, may) => {
    const room = Bench.withMembers(...people)
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, whoMayStartTimer }) })
    const { seq } = room.state
    const answers = commands.map((command) => room.command(userId, command))
    expect(answers.every(({ ok }) => ok)).toBe(may)
    expect(room.state.seq).toBe(may ? seq + 5 : seq)
    if (userId === 'mira' && !may) expect(answers[0]).toMatchObject({ code: 'timer.not_allowed' })
  })

  test('who has a timeout does not touch it', () => {
    const room = Bench.withMembers(member('mira', { mutedUntil: 9_000_000 }))
    expect(start(room)).toMatchObject({ code: 'channel.timed_out' })
  })

  test('clients hear who may start it', () => {
    const room = Bench.withMembers('mira')
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, whoMayStartTimer: 'moderators' }) })
    expect(room.told.at(-1)?.event).toMatchObject({ channel: { whoMayStartTimer: 'moderators' } })
  })
})

describe('T4 the alarm', () => {
  test('ends a phase for all, with a seq, by nobody', () => {
    const room = withPeople('mira', 'jonas')
    start(room)
    const { seq } = room.state
    pass(room, 25)
    due(room)
    expect(last(room)).toMatchObject({ seq: seq + 1, change: 'phase', userId: null })
    expect(last(room).timer?.phase).toMatchObject({ number: 1, kind: 'shortBreak' })
    expect(alarmAt(room)).toBe(room.now + 5 * minute)
  })

  test('early, it only waits on', () => {
    const room = withPeople('mira')
    start(room)
    const end = alarmAt(room)
    room.log.agenda.letSleep('timer', '')
    pass(room, 24)
    room.told.length = 0
    due(room)
    expect(room.told).toEqual([])
    expect(alarmAt(room)).toBe(end)
  })

  test('twice, it changes nothing the second time', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 25)
    due(room)
    const { seq } = room.state
    due(room)
    expect(room.state.seq).toBe(seq)
    expect(pomodoros(room)).toHaveLength(1)
  })

  test('late by hours, it finds the phase of now, in one event', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 130 + 26)
    room.told.length = 0
    due(room)
    expect(room.told).toHaveLength(1)
    expect(last(room).timer?.phase).toMatchObject({ number: 9, kind: 'shortBreak', round: 1 })
    expect(alarmAt(room)).toBe(room.now + 4 * minute)
  })

  test('after the object slept, the same timer goes on', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 30)
    due(room)
    const awake = new Bench({}, room.sql)
    awake.now = room.now
    awake.open('mira')
    expect(awake.told.find(({ event }) => event.type === 'ready')?.event).toMatchObject({
      timer: { phase: { number: 2, kind: 'work' } },
    })
    pass(awake, 25)
    due(awake)
    expect(last(awake).timer?.phase.number).toBe(3)
  })

  test('a clock that goes back brings no phase back', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 25)
    due(room)
    const { seq } = room.state
    pass(room, -3)
    due(room)
    expect(room.state.seq).toBe(seq)
    expect(room.log.timer()?.phase).toBe(1)
  })

  test('ends the timer when the pattern is over and nobody is there, so that no room is awake for good', () => {
    const room = withPeople('mira')
    start(room, short)
    room.close('mira')
    pass(room, 2)
    room.run({ type: 'grace.ended', userId: 'mira' })
    for (let n = 0; n < 2; n++) {
      due(room)
      expect(last(room).change).toBe('phase')
      pass(room, 2)
    }
    pass(room, 2)
    due(room)
    expect(last(room)).toMatchObject({ change: 'ended', userId: null, timer: null })
    expect(alarmAt(room)).toBeNull()
    expect(pomodoros(room)).toEqual([])
  })

  test('of a deleted channel does nothing any more', () => {
    const room = withPeople('mira')
    start(room)
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, deletedAt: room.now }) })
    expect(alarmAt(room)).toBeNull()
    pass(room, 25)
    room.told.length = 0
    due(room)
    expect(room.told).toEqual([])
    expect(alarmAt(room)).toBeNull()
  })
})

describe('T5 pomodoros', () => {
  test('everybody who is there when work ends has one, once; who left before has none', () => {
    const room = withPeople('mira', 'jonas', 'lea')
    start(room)
    room.run({ type: 'member.changed', member: member('lea', { state: 'left', rev: 2 }) })
    pass(room, 25)
    due(room)
    due(room)
    const run = room.log.timer()?.run
    expect(pomodoros(room)).toEqual([`${run} 0 jonas`, `${run} 0 mira`])
    pass(room, 5)
    due(room)
    expect(pomodoros(room)).toHaveLength(2)
  })

  test('tells when the work began and ended, pauses included', () => {
    const room = withPeople('mira')
    const startedAt = room.now
    start(room)
    pass(room, 5)
    room.command('mira', { type: 'timer.pause' })
    pass(room, 10)
    room.command('mira', { type: 'timer.resume' })
    pass(room, 20)
    due(room)
    expect(room.log.timers.listPomodoros(1)).toMatchObject([
      { workMinutes: 25, startedAt, endedAt: startedAt + 35 * minute },
    ])
  })

  test('work that was skipped, or stopped, is none', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 24)
    room.command('mira', { type: 'timer.skip' })
    room.command('mira', { type: 'timer.stop' })
    expect(pomodoros(room)).toEqual([])
  })

  test('an erased person is forgotten', () => {
    const room = withPeople('mira')
    start(room)
    pass(room, 25)
    due(room)
    new PersonLog(room.sql).forget('mira')
    expect(room.log.timer()?.startedBy).toBeNull()
    expect(pomodoros(room)).toEqual([])
  })
})

test('L13 a replay tells each change with the timer as it is now', () => {
  const room = withPeople('mira')
  const since = room.state.seq
  start(room)
  room.command('mira', { type: 'timer.pause' })
  const stored = room.log.replay(since, 10).map(({ event }) => event)
  expect(stored).toMatchObject([
    { type: 'timer.changed', seq: since + 1, change: 'started', userId: 'mira' },
    { type: 'timer.changed', seq: since + 2, change: 'paused', userId: 'mira' },
  ])
  expect(stored.map((event) => event.type === 'timer.changed' && event.timer?.pausedAt)).toEqual(
    Array(2).fill(new Date(room.now).toISOString()),
  )
  room.command('mira', { type: 'timer.stop' })
  const last = room.log.replay(since, 10).map(({ event }) => event.type === 'timer.changed' && event.timer)
  expect(last).toEqual([null, null, null])
})

/** The timer as a clock on the wall would run it: second by second, with nothing computed. */
class SlowTimer {
  pattern: TimerPattern | null = null
  number = 0
  left = 0
  paused = false
  run = 0
  readonly completed: string[] = []

  private lasts(): number {
    const { workMinutes, shortBreakMinutes, longBreakMinutes, rounds } = this.pattern as TimerPattern
    if (this.number % 2 === 0) return workMinutes * 60
    return (this.number + 1) % (2 * rounds) === 0 ? longBreakMinutes * 60 : shortBreakMinutes * 60
  }

  tick(seconds: number): void {
    for (let n = 0; n < seconds && this.pattern && !this.paused; n++) {
      this.left -= 1
      if (this.left > 0) continue
      if (this.number % 2 === 0) this.completed.push(`${this.run} ${this.number} mira`)
      this.number += 1
      this.left = this.lasts()
    }
  }

  obey(command: TimerCommand): void {
    if (command.type === 'timer.start' && !this.pattern) {
      this.pattern = command.pattern
      this.run += 1
      this.number = 0
      this.paused = false
      this.left = this.lasts()
    }
    if (!this.pattern) return
    if (command.type === 'timer.pause') this.paused = true
    if (command.type === 'timer.resume') this.paused = false
    if (command.type === 'timer.stop') this.pattern = null
    if (command.type === 'timer.skip') {
      this.number += 1
      this.left = this.lasts()
    }
  }
}

const patterns = fc.record({
  workMinutes: fc.integer({ min: 1, max: 5 }),
  shortBreakMinutes: fc.integer({ min: 1, max: 3 }),
  longBreakMinutes: fc.integer({ min: 1, max: 4 }),
  rounds: fc.integer({ min: 1, max: 3 }),
})
const happenings = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 700 }) }) },
    { weight: 3, arbitrary: fc.constant({ alarm: true as const }) },
    { weight: 1, arbitrary: fc.constant({ evict: true as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ command: patterns.map((pattern) => ({ type: 'timer.start', pattern }) as const) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        command: fc
          .constantFrom('timer.pause', 'timer.resume', 'timer.skip', 'timer.stop')
          .map((type) => ({ type }) as TimerCommand),
      }),
    },
  ),
  { maxLength: 40 },
)

test('T6 any commands with alarms that come, do not come, or come twice stand where a clock on the wall would', () => {
  fc.assert(
    fc.property(happenings, (list) => {
      let room = withPeople('mira')
      const slow = new SlowTimer()
      const runs = new Map<number, number>()
      for (const one of list) {
        if ('wait' in one) {
          room.now += one.wait * 1000
          slow.tick(one.wait)
        } else if ('alarm' in one) due(room)
        else if ('evict' in one) {
          const { now, sql } = room
          room = new Bench({}, sql)
          room.now = now
          room.open('mira')
        } else {
          room.command('mira', one.command)
          slow.obey(one.command)
        }
        const timer = room.log.timer()
        if (timer) runs.set(timer.run, slow.run)
      }
      due(room)
      const timer = room.log.timer()
      expect(timer === null).toBe(slow.pattern === null)
      if (timer && slow.pattern) {
        const { to } = phaseOf(timer.pattern, timer.phase)
        const left = timer.anchorAt + to - (timer.pausedAt ?? room.now)
        expect([timer.phase, left, timer.pausedAt !== null]).toEqual([slow.number, slow.left * 1000, slow.paused])
      }
      const counted = room.log.timers.listPomodoros(10_000).map(({ run, phase }) => `${runs.get(run)} ${phase} mira`)
      // A timer that nobody looked at for more than one cycle has told of one cycle only.
      expect(slow.completed).toEqual(expect.arrayContaining(counted))
      expect(new Set(counted).size).toBe(counted.length)
    }),
    { numRuns: 300 },
  )
})
