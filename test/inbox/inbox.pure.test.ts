import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { upgradeSchema } from '../../src/channels/live/schema'
import type { ChannelNews, Mark } from '../../src/inbox/contract'
import { applyToInbox, emptyInbox, type InboxEffect, type InboxEvent } from '../../src/inbox/live/inbox'
import { InboxLog } from '../../src/inbox/live/log'
import { friendsOnline, namedFriends, shownOf } from '../../src/inbox/live/presence'
import { type InboxServerEvent, parseInboxFrame } from '../../src/inbox/live/protocol'
import { inboxSteps } from '../../src/inbox/live/schema'
import { inboxEvents, inboxFrames } from '../../src/inbox/live/socket-schemas'
import { totalUnread, unreadIn } from '../../src/inbox/live/unread'
import { begin } from '../../src/study/rules/clock'
import { viewOfRunning } from '../../src/study/rules/view'
import { limits, memorySql } from '../live/support'

/** The core with its SQL and without workerd. */
class Bench {
  now = 1_000_000
  readonly sql = memorySql()
  readonly log: InboxLog
  state = emptyInbox
  readonly told: InboxServerEvent[] = []
  readonly effects: InboxEffect[] = []

  constructor() {
    upgradeSchema(this.sql, inboxSteps)
    this.log = new InboxLog(this.sql, limits)
    this.log.keepOwner('mira')
  }

  run(event: InboxEvent extends infer E ? (E extends InboxEvent ? Omit<E, 'now'> : never) : never): InboxEffect[] {
    const { state, effects } = applyToInbox(this.state, this.log, { ...event, now: this.now } as InboxEvent)
    this.state = state
    for (const effect of effects) {
      if (effect.do === 'keepMark') this.log.marks.keep(effect.channelId, effect.mark)
      if (effect.do === 'keepStatus') this.log.keepStatus(effect.status)
      if (effect.do === 'wakeAt') this.log.agenda.wakeAt(effect.kind, '', effect.at)
      if (effect.do === 'letSleep') this.log.agenda.letSleep(effect.kind, '')
      if (effect.do === 'toAll' || effect.do === 'toSocket') this.told.push(effect.event)
      if (effect.do === 'admit') this.told.push(effect.ready)
    }
    this.effects.push(...effects)
    return effects
  }

  open(socketId: string) {
    return this.run({ type: 'socket.opened', socketId })
  }

  say(socketId: string, frame: object) {
    const parsed = parseInboxFrame(JSON.stringify(frame))
    if (!parsed.ok) throw new Error(JSON.stringify(parsed))
    return this.run({ type: 'frame', socketId, frame: parsed.frame })
  }

  shown(hides = false) {
    return shownOf(this.state, hides, this.now)
  }
}

describe('what friends see', () => {
  test('I10 a device that is idle makes the person idle when all of them are, unless they study', () => {
    const inbox = new Bench()
    expect(inbox.shown()).toBeNull()
    for (const id of ['phone', 'laptop']) inbox.open(id)
    inbox.say('phone', { type: 'status.set', state: 'idle' })
    expect(inbox.shown()).toEqual({ state: 'online' })
    inbox.say('laptop', { type: 'status.set', state: 'idle' })
    expect(inbox.shown()).toEqual({ state: 'idle' })
    inbox.say('phone', { type: 'status.set', state: 'studying', text: 'Algebra' })
    inbox.say('phone', { type: 'status.set', state: 'idle' })
    expect(inbox.shown()).toEqual({ state: 'studying', text: 'Algebra' })
  })

  test('I10 a status ends with its time, and every device hears it', () => {
    const inbox = new Bench()
    inbox.open('phone')
    const until = new Date(inbox.now + 60_000).toISOString()
    inbox.say('phone', { type: 'status.set', state: 'break', text: 'Tea', until })
    expect(inbox.shown()).toEqual({ state: 'break', text: 'Tea', until })
    expect(inbox.told.at(-1)).toEqual({ type: 'status.changed', state: 'break', text: 'Tea', until })
    inbox.run({ type: 'status.due' })
    expect(inbox.state.status).not.toBeNull()
    inbox.now += 60_000
    inbox.run({ type: 'status.due' })
    expect([inbox.shown(), inbox.told.at(-1)]).toEqual([
      { state: 'online' },
      { type: 'status.changed', state: 'online' },
    ])
  })

  test('I10 who is invisible or hides from everybody is away to friends, and sees their own state', () => {
    const inbox = new Bench()
    inbox.open('phone')
    expect(inbox.shown(true)).toBeNull()
    inbox.say('phone', { type: 'status.set', state: 'invisible' })
    expect(inbox.shown()).toBeNull()
    inbox.open('laptop')
    expect(inbox.told.at(-1)).toMatchObject({ type: 'ready', self: { state: 'invisible' } })
  })

  test('I11 many changes are one call for each friend, at most every two seconds', () => {
    const inbox = new Bench()
    inbox.open('phone')
    inbox.log.keepTold(inbox.shown())
    inbox.log.agenda.letSleep('tell', '')
    inbox.state = { ...inbox.state, toldAt: inbox.now }
    for (let n = 0; n < 50; n++) inbox.say('phone', { type: 'status.set', state: n % 2 ? 'studying' : 'break' })
    expect(inbox.log.agenda.nextAt()).toBe(inbox.now + 2000)
    expect([...inbox.sql.exec(`SELECT count(*) AS n FROM due WHERE kind = 'tell'`)]).toEqual([{ n: 1 }])
  })

  test('I11 a socket hears of a hundred friends by name and of how many there are', () => {
    const friends = Array.from({ length: 150 }, (_, n) => ({
      userId: `f${n}`,
      shown: n < 120 ? { state: 'online' as const } : null,
    }))
    const found = friendsOnline(friends)
    expect([found.count, found.people.length]).toEqual([120, namedFriends])
  })

  test('I8 the last device gone, a minute passes before the person is; silence has had it', () => {
    const inbox = new Bench()
    inbox.open('phone')
    inbox.log.agenda.letSleep('tell', '')
    inbox.run({ type: 'socket.closed', socketId: 'phone' })
    expect(inbox.effects.at(-1)).toEqual({ do: 'wakeAt', kind: 'gone', at: inbox.now + 60_000 })
    inbox.open('laptop')
    expect(inbox.log.agenda.has('gone')).toBe(false)
    inbox.run({ type: 'socket.ended', socketId: 'laptop', why: 'silent' })
    expect(inbox.effects.at(-1)).toEqual({ do: 'wakeAt', kind: 'gone', at: inbox.now })
  })
})

const mark = (over: Partial<Mark>): Mark => ({ seq: 0, ord: 0, calls: 0, own: 0, mentions: 0, asOf: 0, ...over })
const news = (over: Partial<ChannelNews>): ChannelNews => ({
  ...{ channelId: 'room_1', kind: 'room', name: 'Algebra', head: { ord: 5, calls: 0 }, mark: null, message: null },
  ...over,
})

describe('unread', () => {
  test.each([
    ['nothing was ever read', null, { ord: 3, calls: 1 }, [3, 1]],
    ['some was read', mark({ ord: 2, calls: 1 }), { ord: 3, calls: 1 }, [1, 0]],
    ['own messages stand behind the mark', mark({ ord: 1, own: 2 }), { ord: 4, calls: 0 }, [1, 0]],
    ['own calls of everybody', mark({ ord: 1, own: 1, mentions: -1 }), { ord: 3, calls: 1 }, [1, 0]],
    ['a head that is older than the mark', mark({ ord: 9 }), { ord: 4, calls: 0 }, [0, 0]],
  ] as const)('I5 when %s', (_, known, head, [unreadCount, mentionCount]) => {
    expect(unreadIn(head, known)).toEqual({ unreadCount, mentionCount })
  })

  test('I5 the furthest mark wins, and of one seq the one that was counted later', () => {
    const inbox = new Bench()
    inbox.run({ type: 'news', news: news({ mark: mark({ seq: 5, ord: 3, asOf: 5 }) }) })
    inbox.run({ type: 'news', news: news({ mark: mark({ seq: 4, ord: 2, asOf: 9 }) }) })
    inbox.run({ type: 'news', news: news({ mark: mark({ seq: 5, ord: 3, own: 1, asOf: 4 }) }) })
    expect(inbox.log.mark('room_1')).toMatchObject({ seq: 5, own: 0 })
    inbox.run({ type: 'news', news: news({ mark: mark({ seq: 5, ord: 3, own: 1, asOf: 6 }) }) })
    expect(inbox.log.mark('room_1')).toMatchObject({ seq: 5, own: 1 })
    expect(inbox.told.filter(({ type }) => type === 'read.updated')).toHaveLength(1)
  })

  test('I7 muted channels are not in the totals', () => {
    const head = { ord: 2, calls: 0, kind: 'room' as const }
    const heads = [
      { ...head, channelId: 'a', muted: false },
      { ...head, channelId: 'b', muted: true },
    ]
    expect(totalUnread(heads, () => null)).toMatchObject({ unreadCount: 2, channels: [{ channelId: 'a' }] })
  })
})

type Documented = { [T in keyof typeof inboxEvents]: z.output<(typeof inboxEvents)[T]> }[keyof typeof inboxEvents]
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

describe('the document', () => {
  test('and the union of server events are one', () => {
    const same: Same<Documented, InboxServerEvent> = true
    expect(same).toBe(true)
  })

  test.each([
    { type: 'status.set', state: 'studying', text: 'Algebra', until: '2026-11-21T10:00:00Z' },
    { type: 'status.set', state: 'idle' },
    { type: 'seen', n: 0 },
  ] as const)('frames are read as documented: %o', (frame) => {
    for (const one of [frame, { ...frame, more: 1 }, { ...frame, state: 'away' }, { ...frame, n: -1 }])
      expect(parseInboxFrame(JSON.stringify(one)).ok, JSON.stringify(one)).toBe(
        inboxFrames[frame.type].safeParse(one).success,
      )
  })

  test('what the core says is as it is documented', () => {
    const inbox = new Bench()
    inbox.log.friends.keep('jonas', { state: 'break', text: 'Tea' })
    inbox.open('phone')
    inbox.say('phone', { type: 'status.set', state: 'studying', text: 'Algebra' })
    inbox.run({
      type: 'frame.refused',
      socketId: 'phone',
      flaw: { kind: 'invalid', code: 'frame.invalid', detail: 'x', nonce: null },
    })
    const message = { sender: { id: 'jonas', name: 'Jonas' }, text: 'Hi', createdAt: '2026-11-26T10:00:00.000Z' }
    inbox.run({ type: 'news', news: news({ kind: 'conversation', mark: mark({ seq: 1 }), message }) })
    const about = { roomId: null, subjectId: null, todoId: null, task: 'Algebra', timezone: 'UTC', dayStartHour: 0 }
    const session = begin({ id: 'stu_1', now: 0, autoEndMinutes: 120, ...about })
    inbox.run({ type: 'study.changed', sessions: [viewOfRunning(session, 1000)] })
    for (const event of inbox.told) {
      const sent = JSON.parse(JSON.stringify(event))
      expect(inboxEvents[event.type].safeParse(sent).error?.issues ?? [], JSON.stringify(sent)).toEqual([])
    }
    const byShell = ['closing', 'friend.changed', 'notification.created']
    expect([...new Set([...inbox.told.map(({ type }) => type), ...byShell])].sort()).toEqual(
      Object.keys(inboxEvents).sort(),
    )
  })
})

test('the schema of every older version becomes the newest', () => {
  for (let version = 0; version <= inboxSteps.length; version++) {
    const sql = memorySql()
    upgradeSchema(sql, inboxSteps.slice(0, version))
    upgradeSchema(sql, inboxSteps)
    expect([...sql.exec('SELECT version FROM schema_version')]).toEqual([{ version: inboxSteps.length }])
    expect(new InboxLog(sql, limits).unread()).toMatchObject({ unreadCount: 0 })
  }
})
