import { describe, expect, test } from 'vitest'
import { nextDigest, quietUntil } from '../../src/notifications/quiet'
import type { QuietRange } from '../../src/notifications/tables'

const at = (iso: string) => Date.parse(iso)
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().replace('.000', ''))
const range = (weekday: number, start: string, end: string): QuietRange => {
  const minute = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))
  return { weekday, startMinute: minute(start), endMinute: minute(end) }
}
const everyNight = [1, 2, 3, 4, 5, 6, 7].map((weekday) => range(weekday, '22:00', '07:00'))

describe('quiet hours', () => {
  test.each([
    ['before them it is not quiet', '2026-11-26T20:59:00Z', null],
    ['they begin on the minute', '2026-11-26T21:00:00Z', '2026-11-27T06:00:00Z'],
    ['they go on past midnight', '2026-11-27T03:00:00Z', '2026-11-27T06:00:00Z'],
    ['they end on the minute', '2026-11-27T06:00:00Z', null],
  ])('%s', (_, now, until) => {
    expect(iso(quietUntil(at(now), everyNight, 'Europe/Vienna'))).toBe(until)
  })

  test('belong to the weekday on which they begin', () => {
    const onFridays = [range(5, '22:00', '07:00')]
    expect(quietUntil(at('2026-11-26T23:00:00Z'), onFridays, 'UTC')).toBeNull()
    expect(iso(quietUntil(at('2026-11-28T03:00:00Z'), onFridays, 'UTC'))).toBe('2026-11-28T07:00:00Z')
    expect(quietUntil(at('2026-11-29T03:00:00Z'), onFridays, 'UTC')).toBeNull()
  })

  test('that touch are one', () => {
    const weekend = [range(6, '00:00', '24:00'), range(7, '00:00', '24:00'), range(1, '00:00', '08:00')]
    expect(iso(quietUntil(at('2026-11-28T12:00:00Z'), weekend, 'UTC'))).toBe('2026-11-30T08:00:00Z')
  })

  test('all week long, they still end: nobody is kept waiting for ever', () => {
    const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => range(weekday, '00:00', '24:00'))
    const until = quietUntil(at('2026-11-26T12:00:00Z'), always, 'UTC') ?? 0
    expect(until - at('2026-11-26T12:00:00Z')).toBeLessThan(11 * 24 * 60 * 60_000)
  })

  test('follow the zone, not the server', () => {
    expect(iso(quietUntil(at('2026-11-26T14:00:00Z'), everyNight, 'Asia/Tokyo'))).toBe('2026-11-26T22:00:00Z')
    expect(quietUntil(at('2026-11-26T23:00:00Z'), everyNight, 'America/New_York')).toBeNull()
  })

  test('on a day of 23 hours end an hour sooner', () => {
    // 2026-03-29, 02:00 becomes 03:00 in Vienna.
    const now = at('2026-03-28T22:00:00Z')
    expect(iso(quietUntil(now, everyNight, 'Europe/Vienna'))).toBe('2026-03-29T05:00:00Z')
    const inTheGap = [range(7, '02:30', '04:00')]
    expect(iso(quietUntil(at('2026-03-29T01:30:00Z'), inTheGap, 'Europe/Vienna'))).toBe('2026-03-29T02:00:00Z')
    expect(quietUntil(at('2026-03-29T00:59:00Z'), inTheGap, 'Europe/Vienna')).toBeNull()
  })

  test('on a day of 25 hours last an hour longer, and an hour that comes twice is quiet twice', () => {
    // 2026-10-25, 03:00 becomes 02:00 in Vienna.
    expect(iso(quietUntil(at('2026-10-24T20:00:00Z'), everyNight, 'Europe/Vienna'))).toBe('2026-10-25T06:00:00Z')
    const untilHalfPast = [range(7, '01:00', '02:30')]
    for (const now of ['2026-10-25T00:00:00Z', '2026-10-25T00:45:00Z', '2026-10-25T01:15:00Z'])
      expect(iso(quietUntil(at(now), untilHalfPast, 'Europe/Vienna'))).toBe('2026-10-25T01:30:00Z')
    expect(quietUntil(at('2026-10-25T01:30:00Z'), untilHalfPast, 'Europe/Vienna')).toBeNull()
  })
})

describe('a digest', () => {
  const vienna = { hour: 8, weekday: 1, zone: 'Europe/Vienna' }
  test.each([
    ['comes today when its hour is ahead', 'daily', '2026-11-26T06:59:00Z', '2026-11-26T07:00:00Z'],
    ['comes tomorrow when its hour is now', 'daily', '2026-11-26T07:00:00Z', '2026-11-27T07:00:00Z'],
    ['keeps its hour when the clocks go forward', 'daily', '2026-03-28T12:00:00Z', '2026-03-29T06:00:00Z'],
    ['keeps its hour when the clocks go back', 'daily', '2026-10-24T12:00:00Z', '2026-10-25T07:00:00Z'],
    ['of the week comes on its day', 'weekly', '2026-11-26T12:00:00Z', '2026-11-30T07:00:00Z'],
    ['of the week comes a week later when it has just been', 'weekly', '2026-11-30T07:00:00Z', '2026-12-07T07:00:00Z'],
  ] as const)('%s', (_, frequency, now, due) => {
    expect(iso(nextDigest(at(now), frequency, vienna))).toBe(due)
  })

  test('at an hour that the clocks leave out comes as soon as there is one', () => {
    const at2 = { hour: 2, weekday: 1, zone: 'Europe/Vienna' }
    expect(iso(nextDigest(at('2026-03-28T12:00:00Z'), 'daily', at2))).toBe('2026-03-29T01:00:00Z')
  })
})
