import { describe, expect, test } from 'vitest'
import { member } from './replicas'
import { Bench } from './support'

/** What members let others see of them, by their settings. */

const hidden = (rev = 1) => member('mira', { showsPresence: false, rev })

const present = (room: Bench) => {
  room.open('wen', `wen-${room.told.length}`)
  const ready = room.told.findLast(({ event }) => event.type === 'ready')?.event
  return ready?.type === 'ready' ? ready.present.members?.map(({ user }) => user.id) : null
}

describe('presence', () => {
  test('L18b who hides it comes, works and goes without anybody hearing it, and is not counted', () => {
    const room = Bench.withMembers(hidden(), 'jonas', 'wen')
    room.open('jonas')
    room.told.length = 0
    room.open('mira')
    room.frame('mira', JSON.stringify({ type: 'status.set', state: 'studying' }))
    room.frame('mira', '{"type":"typing"}')
    room.close('mira')
    room.run({ type: 'grace.ended', userId: 'mira' })
    expect(room.heard()).toEqual(['ready'])
    expect(room.effects.filter((effect) => effect.do === 'showTyping')).toEqual([])
    expect([room.state.present, present(room)]).toEqual([1, ['jonas', 'wen']])
  })

  test('L18b a change of the setting is heard at once, either way', () => {
    const room = Bench.withMembers('mira', 'jonas')
    room.open('jonas')
    room.open('mira')
    room.told.length = 0
    room.run({ type: 'member.changed', member: hidden(2) })
    room.run({ type: 'member.changed', member: member('mira', { rev: 3 }) })
    const changes = room.told.map(({ event }) =>
      event.type === 'presence.changed' && 'state' in event ? event.state : event.type,
    )
    expect(changes).toEqual(['offline', 'online'])
    expect(room.state.present).toBe(2)
  })
})

describe('read marks', () => {
  test('L18b hidden receipts are hidden both ways, and one hears of one’s own', () => {
    const room = Bench.withMembers(member('mira', { showsReads: false }), 'jonas', 'wen')
    for (const userId of ['mira', 'jonas', 'wen']) room.open(userId)
    room.say('wen', 'hello')
    const told = (userId: string) => {
      room.told.length = 0
      room.command(userId, { type: 'read', seq: room.state.seq })
      return room.told.map(({ to }) => to).sort()
    }
    expect([told('mira'), told('jonas')]).toEqual([['mira'], ['jonas', 'wen']])
  })
})
