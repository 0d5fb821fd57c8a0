import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DayZone } from '../../src/study/contract'
import {
  changeZone,
  cutByDay,
  dateOf,
  dayAt,
  numberOf,
  periodAround,
  startOfDay,
  zoneAt,
} from '../../src/study/rules/days'
import { zones } from './zones'

const hour = 3_600_000
const at = (iso: string) => Date.parse(iso)

const zone = fc.record({ timezone: fc.constantFrom(...zones), dayStartHour: fc.integer({ min: 0, max: 23 }) })
const moment = fc.integer({ min: at('2005-01-01T00:00:00Z') / 1000, max: at('2036-12-31T00:00:00Z') / 1000 })

/** Slow and obvious: the date on the wall, minute by minute since three days ago, and never back to a day that was over. */
function slowDay(now: number, { timezone, dayStartHour }: DayZone): string {
  let latest = ''
  for (let t = now - 72 * hour; t <= now; t += 15 * 60_000) latest = later(latest, t)
  return later(latest, now)
  function later(known: string, t: number): string {
    const shown = new Date(t).toLocaleString('sv-SE', { timeZone: timezone })
    const isBefore = Number(shown.slice(11, 13)) < dayStartHour
    const on = isBefore ? new Date(at(`${shown.slice(0, 10)}T00:00:00Z`) - 24 * hour).toISOString() : shown
    return on.slice(0, 10) > known ? on.slice(0, 10) : known
  }
}

describe('days of a person', () => {
  test('S10 the day of any moment is that of the wall clock, whatever the zone and the hour at which days start', () => {
    fc.assert(
      fc.property(moment, zone, (seconds, where) => {
        // Transitions are at whole quarters of an hour since 2012; before, St. John's had its own a minute past midnight.
        const now = Math.max(seconds * 1000, at('2012-01-01T00:00:00Z'))
        expect(dateOf(dayAt(now, where))).toBe(slowDay(now, where))
      }),
      { numRuns: 60 },
    )
  })

  test('S10 every moment belongs to exactly one day, and days follow each other without a gap', () => {
    fc.assert(
      fc.property(moment, zone, (seconds, where) => {
        const now = seconds * 1000
        const day = dayAt(now, where)
        expect(startOfDay(day, where)).toBeLessThanOrEqual(now)
        expect(startOfDay(day + 1, where)).toBeGreaterThan(now)
        expect(dayAt(startOfDay(day + 1, where), where)).toBe(day + 1)
        expect(dayAt(startOfDay(day + 1, where) - 1, where)).toBe(day)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['Europe/Berlin', 0, '2026-03-29', 23],
    ['Europe/Berlin', 0, '2026-10-25', 25],
    ['Europe/Berlin', 3, '2026-03-28', 23],
    ['America/New_York', 4, '2026-10-31', 25],
    ['America/Havana', 0, '2026-03-08', 23],
    ['Australia/Lord_Howe', 0, '2026-04-05', 24.5],
    ['UTC', 5, '2028-02-29', 24],
  ])('S10 in %s with a start at %i, %s has %f hours', (timezone, dayStartHour, on, hours) => {
    const where = { timezone, dayStartHour }
    expect(startOfDay(numberOf(on) + 1, where) - startOfDay(numberOf(on), where)).toBe(hours * hour)
  })

  test('S10 a day that would start in the hour that is missing starts when the clock has jumped', () => {
    const where = { timezone: 'Europe/Berlin', dayStartHour: 2 }
    expect(new Date(startOfDay(numberOf('2026-03-29'), where)).toISOString()).toBe('2026-03-29T01:00:00.000Z')
  })

  test('S10 a day that would start in the hour that comes twice starts the first time', () => {
    const where = { timezone: 'Europe/Berlin', dayStartHour: 2 }
    expect(new Date(startOfDay(numberOf('2026-10-25'), where)).toISOString()).toBe('2026-10-25T00:00:00.000Z')
    expect(dateOf(dayAt(at('2026-10-25T01:30:00Z'), where))).toBe('2026-10-25')
  })

  test('S10 cut by day, a span loses and repeats nothing', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 4 * 86_400 }), zone, (seconds, length, where) => {
        const span = { from: seconds * 1000, to: (seconds + length) * 1000 }
        const parts = cutByDay(span, where)
        expect(parts[0]?.from).toBe(span.from)
        expect(parts.at(-1)?.to).toBe(span.to)
        for (const [n, part] of parts.entries()) {
          expect(part.to).toBeGreaterThan(part.from)
          expect(dayAt(part.from, where)).toBe(part.day)
          expect(dayAt(part.to - 1, where)).toBe(part.day)
          if (n > 0) expect(part.from).toBe(parts[n - 1]?.to)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('a change of zone', () => {
  test('S11 takes effect with the next day, and jumps over what the calendar jumps over', () => {
    const home = { timezone: 'America/Los_Angeles', dayStartHour: 0 }
    const away = { timezone: 'Asia/Tokyo', dayStartHour: 0 }
    const now = at('2026-11-26T20:00:00Z')
    const east = changeZone(now, home, away)
    expect(new Date(east.from).toISOString()).toBe('2026-11-27T08:00:00.000Z')
    expect([dateOf(east.on), east.skipped]).toEqual(['2026-11-27', 0])
    const far = changeZone(
      now,
      { timezone: 'Pacific/Pago_Pago', dayStartHour: 0 },
      { timezone: 'Pacific/Kiritimati', dayStartHour: 0 },
    )
    expect([dateOf(far.on), far.skipped]).toEqual(['2026-11-28', 1])
  })

  test('S11 whatever the change, the day that runs is left alone and no more than two dates are jumped over', () => {
    fc.assert(
      fc.property(moment, zone, zone, (seconds, old, next) => {
        const now = seconds * 1000
        const { from, on, skipped } = changeZone(now, old, next)
        const changes = [{ ...next, from }]
        expect(zoneAt(now, changes, old)).toBe(old)
        expect(dayAt(from - 1, old)).toBe(dayAt(now, old))
        expect(zoneAt(from, changes, old)).toMatchObject(next)
        expect(dayAt(from, next)).toBe(on)
        expect(skipped).toBeLessThanOrEqual(2)
      }),
      { numRuns: 200 },
    )
  })
})

test('weeks start on Monday and months have their own days, in leap years too', () => {
  const around = (on: string, period: 'week' | 'month') => {
    const { first, last } = periodAround(numberOf(on), period)
    return [dateOf(first), dateOf(last)]
  }
  expect(around('2026-11-26', 'week')).toEqual(['2026-11-23', '2026-11-29'])
  expect(around('2026-11-29', 'week')).toEqual(['2026-11-23', '2026-11-29'])
  expect(around('2028-02-29', 'month')).toEqual(['2028-02-01', '2028-02-29'])
  expect(around('2026-12-31', 'month')).toEqual(['2026-12-01', '2026-12-31'])
})
