import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Reading } from '../../src/channels/live/reading'
import { member } from './replicas'
import { Bench } from './support'

/** What is counted behind somebody's mark: remembered, it has to be what it would be if it were counted anew. */

const people = ['owner', 'mira', 'jonas']
const texts = ['plain', '@mira look', '@jonas and @mira', '@room now']
const act = fc.record({
  who: fc.constantFrom(...people),
  what: fc.constantFrom('say', 'say', 'say', 'edit', 'delete', 'read', 'count'),
  text: fc.constantFrom(...texts),
  at: fc.nat(20),
})

const roomOfThree = () => Bench.withMembers(member('owner', { role: 'owner' }), 'mira', 'jonas')
const countedAnew = (room: Bench) => people.map((userId) => new Reading(room.sql).tally(userId))
const counted = (room: Bench) => people.map((userId) => room.log.reading.tally(userId))

test('L29 what is remembered of the messages behind a mark is what they are, whatever is said, edited, deleted and read', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const room = roomOfThree()
      const said: string[] = []
      for (const { who, what, text, at } of acts) {
        const messageId = said[at % Math.max(1, said.length)] ?? ''
        if (what === 'say') said.push(room.say(who, text))
        else if (what === 'edit') room.command(who, { type: 'message.edit', messageId, text })
        else if (what === 'delete') room.command(who, { type: 'message.delete', messageId })
        else if (what === 'read') room.command(who, { type: 'read', seq: at })
        else expect(counted(room)).toEqual(countedAnew(room))
      }
      expect(counted(room)).toEqual(countedAnew(room))
    }),
    { numRuns: 300 },
  )
})

test('L29 of more than a thousand messages behind a mark the first thousand are counted, however often it is asked', () => {
  const room = roomOfThree()
  const sayMany = (count: number) => {
    for (let n = 0; n < count; n += 1) room.say(people[n % 2] ?? '', '@jonas')
  }
  for (const [many, of] of [
    [700, 700],
    [700, 1000],
    [50, 1000],
  ] as const) {
    sayMany(many)
    expect(room.log.reading.tally('jonas')).toMatchObject({ own: 0, mentions: of })
    expect(room.log.reading.tally('mira')).toMatchObject({ own: of / 2, mentions: 0 })
    expect(counted(room)).toEqual(countedAnew(room))
  }
})
