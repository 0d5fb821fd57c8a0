import { describe, expect, test } from 'vitest'
import { windowMs } from '../../src/channels/live/pace'
import { typingEvent } from '../../src/channels/live/presence'
import { channel, member } from './replicas'
import { Bench, limits } from './support'

const send = (nonce: string) => JSON.stringify({ type: 'message.send', nonce, text: 'hi' })

describe('coming and going', () => {
  test('L4 ready is the first event, with who is here and how far the room is', () => {
    const room = Bench.withMembers('mira', 'jonas')
    room.open('mira')
    room.told.length = 0
    room.open('jonas')
    const ready = room.told.find(({ to }) => to === 'jonas-1')?.event
    expect(ready).toMatchObject({
      type: 'ready',
      seq: 2,
      self: { userId: 'jonas', socketId: 'jonas-1', role: 'member' },
      present: { count: 2, members: [{ user: { id: 'mira' } }, { user: { id: 'jonas' } }] },
    })
  })

  test('L17 people come and go, not sockets', () => {
    const room = Bench.withMembers('mira')
    room.open('mira', 'a')
    expect(room.heard()).toEqual(['presence.changed', 'ready'])
    room.open('mira', 'b')
    expect(room.heard()).toEqual(['ready'])
    room.close('mira', 'a')
    room.close('mira', 'b')
    expect(room.heard()).toEqual([])
    room.now += 60_000
    room.run({ type: 'grace.ended', userId: 'mira' })
    expect(room.told.map(({ event }) => event)).toEqual([
      { type: 'presence.changed', userId: 'mira', state: 'offline' },
    ])
  })

  test('L17 coming back within 60 s is not announced, and a stale alarm changes nothing', () => {
    const room = Bench.withMembers('mira')
    room.open('mira')
    room.close('mira')
    room.heard()
    room.now += 59_999
    room.run({ type: 'grace.ended', userId: 'mira' })
    room.open('mira', 'again')
    expect(room.heard()).toEqual(['ready'])
    expect(room.log.agenda.listGraces()).toEqual([])
    room.now += 60_000
    room.run({ type: 'grace.ended', userId: 'mira' })
    expect(room.heard()).toEqual([])
    expect(room.state.present).toBe(1)
  })

  test('L17 above 100 present there are only counts, at most one a second; names again below 80', () => {
    const names = Array.from({ length: 110 }, (_, n) => `u${n}`)
    const room = Bench.withMembers(...names)
    for (const name of names.slice(0, 100)) room.open(name)
    expect(room.state.counting).toBe(false)
    room.told.length = 0
    room.now += 5000
    for (const name of names.slice(100)) room.open(name)
    const told = room.told.filter(({ to }) => to === 'all').map(({ event }) => event)
    expect(told).toEqual([{ type: 'presence.changed', count: 101, members: null }])
    expect(room.told.at(-1)?.event).toMatchObject({ type: 'ready', present: { count: 110, members: null } })
    room.now += 1000
    room.run({ type: 'count.due' })
    expect(room.told.at(-1)?.event).toEqual({ type: 'presence.changed', count: 110, members: null })
    const leave = (name: string) => {
      room.close(name)
      room.now += 60_000
      room.run({ type: 'grace.ended', userId: name })
    }
    for (const name of names.slice(80)) leave(name)
    expect(room.state).toMatchObject({ counting: true, present: 80 })
    leave('u0')
    const last = room.told.at(-1)?.event
    expect(last).toMatchObject({ type: 'presence.changed', count: 79 })
    expect(last?.type === 'presence.changed' && 'members' in last && last.members).toHaveLength(79)
    leave('u1')
    expect(room.told.at(-1)?.event).toEqual({ type: 'presence.changed', userId: 'u1', state: 'offline' })
  })

  test('L16 who was silent has had the grace already', () => {
    const room = Bench.withMembers('mira')
    room.open('mira')
    room.heard()
    room.run({ type: 'socket.ended', userId: 'mira', socketId: 'mira-1', why: 'silent' })
    expect(room.closed).toEqual([{ socketId: 'mira-1', code: 1001 }])
    expect(room.heard()).toEqual(['presence.changed'])
    expect(room.state).toMatchObject({ present: 0, sockets: 0 })
  })

  test('L26 what comes too late is ignored', () => {
    const room = Bench.withMembers('mira')
    room.open('mira')
    room.close('mira')
    const before = room.state
    room.close('mira')
    room.run({ type: 'socket.ended', userId: 'mira', socketId: 'mira-1', why: 'session' })
    room.frame('mira', { kind: 'typing' }, 'gone')
    room.frame('nobody', send('n'), 'nobody-1')
    room.run({ type: 'grace.ended', userId: 'nobody' })
    expect(room.state).toEqual(before)
  })
})

describe('who may not stay', () => {
  test.each([
    ['removed', 4403],
    ['banned', 4403],
    ['left', 1000],
  ] as const)('L25 who is %s is closed with %i at once, on every socket, and is not present', (state, code) => {
    const room = Bench.withMembers('mira', 'jonas')
    room.open('mira', 'a')
    room.open('mira', 'b')
    room.open('jonas')
    room.heard()
    room.run({ type: 'member.changed', member: member('mira', { rev: 2, state }) })
    expect(room.closed).toEqual([
      { socketId: 'a', code },
      { socketId: 'b', code },
    ])
    expect(room.heard()).toEqual(['member.left', 'presence.changed'])
    expect(room.state).toMatchObject({ present: 1, sockets: 1 })
  })

  test('L25 who was removed while in grace leaves no alarm behind', () => {
    const room = Bench.withMembers('mira')
    room.open('mira')
    room.close('mira')
    room.run({ type: 'member.changed', member: member('mira', { rev: 2, state: 'banned' }) })
    expect(room.log.agenda.listGraces()).toEqual([])
    expect(room.state.present).toBe(0)
  })

  test('a membership that ended between ticket and socket is told with 4403', () => {
    const room = Bench.withMembers(member('mira', { state: 'removed' }))
    room.open('mira')
    expect(room.closed).toEqual([{ socketId: 'mira-1', code: 4403 }])
    expect(room.state.sockets).toBe(0)
  })

  test('L30 a deleted channel closes everyone with 4404 and is purged after 30 days, unless it comes back', () => {
    const room = Bench.withMembers('mira', 'jonas')
    room.open('mira')
    room.open('jonas')
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, deletedAt: room.now }) })
    expect(room.closed.map(({ code }) => code)).toEqual([4404, 4404])
    const after = room.now + 30 * 24 * 60 * 60_000
    expect(room.log.agenda.listDue(after, 10)).toContainEqual({ kind: 'purge.room', key: '' })
    room.run({ type: 'channel.changed', channel: channel({ rev: 3 }) })
    expect(room.log.agenda.listDue(after, 10)).not.toContainEqual({ kind: 'purge.room', key: '' })
  })

  test('L20 the sixth socket of a person replaces the oldest', () => {
    const room = Bench.withMembers('mira')
    for (const n of [1, 2, 3, 4, 5, 6]) room.open('mira', `s${n}`)
    expect(room.closed).toEqual([{ socketId: 's1', code: 4409 }])
    expect(room.state.sockets).toBe(5)
  })

  test('L20 a full object turns newcomers away, but not somebody who replaces a socket of their own', () => {
    const room = new Bench({ ROOM_SOCKETS: 2, ROOM_SOCKETS_PER_USER: 2 })
    room.run({ type: 'channel.changed', channel: channel() })
    for (const name of ['mira', 'jonas']) room.run({ type: 'member.changed', member: member(name) })
    room.open('mira', 'a')
    room.open('mira', 'b')
    room.open('jonas')
    room.open('mira', 'c')
    expect(room.closed).toEqual([
      { socketId: 'jonas-1', code: 1013 },
      { socketId: 'a', code: 4409 },
    ])
    expect(room.state).toMatchObject({ sockets: 2, present: 1 })
  })
})

describe('how much one may send', () => {
  test('L19 120 frames a minute, over all sockets of a person, and reconnecting does not refill', () => {
    const room = Bench.withMembers('mira')
    room.open('mira', 'a')
    for (let n = 0; n < 119; n++) room.frame('mira', send(`n${n}`), 'a')
    room.open('mira', 'b')
    room.frame('mira', send('last'), 'b')
    expect(room.closed).toEqual([])
    room.frame('mira', send('over'), 'b')
    expect(room.closed).toEqual([{ socketId: 'b', code: 4408 }])
    room.open('mira', 'c')
    room.frame('mira', send('again'), 'c')
    expect(room.closed.at(-1)).toEqual({ socketId: 'c', code: 4408 })
    room.now += 60_000
    room.frame('mira', send('later'), 'a')
    expect(room.closed).toHaveLength(2)
    expect(room.state.ord).toBe(121)
  })

  test('L19 seen is not counted once a second, and is counted beyond that', () => {
    const room = new Bench({ ROOM_FRAMES_PER_MINUTE: 3 })
    room.run({ type: 'channel.changed', channel: channel() })
    room.run({ type: 'member.changed', member: member('mira') })
    room.open('mira')
    for (let n = 0; n < 10; n++) {
      room.frame('mira', { kind: 'seen', n })
      room.now += 1000
    }
    expect(room.closed).toEqual([])
    for (let n = 0; n < 5; n++) room.frame('mira', { kind: 'seen', n })
    expect(room.closed).toEqual([{ socketId: 'mira-1', code: 4408 }])
  })

  test('L19, L22 each socket of a person says for itself what it has seen, and is heard', () => {
    const room = new Bench({ ROOM_FRAMES_PER_MINUTE: 3 })
    room.run({ type: 'channel.changed', channel: channel() })
    room.run({ type: 'member.changed', member: member('mira') })
    for (const socketId of ['a', 'b', 'c']) room.open('mira', socketId)
    room.effects.length = 0
    for (let n = 0; n < 10; n++) {
      for (const socketId of ['a', 'b', 'c']) room.frame('mira', { kind: 'seen', n }, socketId)
      room.now += 1000
    }
    expect(room.closed).toEqual([])
    expect(room.effects.filter((effect) => effect.do === 'countSeen')).toHaveLength(30)
  })

  test('L9 what cannot be read closes with 4400, the tenth invalid frame in a minute too', () => {
    const room = Bench.withMembers('mira')
    room.open('mira', 'a')
    room.frame('mira', 'not json', 'a')
    expect(room.closed).toEqual([{ socketId: 'a', code: 4400 }])
    room.open('mira', 'b')
    room.heard()
    for (let n = 0; n < 9; n++) room.frame('mira', '{"type":"later","nonce":"n"}', 'b')
    room.now += 60_000
    for (let n = 0; n < 9; n++) room.frame('mira', '{"type":"message.send"}', 'b')
    expect(new Set(room.heard())).toEqual(new Set(['error']))
    expect(room.closed).toHaveLength(1)
    room.frame('mira', '{"type":"message.send"}', 'b')
    expect(room.closed.at(-1)).toEqual({ socketId: 'b', code: 4400 })
  })

  test('L21 typing is shown at most every 3 s', () => {
    const room = Bench.withMembers('mira')
    room.open('mira')
    const shown = () => room.effects.filter((effect) => effect.do === 'showTyping').length
    room.frame('mira', { kind: 'typing' })
    room.now += 2999
    room.frame('mira', { kind: 'typing' })
    expect(shown()).toBe(1)
    room.now += 1
    room.frame('mira', { kind: 'typing' })
    expect(shown()).toBe(2)
  })

  test('L21 typing names up to five and counts all, but never oneself', () => {
    const people = new Set(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    expect(typingEvent(people, null)).toEqual({ type: 'typing', userIds: ['a', 'b', 'c', 'd', 'e'], count: 7 })
    expect(typingEvent(people, 'a')).toEqual({ type: 'typing', userIds: ['b', 'c', 'd', 'e', 'f'], count: 6 })
    expect(typingEvent(new Set(['a']), 'a')).toBeNull()
  })

  test.each([
    [1, 0.032],
    [100, 3.2],
    [500, 16],
    [1000, 32],
    [8000, 250],
  ])('L7 with %i sockets the window is %f ms', (sockets, ms) => expect(windowMs(limits, sockets)).toBeCloseTo(ms))

  test.each([
    [100, 0, 3.2],
    [100, 2, 3.2],
    [100, 5, 8],
    [100, 1000, 22.4],
    [500, 1, 16],
    [500, 4, 32],
    [500, 1000, 48],
    [8000, 1000, 250],
    [0, 1000, 0],
  ])('L7 with %i sockets and %i events in the last flush the window is %f ms', (sockets, events, ms) =>
    expect(windowMs(limits, sockets, { events, gapMs: 1e9 })).toBeCloseTo(ms),
  )

  test.each([
    [100, 1, 20, 3.2],
    [100, 1, 5, 9.6],
    [100, 10, 5, 16],
    [500, 1, 65, 16],
    [500, 1, 20, 48],
    [500, 1000, 20, 48],
    [8000, 1, 20, 250],
  ])(
    'L7 with %i sockets, where a flush of %i events came %i ms after another, the window is %f ms',
    (...[sockets, events, gapMs, ms]) => expect(windowMs(limits, sockets, { events, gapMs })).toBeCloseTo(ms),
  )
})

describe('how a socket goes on', () => {
  const resume = (since: number | null) => {
    const room = new Bench({ ROOM_LOG_EVENTS: 10 })
    room.run({ type: 'channel.changed', channel: channel() })
    room.run({ type: 'member.changed', member: member('mira') })
    for (let n = 0; n < 19; n++) room.say('mira', `${n}`)
    room.effects.length = 0
    room.open('mira', 'a', since)
    const admit = room.effects.find((effect) => effect.do === 'admit')
    return admit?.do === 'admit' ? admit.resume : null
  }

  test.each([
    [null, 'live'],
    [20, 'replay'],
    [10, 'replay'],
    [9, 'resync'],
    [0, 'resync'],
    [21, 'resync'],
  ])('L4, L13 at seq 20 with a log of 10, since=%s: %s', (since, how) => expect(resume(since)).toBe(how))
})

describe('what people say they are doing', () => {
  const set = (room: Bench, userId: string, status: object) =>
    room.frame(userId, JSON.stringify({ type: 'status.set', ...status }))
  const until = new Date(1_060_000).toISOString()

  test('all hear of it, who comes later sees it, and it ends when it said it would', () => {
    const room = Bench.withMembers('mira', 'jonas', 'wen')
    room.open('mira')
    room.told.length = 0
    set(room, 'mira', { state: 'studying', text: 'Topology', until })
    const shown = { state: 'studying', text: 'Topology', until }
    expect(room.told).toEqual([{ to: 'all', event: { type: 'presence.changed', userId: 'mira', ...shown } }])
    const presentFor = (userId: string) => {
      room.open(userId)
      const ready = room.told.at(-1)?.event
      return ready?.type === 'ready' ? ready.present.members?.find(({ user }) => user.id === 'mira') : null
    }
    expect(presentFor('jonas')).toMatchObject(shown)
    room.now += 60_000
    expect(presentFor('wen')).toEqual({ user: expect.anything(), state: 'online' })
    expect(JSON.stringify([...room.sql.exec('SELECT * FROM due')])).not.toContain('Topology')
  })

  test('L14 it is kept by the sockets and by nothing that is stored', () => {
    const room = Bench.withMembers('mira')
    room.open('mira')
    const { seq } = room.state
    set(room, 'mira', { state: 'break' })
    expect(room.effects.filter((effect) => effect.do === 'keepStatus')).toHaveLength(1)
    expect(room.state.seq).toBe(seq)
  })

  test('who turns invisible goes, who turns visible comes, and in between nobody hears of them', () => {
    const room = Bench.withMembers('mira', 'jonas')
    room.open('mira')
    room.open('jonas')
    room.told.length = 0
    set(room, 'mira', { state: 'invisible' })
    expect(room.told.splice(0)).toEqual([
      { to: 'all', event: { type: 'presence.changed', userId: 'mira', state: 'offline' } },
    ])
    expect(room.state.present).toBe(1)
    room.frame('mira', { kind: 'typing' })
    expect(room.effects.filter((effect) => effect.do === 'showTyping')).toEqual([])
    room.open('mira', 'second')
    const ready = room.told.splice(0)
    expect(ready).toMatchObject([
      {
        event: {
          type: 'ready',
          self: { state: 'invisible' },
          present: { count: 1, members: [{ user: { id: 'jonas' } }] },
        },
      },
    ])
    room.close('mira', 'second')
    room.close('mira')
    expect(room.told).toEqual([])
    expect(room.log.agenda.listGraces()).toEqual([])
    room.open('mira')
    set(room, 'mira', { state: 'invisible' })
    room.told.length = 0
    set(room, 'mira', { state: 'idle', text: 'back' })
    expect(room.told).toEqual([
      { to: 'all', event: { type: 'presence.changed', userId: 'mira', state: 'idle', text: 'back' } },
    ])
    expect(room.state.present).toBe(2)
  })

  test('who arrives unseen is told to nobody, and is closed like anyone when they lose the right to be here', () => {
    const room = Bench.withMembers('mira', 'jonas')
    room.open('jonas')
    room.told.length = 0
    room.open('mira', 'a', null, { invisible: true })
    expect(room.told.splice(0)).toMatchObject([{ to: 'a', event: { type: 'ready', present: { count: 1 } } }])
    room.run({ type: 'member.changed', member: member('mira', { rev: 2, state: 'banned' }) })
    expect(room.closed).toEqual([{ socketId: 'a', code: 4403 }])
    expect(room.heard()).toEqual(['member.left'])
    expect(room.state).toMatchObject({ present: 1, sockets: 1 })
  })

  test('above 100 present nobody is told of one', () => {
    const names = Array.from({ length: 101 }, (_, n) => `u${n}`)
    const room = Bench.withMembers(...names)
    for (const name of names) room.open(name)
    room.told.length = 0
    set(room, 'u1', { state: 'studying' })
    expect(room.told).toEqual([])
  })

  test('L15a ready tells whom of the members one has blocked, later changes come to the own sockets alone', () => {
    const room = Bench.withMembers('mira', 'jonas')
    room.open('jonas')
    room.open('mira', 'a', null, { blockedIds: ['jonas'] })
    expect(room.told.at(-1)).toMatchObject({ to: 'a', event: { type: 'ready', blockedIds: ['jonas'] } })
    room.told.length = 0
    room.run({ type: 'blocks.changed', userId: 'mira', blockedIds: [] })
    expect(room.told).toEqual([{ to: 'mira', event: { type: 'blocks.changed', blockedIds: [] } }])
  })
})
