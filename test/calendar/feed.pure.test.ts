import fc from 'fast-check'
import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { writeCalendar } from '../../src/calendar/feed'
import { joinLines, text } from '../../src/calendar/ics'
import type { Entries, MeetupEntry, SeriesEntry } from '../../src/calendar/store'
import { listChanges, vtimezone } from '../../src/calendar/timezone'
import { closeRepeat } from '../../src/meetups/occurrences'
import { listDates } from '../../src/shared/recurrence'
import { instantOf, offsetAt } from '../../src/shared/zones'

const from = { on: '2027-01-01', at: Date.parse('2027-01-01T00:00:00Z') }
const described = {
  ...{ title: 'Chapter 4', description: '', location: null, timezone: 'Europe/Berlin', startsTime: '18:30' },
  ...{ durationMinutes: 60, sequence: 0, updatedAt: from.at, channelName: 'Algebra' },
}
const meetup = (over: Partial<MeetupEntry> = {}): MeetupEntry => ({
  ...described,
  ...{ id: 'meet_1', startsOn: '2027-03-04', seriesId: null, seriesTime: null, seriesZone: null, state: 'scheduled' },
  ...{ occursOn: '2027-03-04', startsAt: Date.parse('2027-03-04T17:30:00Z'), status: null, seated: null },
  ...{ remindMinutes: null, answeredAt: null },
  ...over,
})
const series = (over: Partial<SeriesEntry> = {}): SeriesEntry => ({
  ...described,
  ...{ id: 'series_1', startsOn: '2027-03-04', firstOn: '2027-03-04', cancelledAt: null },
  repeat: { frequency: 'weekly', interval: 1, weekdays: [], until: '2027-04-29' },
  ...over,
})
const write = (entries: Partial<Entries>) => writeCalendar({ series: [], meetups: [], todos: [], ...entries }, from)

/** What an independent reader makes of a calendar; its zones come from the file alone. */
function read(file: string) {
  const calendar = new ICAL.Component(ICAL.parse(file))
  ICAL.TimezoneService.reset()
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone)
  const events = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one))
  return { calendar, events }
}

const at = (time: ICAL.Time) => time.toUnixTime() * 1000

/** The starts that a reader shows of the first event, its exceptions included. */
function starts(file: string): number[] {
  const { events } = read(file)
  const [master, ...others] = events
  if (!master) return []
  for (const other of others) master.relateException(other)
  const iterator = master.iterator()
  const found: number[] = []
  for (let next = iterator.next(); next && found.length < 2000; next = iterator.next())
    found.push(at(master.getOccurrenceDetails(next).startDate))
  return found
}

const zones = [
  ...['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Africa/Casablanca', 'UTC'],
  ...['America/St_Johns', 'Pacific/Chatham', 'America/Santiago', 'Asia/Kathmandu', 'Europe/Dublin', 'Pacific/Auckland'],
]

/** Whether no change of clocks is near: of times that are left out or come twice readers think differently. */
const isPlain = (time: number, zone: string) =>
  offsetAt(time - 3 * 60 * 60_000, zone) === offsetAt(time + 3 * 60 * 60_000, zone)

describe('zones', () => {
  test.each(zones)('%s is told with every change of its clocks', (zone) => {
    const [start, end] = [Date.parse('2026-11-01T00:00:00Z'), Date.parse('2029-06-01T00:00:00Z')]
    const component = new ICAL.Component(
      ICAL.parse(joinLines(['BEGIN:VCALENDAR', ...vtimezone(zone, start, end), 'END:VCALENDAR'])),
    ).getFirstSubcomponent('vtimezone')
    if (!component) throw new Error('no zone')
    const told = new ICAL.Timezone(component)
    for (let time = start; time < end; time += 6 * 60 * 60_000) {
      if (!isPlain(time, zone)) continue
      const local = ICAL.Time.fromData(partsOf(time + offsetAt(time, zone)))
      expect(told.utcOffset(local) * 1000, `${zone} ${new Date(time).toISOString()}`).toBe(offsetAt(time, zone))
    }
  })

  test('a change is found to the second', () => {
    const [spring, autumn] = listChanges(
      'Europe/Berlin',
      Date.parse('2027-01-01T00:00:00Z'),
      Date.parse('2028-01-01T00:00:00Z'),
    )
    expect(spring).toEqual({ at: Date.parse('2027-03-28T01:00:00Z'), before: 3_600_000, after: 7_200_000 })
    expect(autumn).toEqual({ at: Date.parse('2027-10-31T01:00:00Z'), before: 7_200_000, after: 3_600_000 })
  })
})

function partsOf(time: number) {
  const date = new Date(time)
  return {
    ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: 0, isDate: false },
  }
}

describe('what repeats', () => {
  const rules = fc.record({
    frequency: fc.constantFrom('daily', 'weekly', 'monthly'),
    interval: fc.integer({ min: 1, max: 4 }),
    weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 4 }),
    zone: fc.constantFrom(...zones),
    day: fc.integer({ min: 0, max: 700 }),
    time: fc.tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 45)),
    length: fc.integer({ min: 1, max: 500 }),
  })
  const two = (value: number) => String(value).padStart(2, '0')
  const dateAfter = (days: number) => new Date(from.at + days * 86_400_000).toISOString().slice(0, 10)

  test('is expanded by another reader to the same instants, through every change of clocks', () => {
    fc.assert(
      fc.property(rules, ({ frequency, interval, zone, day, time: [hour, minute], length, ...rule }) => {
        const startsOn = dateAfter(day)
        const own = new Date(`${startsOn}T00:00:00Z`).getUTCDay() || 7
        const weekdays =
          frequency === 'weekly' && rule.weekdays.length > 0 ? [...new Set([own, ...rule.weekdays])].sort() : []
        const repeat = closeRepeat({ frequency, interval, weekdays, until: dateAfter(day + length) }, startsOn)
        if (!repeat) throw new Error('does not start on its day')
        const startsTime = `${two(hour)}:${two(minute)}`
        const dates = listDates(repeat, { startsOn, from: startsOn, until: repeat.until, limit: 2000 })
        const expected = dates.map((date) => instantOf(date, startsTime, zone))
        const found = starts(
          write({ series: [series({ startsOn, firstOn: startsOn, startsTime, timezone: zone, repeat })] }),
        )
        expect(found).toHaveLength(expected.length)
        for (const [n, time] of expected.entries())
          if (isPlain(time, zone)) expect(new Date(found[n] ?? 0).toISOString()).toBe(new Date(time).toISOString())
      }),
      { numRuns: 150 },
    )
  })

  test.each(['00:00', '02:30', '23:45'])(
    'at %s ends on its last date, also when the clocks change then',
    (startsTime) => {
      for (const until of ['2027-03-28', '2027-10-31']) {
        const repeat = { frequency: 'daily' as const, interval: 1, weekdays: [], until }
        const [year, month] = until.split('-')
        const startsOn = `${year}-${month}-25`
        const found = starts(write({ series: [series({ startsOn, firstOn: startsOn, startsTime, repeat })] }))
        expect(found).toHaveLength(Number(until.slice(-2)) - 24)
      }
    },
  )

  test('begins where the calendar does, and keeps its days', () => {
    const long = series({
      ...{ startsOn: '2026-08-31', firstOn: '2026-08-31' },
      repeat: { frequency: 'monthly', interval: 2, weekdays: [], until: '2027-08-31' },
    })
    expect(starts(write({ series: [long] })).map((one) => new Date(one).toISOString().slice(0, 10))).toEqual([
      ...['2027-02-28', '2027-04-30', '2027-06-30', '2027-08-31'],
    ])
  })

  test('shows one that was moved, one that was cancelled and not one that was declined', () => {
    const of = { seriesId: 'series_1', seriesTime: '18:30', seriesZone: 'Europe/Berlin' }
    const file = write({
      series: [series()],
      meetups: [
        meetup({ ...of, id: 'a', occursOn: '2027-03-11', startsOn: '2027-03-12', startsTime: '10:00', sequence: 2 }),
        meetup({ ...of, id: 'b', occursOn: '2027-03-18', startsOn: '2027-03-18', state: 'cancelled', sequence: 1 }),
        meetup({ ...of, id: 'c', occursOn: '2027-03-25', startsOn: '2027-03-25', status: 'not_going' }),
        meetup({ ...of, id: 'd', occursOn: '2027-04-01', startsOn: '2027-04-01', status: 'going', seated: 1 }),
      ],
    })
    expect(starts(file).map((one) => new Date(one).toISOString().slice(0, 16))).toEqual([
      ...['2027-03-04T17:30', '2027-03-12T09:00', '2027-03-18T17:30', '2027-04-01T16:30', '2027-04-08T16:30'],
      ...['2027-04-15T16:30', '2027-04-22T16:30', '2027-04-29T16:30'],
    ])
    const { events } = read(file)
    expect(events.map((event) => [event.uid, event.sequence, event.component.getFirstPropertyValue('status')])).toEqual(
      [
        ['series_1', 0, 'TENTATIVE'],
        ['series_1', 2, 'TENTATIVE'],
        ['series_1', 1, 'CANCELLED'],
        ['series_1', 0, 'CONFIRMED'],
      ],
    )
  })

  test('that was cancelled says so', () => {
    const [event] = read(write({ series: [series({ cancelledAt: 1, sequence: 3 })] })).events
    expect([event?.component.getFirstPropertyValue('status'), event?.sequence]).toEqual(['CANCELLED', 3])
  })
})

describe('one meetup', () => {
  test('has its zone, its length, its place and what one has answered', () => {
    const [event] = read(
      write({ meetups: [meetup({ status: 'going', seated: 1, remindMinutes: 20, description: 'a\nb' })] }),
    ).events
    if (!event) throw new Error('nothing')
    expect(new Date(at(event.startDate)).toISOString()).toBe('2027-03-04T17:30:00.000Z')
    expect(new Date(at(event.endDate)).toISOString()).toBe('2027-03-04T18:30:00.000Z')
    expect(event.startDate.zone.tzid).toBe('Europe/Berlin')
    expect([event.uid, event.summary, event.location, event.description]).toEqual([
      'meet_1',
      'Chapter 4',
      'Algebra',
      'a\nb',
    ])
    expect(event.component.getFirstPropertyValue('transp')).toBe('OPAQUE')
    const trigger = event.component.getFirstSubcomponent('valarm')?.getFirstPropertyValue('trigger')
    expect(String(trigger)).toBe('-PT20M')
  })

  test('of which one waits for a seat, or that one has declined, is not promised', () => {
    const status = (over: Partial<MeetupEntry>) =>
      read(write({ meetups: [meetup(over)] })).events.map((event) => event.component.getFirstPropertyValue('status'))
    expect(status({ status: 'going', seated: 0 })).toEqual(['TENTATIVE'])
    expect(status({ status: 'not_going' })).toEqual([])
    expect(status({ status: 'not_going', state: 'cancelled' })).toEqual(['CANCELLED'])
  })
})

test('todos are there by date or by time', () => {
  const todo = { id: 'todo_1', text: 'Read; then write', dueOn: null, dueAt: null, version: 3, updatedAt: from.at }
  const { calendar } = read(
    write({
      todos: [
        { ...todo, dueOn: '2027-03-04' },
        { ...todo, id: 'todo_2', dueAt: Date.parse('2027-03-04T09:30:00Z') },
      ],
    }),
  )
  const [one, other] = calendar.getAllSubcomponents('vtodo')
  expect(String(one?.getFirstPropertyValue('due'))).toBe('2027-03-04')
  expect(String(other?.getFirstPropertyValue('due'))).toBe('2027-03-04T09:30:00Z')
  expect(one?.getFirstPropertyValue('summary')).toBe('Read; then write')
})

test('whatever people write is read as they wrote it, in lines of at most 75 octets', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (written) => {
      // As it is stored: trimmed, and without control characters but line feeds and tabs.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: leaving control characters out is the point
      const title = written.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, '')
      const file = write({ meetups: [meetup({ title, description: title })] })
      for (const line of file.split('\r\n')) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75)
      expect(file.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
      expect(read(file).events[0]?.summary ?? '').toBe(title)
    }),
    { numRuns: 300 },
  )
  expect(text('a,b;c\\d\r\ne')).toBe('a\\,b\\;c\\\\d\\ne')
})

test.each(['\n', '\r\n', '\r'])('nobody writes a property into somebody else’s calendar after %j', (end) => {
  const title = `x${end}ATTENDEE:mailto:eve@evil.test`
  const [event] = read(write({ meetups: [meetup({ title })] })).events
  expect(event?.component.getFirstProperty('attendee')).toBeNull()
  expect(event?.summary).toBe('x\nATTENDEE:mailto:eve@evil.test')
})
