import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextDate, type Recurrence } from '../../src/shared/recurrence'
import { instantOf, localOf } from '../../src/shared/zones'

const rule = (over: Partial<Recurrence>): Recurrence => ({ frequency: 'daily', interval: 1, weekdays: [], ...over })

test.each<[string, Recurrence, startsOn: string, after: string, next: string | null]>([
  ['the next day', rule({}), '2026-02-28', '2026-02-28', '2026-03-01'],
  ['every third day, counted from the first', rule({ interval: 3 }), '2026-01-01', '2026-01-05', '2026-01-07'],
  ['the same weekday', rule({ frequency: 'weekly' }), '2026-01-07', '2026-01-07', '2026-01-14'],
  [
    'the next of several weekdays',
    rule({ frequency: 'weekly', weekdays: [1, 3, 5] }),
    '2026-01-05',
    '2026-01-05',
    '2026-01-07',
  ],
  ['over the weekend', rule({ frequency: 'weekly', weekdays: [5, 1] }), '2026-01-05', '2026-01-09', '2026-01-12'],
  [
    'every second week',
    rule({ frequency: 'weekly', interval: 2, weekdays: [1, 2] }),
    '2026-01-05',
    '2026-01-06',
    '2026-01-19',
  ],
  ['the same day of the month', rule({ frequency: 'monthly' }), '2026-01-15', '2026-01-15', '2026-02-15'],
  ['the 31st in a short month', rule({ frequency: 'monthly' }), '2026-01-31', '2026-01-31', '2026-02-28'],
  ['the 31st after a short month', rule({ frequency: 'monthly' }), '2026-01-31', '2026-02-28', '2026-03-31'],
  ['the 30th in February of a leap year', rule({ frequency: 'monthly' }), '2028-01-30', '2028-01-30', '2028-02-29'],
  ['the last day within ten years', rule({}), '2026-01-01', '2035-12-31', '2036-01-01'],
  ['nothing after ten years', rule({}), '2026-01-01', '2036-01-01', null],
  [
    'nothing every 99 months after that',
    rule({ frequency: 'monthly', interval: 99 }),
    '2026-01-01',
    '2034-04-01',
    null,
  ],
])('%s', (_what, recurrence, startsOn, after, next) => {
  expect(nextDate(recurrence, { startsOn, after })).toBe(next)
})

test('the ten years may have begun earlier', () => {
  expect(nextDate(rule({}), { startsOn: '2026-05-05', after: '2026-05-05', beganOn: '2016-05-06' })).toBe('2026-05-06')
  expect(nextDate(rule({}), { startsOn: '2026-05-05', after: '2026-05-05', beganOn: '2016-05-05' })).toBe(null)
})

test.each([
  ['an ordinary time', '2026-01-15', '09:30', 'Europe/Berlin', '2026-01-15T08:30:00.000Z'],
  ['the same in summer', '2026-07-15', '09:30', 'Europe/Berlin', '2026-07-15T07:30:00.000Z'],
  ['a time that is left out', '2026-03-29', '02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['a time that comes twice', '2026-10-25', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['far in the east', '2026-01-01', '00:15', 'Pacific/Kiritimati', '2025-12-31T10:15:00.000Z'],
  ['half an hour of summer', '2026-01-01', '12:00', 'Australia/Lord_Howe', '2026-01-01T01:00:00.000Z'],
  ['a day that Samoa left out', '2011-12-30', '12:00', 'Pacific/Apia', '2011-12-30T22:00:00.000Z'],
])('%s: %s %s in %s', (_what, date, time, zone, instant) => {
  expect(new Date(instantOf(date, time, zone)).toISOString()).toBe(instant)
})

test('what the clocks show leads back to the same minute, in every zone', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Chatham', 'Africa/Casablanca']
  const minute = 60_000
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 4_000_000_000 }), (zone, seconds) => {
      const at = Math.floor((seconds * 1000) / minute) * minute
      const { date, time } = localOf(at, zone)
      const back = instantOf(date, time, zone)
      // Of a time that comes twice it is the first.
      expect(localOf(back, zone)).toEqual({ date, time })
      expect(at - back === 0 || (at > back && at - back <= 60 * minute)).toBe(true)
    }),
  )
})
