import { describe, expect, test } from 'vitest'
import { type Audience, fromClock, isInAudience, overlaps, toClock } from '../../src/profiles/rules'

describe('a time of day', () => {
  test.each([
    ['00:00', 0],
    ['09:30', 570],
    ['23:59', 1439],
    ['24:00', 1440],
  ])('%s is minute %i, both ways', (text, minute) => {
    expect(fromClock(text)).toBe(minute)
    expect(toClock(minute)).toBe(text)
  })

  test.each(['24:01', '25:00', '9:30', '09:60', '', '09:30:00', '-1:00', 'noon'])('%s is none', (text) => {
    expect(fromClock(text)).toBeNull()
  })
})

describe('ranges of a week', () => {
  const range = (weekday: number, startMinute: number, endMinute: number) => ({ weekday, startMinute, endMinute })
  test.each([
    ['none', [], false],
    ['one', [range(1, 0, 1440)], false],
    ['two that touch', [range(1, 60, 120), range(1, 0, 60)], false],
    ['two that share a minute', [range(1, 59, 120), range(1, 0, 60)], true],
    ['one inside another', [range(3, 0, 600), range(3, 100, 200)], true],
    ['the same on two days', [range(1, 0, 60), range(2, 0, 60)], false],
    ['a third that reaches back into the first', [range(1, 0, 300), range(1, 400, 500), range(1, 299, 350)], true],
  ])('%s overlap: %s', (_what, ranges, expected) => {
    expect(overlaps(ranges)).toBe(expected)
    expect(overlaps(ranges.toReversed())).toBe(expected)
  })
})

test.each<[Audience, boolean, boolean, boolean]>([
  ['everyone', true, true, true],
  ['shared', true, true, false],
  ['friends', true, false, false],
  ['nobody', true, false, false],
])('%s: oneself %s, somebody from a common room %s, a stranger %s', (audience, self, shared, none) => {
  expect(isInAudience(audience, 'self')).toBe(self)
  expect(isInAudience(audience, 'shared')).toBe(shared)
  expect(isInAudience(audience, 'none')).toBe(none)
})
