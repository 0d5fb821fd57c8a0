import { expect, test } from 'vitest'
import { channel } from '../live/replicas'
import { Bench } from '../live/support'

const freeze = (room: Bench, rev: number, frozen: boolean) =>
  room.run({ type: 'channel.changed', channel: channel({ rev, kind: 'conversation', frozen }) })

function frozenRoom(): Bench {
  const room = Bench.withMembers('mira', 'jonas')
  room.open('mira')
  room.say('mira', 'one')
  freeze(room, 2, true)
  room.told.length = 0
  return room
}

const events = (room: Bench) => room.told.filter(({ to }) => to === 'all').map(({ event }) => event)

test('L24d whoever is there when a conversation freezes disappears from it, and shows again when it thaws', () => {
  const room = Bench.withMembers('mira', 'jonas')
  room.open('mira')
  room.told.length = 0
  freeze(room, 2, true)
  expect(events(room)).toEqual([{ type: 'presence.changed', count: 0, members: [] }])
  freeze(room, 3, false)
  expect(events(room).at(-1)).toMatchObject({
    type: 'presence.changed',
    count: 1,
    members: [{ user: { id: 'mira' }, state: 'online' }],
  })
})

test('L24d in a frozen conversation nobody hears of coming, going, typing, status or reading', () => {
  const room = frozenRoom()
  room.open('jonas')
  const ready = room.told.find(({ to }) => to === 'jonas-1')?.event
  expect(ready).toMatchObject({ type: 'ready', present: { count: 0, members: [] } })
  room.frame('jonas', '{"type":"typing"}')
  room.frame('jonas', '{"type":"status.set","state":"studying"}')
  room.frame('jonas', '{"type":"read","seq":1}')
  room.now += 60 * 60_000
  room.close('jonas')
  room.run({ type: 'grace.ended', userId: 'jonas' })
  expect(events(room)).toEqual([])
  expect(room.effects.filter((effect) => effect.do === 'showTyping')).toEqual([])
  expect(room.told.filter(({ event }) => event.type === 'read.updated').map(({ to }) => to)).toEqual(['jonas'])
})
