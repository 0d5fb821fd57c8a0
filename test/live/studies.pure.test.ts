import { describe, expect, test } from 'vitest'
import type { ServerEvent } from '../../src/channels/live/protocol'
import type { RoomStudy } from '../../src/channels/live/study-contract'
import { Studies } from '../../src/channels/live/study-log'
import { channel, member } from './replicas'
import { Bench } from './support'

/** Who of those present studies in the room, what and since when (docs/study.md S21). */

const began = 1_000_000
const hour = 3_600_000

const studying = (over: Partial<RoomStudy> = {}): RoomStudy => ({
  ...{ state: 'active', since: began, startedAt: began, subject: { id: 'sub_1', name: 'Algebra' }, task: 'Rings' },
  ...{ until: began + 2 * hour, ...over },
})

const shown = (over: object = {}) => ({
  ...{ state: 'active', since: new Date(began).toISOString(), startedAt: new Date(began).toISOString() },
  ...{ subject: { id: 'sub_1', name: 'Algebra' }, task: 'Rings', ...over },
})

const tells = (room: Bench, study: RoomStudy | null, rev: number, userId = 'mira') =>
  room.run({ type: 'study.changed', news: { userId, study, rev } })

/** What all were told since the last look. */
const heard = (room: Bench): ServerEvent[] =>
  room.told.splice(0).flatMap(({ to, event }) => (to === 'all' && event.type === 'presence.changed' ? [event] : []))

/** As what somebody is shown to who comes now. */
function seen(room: Bench, userId = 'mira') {
  room.open('wen', `wen-${room.effects.length}`)
  const ready = room.told.findLast(({ event }) => event.type === 'ready')?.event
  return ready?.type === 'ready' ? ready.present.members?.find(({ user }) => user.id === userId)?.study : undefined
}

function roomOfTwo(...over: Parameters<typeof Bench.withMembers>): Bench {
  const room = Bench.withMembers(...(over.length > 0 ? over : ['mira']), 'wen')
  room.open('wen')
  room.open('mira')
  room.told.length = 0
  return room
}

describe('what somebody studies', () => {
  test('S21 is told to all when it begins, changes and ends, and shown to who comes later', () => {
    const room = roomOfTwo()
    tells(room, studying(), 1)
    expect(heard(room)).toEqual([{ type: 'presence.changed', userId: 'mira', state: 'online', study: shown() }])
    expect(seen(room)).toEqual(shown())
    room.told.length = 0
    tells(room, studying({ state: 'pause', since: began + 60_000, task: null }), 2)
    const paused = shown({ state: 'pause', since: new Date(began + 60_000).toISOString(), task: null })
    expect(heard(room)).toEqual([{ type: 'presence.changed', userId: 'mira', state: 'online', study: paused }])
    tells(room, null, 3)
    expect(heard(room)).toEqual([{ type: 'presence.changed', userId: 'mira', state: 'online' }])
    expect(seen(room)).toBeUndefined()
  })

  test('S21 stays beside what they say they are doing', () => {
    const room = roomOfTwo()
    tells(room, studying(), 1)
    room.told.length = 0
    room.frame('mira', JSON.stringify({ type: 'status.set', state: 'break', text: 'Tea' }))
    expect(heard(room)).toEqual([
      { type: 'presence.changed', userId: 'mira', state: 'break', text: 'Tea', study: shown() },
    ])
    tells(room, null, 2)
    expect(heard(room)).toEqual([{ type: 'presence.changed', userId: 'mira', state: 'break', text: 'Tea' }])
  })

  test('S21 is told to nobody where nothing of it is seen to change', () => {
    const room = roomOfTwo()
    tells(room, null, 1)
    expect(heard(room)).toEqual([])
    tells(room, studying(), 5)
    room.told.length = 0
    tells(room, studying({ until: began + 5 * hour }), 6)
    tells(room, studying({ until: began + 5 * hour }), 6)
    expect(heard(room)).toEqual([])
  })

  test('S21 older news that comes late changes nothing, also when all is over', () => {
    const room = roomOfTwo()
    tells(room, studying({ task: 'Fields' }), 5)
    tells(room, studying(), 4)
    expect(seen(room)?.task).toBe('Fields')
    tells(room, null, 6)
    room.told.length = 0
    tells(room, studying(), 5)
    expect([heard(room), seen(room)]).toEqual([[], undefined])
  })

  test('S21 stands before they come, and comes with them', () => {
    const room = Bench.withMembers('mira', 'wen')
    room.open('wen')
    room.told.length = 0
    tells(room, studying(), 1)
    expect(heard(room)).toEqual([])
    room.open('mira')
    expect(heard(room)).toEqual([{ type: 'presence.changed', userId: 'mira', state: 'online', study: shown() }])
  })

  test('S21 outlives sleep', () => {
    const room = roomOfTwo()
    tells(room, studying(), 1)
    const woken = new Studies(room.sql)
    expect(woken.find('mira')).toEqual({ userId: 'mira', study: studying(), rev: 1 })
  })

  test('S21 ends at its time by itself where nobody calls it off', () => {
    const room = roomOfTwo()
    tells(room, studying(), 1)
    room.told.length = 0
    room.now = began + 2 * hour - 1
    expect(room.log.studies.listOver(room.now)).toEqual([])
    room.now += 1
    expect(seen(room)).toBeUndefined()
    room.told.length = 0
    for (const news of room.log.studies.listOver(room.now)) room.run({ type: 'study.changed', news })
    expect(heard(room)).toEqual([{ type: 'presence.changed', userId: 'mira', state: 'online' }])
    expect(room.log.studies.listOver(room.now)).toEqual([])
    tells(room, studying({ until: began + 3 * hour }), room.now)
    expect(heard(room)).toHaveLength(1)
  })

  test('S21 is forgotten an hour after it is over, and with its person', () => {
    const room = roomOfTwo('mira', 'jonas')
    tells(room, null, began)
    tells(room, studying(), began + hour, 'jonas')
    expect(room.log.study('mira')).not.toBeNull()
    tells(room, studying({ task: null }), began + hour + 1, 'jonas')
    expect(room.log.study('mira')).toBeNull()
    room.log.studies.forget('jonas')
    expect(new Studies(room.sql).find('jonas')).toBeNull()
  })
})

describe('who lets others see it', () => {
  const hidden = member('mira', { showsStudy: false })

  test('S21 nobody hears of what is not for them, in no way', () => {
    const room = roomOfTwo(hidden)
    tells(room, studying(), 1)
    room.frame('mira', JSON.stringify({ type: 'status.set', state: 'idle' }))
    expect([heard(room), seen(room)]).toEqual([
      [{ type: 'presence.changed', userId: 'mira', state: 'idle' }],
      undefined,
    ])
  })

  test.each([
    ['hides presence', member('mira', { showsPresence: false }), null],
    ['is invisible', member('mira'), '{"type":"status.set","state":"invisible"}'],
  ])('S21 who %s is not told to study', (_, who, frame) => {
    const room = roomOfTwo(who)
    if (frame) room.frame('mira', frame)
    room.told.length = 0
    tells(room, studying(), 1)
    expect([heard(room), seen(room)]).toEqual([[], undefined])
  })

  test('S21 a change of the setting is heard at once, either way, by those who see a difference', () => {
    const room = roomOfTwo()
    room.run({ type: 'member.changed', member: member('mira', { rev: 2, showsStudy: false }) })
    expect(heard(room)).toEqual([])
    tells(room, studying(), 1)
    expect(heard(room)).toEqual([])
    room.run({ type: 'member.changed', member: member('mira', { rev: 3 }) })
    room.run({ type: 'member.changed', member: member('mira', { rev: 4, showsStudy: false }) })
    const told = { type: 'presence.changed', userId: 'mira', state: 'online' }
    expect(heard(room)).toEqual([{ ...told, study: shown() }, told])
  })

  test('S21 who shows their presence anew shows what they study with it', () => {
    const room = roomOfTwo(member('mira', { showsPresence: false }))
    tells(room, studying(), 1)
    room.run({ type: 'member.changed', member: member('mira', { rev: 2 }) })
    expect(heard(room)).toEqual([{ type: 'presence.changed', userId: 'mira', state: 'online', study: shown() }])
  })

  test('S21 above 100 present nobody is told of one, and in a frozen conversation nobody at all', () => {
    const names = Array.from({ length: 101 }, (_, n) => `u${n}`)
    const room = Bench.withMembers(...names)
    for (const name of names) room.open(name)
    room.told.length = 0
    tells(room, studying(), 1, 'u0')
    expect(heard(room)).toEqual([])
    const two = roomOfTwo()
    two.run({ type: 'channel.changed', channel: channel({ kind: 'conversation', frozen: true, rev: 2 }) })
    two.told.length = 0
    tells(two, studying(), 1)
    expect(heard(two)).toEqual([])
  })
})
