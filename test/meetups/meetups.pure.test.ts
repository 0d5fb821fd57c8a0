import { describe, expect, test } from 'vitest'
import { closeRepeat, planDates, startOf } from '../../src/meetups/occurrences'
import { bookingLimit, canPlan, canRun, type Repeat } from '../../src/meetups/rules'

const weekly = { frequency: 'weekly', interval: 1, weekdays: [] as number[] } as const
const daily = { ...weekly, frequency: 'daily' } as const

describe('how many one may say going to', () => {
  test.each([
    [0, 0, null],
    [4, 0, null],
    [5, 5, null],
    [10, 9, null],
    [20, 18, null],
    [20, 17, 3],
    [10, 7, 3],
    [20, 13, 1],
    [5, 0, 1],
  ])('after %i meetups of which %i were attended: %s', (counted, attended, limit) => {
    expect(bookingLimit({ counted, attended })).toBe(limit)
  })
})

test.each([
  ['members', 'member', true],
  ['moderators', 'member', false],
  ['moderators', 'moderator', true],
  ['moderators', 'owner', true],
] as const)('where %s plan meetups, a %s may: %s', (setting, role, may) => {
  expect(canPlan(role, setting)).toBe(may)
})

test('the host and those who look after the place run a meetup', () => {
  expect(canRun('member', 'mira', 'mira')).toBe(true)
  expect(canRun('member', 'mira', 'jonas')).toBe(false)
  expect(canRun('member', 'mira', null)).toBe(false)
  expect(canRun('moderator', 'mira', 'jonas')).toBe(true)
})

describe('a repeat', () => {
  test('by count ends with the last of them', () => {
    expect(closeRepeat({ ...weekly, count: 3 }, '2027-03-04')).toEqual({ ...weekly, until: '2027-03-18' })
    const days = { ...weekly, weekdays: [2, 4] }
    expect(closeRepeat({ ...days, count: 3 }, '2027-03-04')?.until).toBe('2027-03-11')
  })

  test('goes on for two years at most', () => {
    expect(closeRepeat(daily, '2027-01-01')?.until).toBe('2029-01-02')
    expect(closeRepeat({ ...daily, until: '2040-01-01' }, '2027-01-01')?.until).toBe('2029-01-02')
    expect(closeRepeat({ ...daily, until: '2027-02-01' }, '2027-01-01')?.until).toBe('2027-02-01')
  })

  test('has the first meetup on one of its days', () => {
    expect(closeRepeat({ ...weekly, weekdays: [1] }, '2027-03-04')).toBeNull()
    expect(closeRepeat({ ...weekly, until: '2027-03-03' }, '2027-03-04')).toBeNull()
  })
})

describe('what is planned', () => {
  const series = (repeat: Partial<Repeat>, startsOn = '2027-03-04') => ({
    ...{ startsOn, startsTime: '18:30', timezone: 'Europe/Berlin' },
    repeat: { ...weekly, until: '2028-03-04', ...repeat },
  })
  const now = Date.parse('2027-03-01T12:00:00Z')

  test('are those of the next 42 days and the one after', () => {
    const { dates, nextOn } = planDates(series({}), { from: '2027-03-04', now, most: 50 })
    expect(dates).toEqual([
      ...['2027-03-04', '2027-03-11', '2027-03-18', '2027-03-25', '2027-04-01', '2027-04-08', '2027-04-15'],
    ])
    expect(nextOn).toBe('2027-04-22')
  })

  test('goes on where it stopped, and ends with the repeat', () => {
    const last = series({ until: '2027-04-25' })
    expect(planDates(last, { from: '2027-04-22', now, most: 50 })).toEqual({ dates: ['2027-04-22'], nextOn: null })
  })

  test('are no more than so many at once', () => {
    const { dates, nextOn } = planDates(series({ frequency: 'daily' }), { from: '2027-03-04', now, most: 10 })
    expect([dates.length, nextOn]).toEqual([10, '2027-03-14'])
  })

  test('on the 31st fall on the last day of shorter months, from wherever one looks', () => {
    const monthly = series({ frequency: 'monthly', until: '2028-12-31' }, '2027-01-31')
    const far = Date.parse('2027-06-01T00:00:00Z')
    expect(planDates(monthly, { from: '2027-02-28', now: far, most: 6 }).dates).toEqual([
      ...['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30', '2027-07-31'],
    ])
  })
})

describe('local time', () => {
  const at = (startsOn: string, startsTime: string, timezone = 'Europe/Berlin') =>
    new Date(startOf({ startsOn, startsTime, timezone })).toISOString()

  test('stays at its time of day through changes of clocks', () => {
    expect([at('2027-03-25', '18:30'), at('2027-04-01', '18:30')]).toEqual([
      ...['2027-03-25T17:30:00.000Z', '2027-04-01T16:30:00.000Z'],
    ])
  })

  test('that a change of clocks leaves out is as much later, and of one that comes twice it is the first', () => {
    expect(at('2027-03-28', '02:30')).toBe('2027-03-28T01:30:00.000Z')
    expect(at('2027-10-31', '02:30')).toBe('2027-10-31T00:30:00.000Z')
    expect(at('2027-04-04', '02:15', 'Australia/Lord_Howe')).toBe('2027-04-03T15:45:00.000Z')
  })
})
