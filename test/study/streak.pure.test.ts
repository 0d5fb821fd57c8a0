import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeZone, dateOf, dayAt, numberOf } from '../../src/study/rules/days'
import { noStreak, streakFrom, streakOn, streakSeconds } from '../../src/study/rules/streak'
import { levelOf, levelStart, xpFor } from '../../src/study/rules/xp'
import { zones } from './zones'

const full = (on: string) => ({ on, seconds: streakSeconds })
const run = (first: string, length: number) => Array.from({ length }, (_, n) => full(dateOf(numberOf(first) + n)))

/** Slow and obvious: every day of the calendar, one after the other. */
function slowStreak(studied: ReadonlySet<string>, first: string, today: string) {
  let [days, longest, freezes, inARow] = [0, 0, 0, 0]
  for (let day = numberOf(first); dateOf(day) <= today; day += 1) {
    if (studied.has(dateOf(day))) {
      days += 1
      inARow += 1
      if (inARow === 7) {
        inARow = 0
        freezes = Math.min(2, freezes + 1)
      }
    } else if (dateOf(day) === today) continue
    else {
      inARow = 0
      if (freezes > 0 && days > 0) freezes -= 1
      else days = 0
    }
    longest = Math.max(longest, days)
  }
  return { days, longest, freezes }
}

describe('streaks', () => {
  test('S15 equal a walk over every day of the calendar, over month ends and leap days', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('2023-12-25', '2028-02-20', '2026-11-26', '2099-12-30'),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 120 }),
        (first, dice) => {
          const studied = [first, ...dice.flatMap((n, at) => (n < 8 ? [dateOf(numberOf(first) + 1 + at)] : []))]
          const today = dateOf(numberOf(first) + dice.length + 1)
          const { days, longest, freezes } = streakOn(streakFrom(studied.map(full), []), today, [])
          expect({ days, longest, freezes }).toEqual(slowStreak(new Set(studied), first, today))
        },
      ),
    )
  })

  test('S15 a day needs ten counted minutes', () => {
    expect(streakFrom([{ on: '2026-11-26', seconds: 599 }], [])).toEqual(noStreak)
    expect(streakFrom([{ on: '2026-11-26', seconds: 600 }], []).days).toBe(1)
  })

  test('S15 today is not missed before it is over', () => {
    const streak = streakFrom(run('2026-11-20', 3), [])
    expect(streakOn(streak, '2026-11-23', [])).toMatchObject({ days: 3, today: false })
    expect(streakOn(streak, '2026-11-24', [])).toMatchObject({ days: 0 })
  })

  test('S16 seven days in a row earn a freeze, two at most, and a missed day uses one by itself', () => {
    const streak = streakFrom(run('2026-11-01', 21), [])
    expect(streak).toMatchObject({ days: 21, freezes: 2 })
    expect(streakOn(streak, '2026-11-24', [])).toMatchObject({ days: 21, freezes: 0, frozenDays: 2 })
    expect(streakOn(streak, '2026-11-25', [])).toMatchObject({ days: 0, freezes: 0 })
    const over = streakFrom([...run('2026-11-01', 21), full('2026-11-24')], [])
    expect(over).toMatchObject({ days: 22, freezes: 0, towardsFreeze: 1 })
  })

  test('S11 no change of zone breaks a streak of somebody who studies every day of their own', () => {
    const zone = fc.record({ timezone: fc.constantFrom(...zones), dayStartHour: fc.integer({ min: 0, max: 23 }) })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }),
        fc.array(zone, { minLength: 2, maxLength: 12 }),
        (offset, places) => {
          let now = Date.parse('2026-01-01T12:00:00Z') + offset * 3_600_000
          const studied = new Set<string>()
          const skips: { on: string; days: number }[] = []
          for (const [n, here] of places.entries()) {
            studied.add(dateOf(dayAt(now, here)))
            const next = places[n + 1]
            if (!next) continue
            const { from, on, skipped } = changeZone(now, here, next)
            if (skipped > 0) skips.push({ on: dateOf(on), days: skipped })
            now = from
          }
          const history = [...studied].sort().map(full)
          const streak = streakFrom(history, skips)
          expect(streak.days).toBe(history.length)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('experience', () => {
  test('S13 two for each counted minute, whole minutes only', () => {
    expect([xpFor(0), xpFor(59), xpFor(60), xpFor(7200)]).toEqual([0, 0, 2, 240])
  })

  test('S14 level n starts at 150 n (n - 1)', () => {
    expect([1, 2, 3, 4].map(levelStart)).toEqual([0, 300, 900, 1800])
    expect([0, 299, 300, 899, 900].map(levelOf)).toEqual([1, 1, 2, 2, 3])
    for (let level = 1; level <= 2000; level += 1) {
      expect(levelOf(levelStart(level))).toBe(level)
      expect(levelOf(levelStart(level + 1) - 1)).toBe(level)
    }
  })
})
