import { expect, test } from 'vitest'
import { markEveryMs, markTurn } from '../../src/channels/live/report'
import { newId } from '../../src/shared/ids'

const people = Array.from({ length: 600 }, () => newId('user'))

test('L29 in a busy room everybody has one turn in each minute, never at once and never later than in a minute', () => {
  for (const userId of people.slice(0, 50))
    for (let now = 1_800_000_000_000; now < 1_800_000_120_000; now += 1700) {
      const turn = markTurn(userId, now)
      expect(turn - now).toBeGreaterThan(0)
      expect(turn - now).toBeLessThanOrEqual(markEveryMs)
      expect(markTurn(userId, turn)).toBe(turn + markEveryMs)
    }
})

test('L29 the turns of many are spread over the minute', () => {
  const turns = Map.groupBy(people, (userId) => markTurn(userId, 1_800_000_000_000))
  expect(turns.size).toBeGreaterThan(50)
  expect(Math.max(...[...turns.values()].map(({ length }) => length))).toBeLessThan(40)
})
