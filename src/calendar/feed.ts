import { listDates, ruleText } from '../shared/recurrence'
import { instantOf } from '../shared/zones'
import { dateOf, joinLines, localTime, text, utcTime } from './ics'
import type { Entries, MeetupEntry, SeriesEntry, TodoEntry } from './store'
import { vtimezone } from './timezone'

const dayMs = 24 * 60 * 60_000

interface Window {
  /** The first date that is shown of what repeats. */
  on: string
  at: number
}

/** A person's calendar as a file of RFC 5545. The same entries give the same file. */
export function writeCalendar(entries: Entries, from: Window): string {
  const shown = entries.series.map((series) => ({ series, firstOn: firstShown(series, from.on) }))
  const declined = Map.groupBy(
    entries.meetups.filter(
      ({ seriesId, status, state }) => seriesId && status === 'not_going' && state !== 'cancelled',
    ),
    ({ seriesId }) => seriesId,
  )
  const taken = entries.meetups.filter(({ status, state }) => status !== 'not_going' || state === 'cancelled')
  return joinLines([
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Studyhall//Calendar 1//EN', 'CALSCALE:GREGORIAN'],
    ...['NAME:Studyhall', 'X-WR-CALNAME:Studyhall', 'REFRESH-INTERVAL;VALUE=DURATION:PT1H', 'X-PUBLISHED-TTL:PT1H'],
    ...zonesOf(entries, from).flatMap(({ zone, start, end }) => vtimezone(zone, start, end)),
    ...shown.flatMap(({ series, firstOn }) =>
      firstOn === null ? [] : seriesEvent(series, firstOn, declined.get(series.id) ?? []),
    ),
    ...taken.flatMap(meetupEvent),
    ...entries.todos.flatMap(todoEntry),
    'END:VCALENDAR',
  ])
}

/** The first date of a series that is not before the window. */
function firstShown({ repeat, startsOn, firstOn }: SeriesEntry, on: string): string | null {
  const from = firstOn > on ? firstOn : on
  return listDates(repeat, { startsOn, from, until: repeat.until, limit: 1 })[0] ?? null
}

/** Each zone that is named, with the time for which its clocks have to be known. */
function zonesOf({ series, meetups }: Entries, from: Window) {
  const ends = [
    ...series.map(({ timezone, repeat }) => ({ zone: timezone, end: Date.parse(`${repeat.until}T00:00:00Z`) })),
    ...meetups.flatMap(({ timezone, seriesZone, startsAt }) => [
      { zone: timezone, end: startsAt },
      ...(seriesZone === null ? [] : [{ zone: seriesZone, end: startsAt }]),
    ]),
  ]
  return [...Map.groupBy(ends, ({ zone }) => zone)].map(([zone, found]) => {
    const end = Math.max(...found.map((one) => one.end)) + 31 * dayMs
    return { zone, start: from.at - 31 * dayMs, end }
  })
}

type Described = Pick<
  SeriesEntry,
  'title' | 'description' | 'location' | 'channelName' | 'durationMinutes' | 'sequence'
>

function described(entry: Described, changedAt: number): string[] {
  const { title, description, location, channelName, durationMinutes, sequence } = entry
  return [
    `DTSTAMP:${utcTime(changedAt)}`,
    `LAST-MODIFIED:${utcTime(changedAt)}`,
    `SEQUENCE:${sequence}`,
    `DURATION:PT${durationMinutes}M`,
    `SUMMARY:${text(title)}`,
    ...(description === '' ? [] : [`DESCRIPTION:${text(description)}`]),
    `LOCATION:${text(location ?? channelName)}`,
    `CATEGORIES:${text(channelName)}`,
  ]
}

const start = (zone: string, date: string, time: string) => `DTSTART;TZID=${zone}:${localTime(date, time)}`

function seriesEvent(series: SeriesEntry, firstOn: string, declined: MeetupEntry[]): string[] {
  const { id, startsOn, startsTime, timezone, repeat, updatedAt, cancelledAt } = series
  const changedAt = Math.max(updatedAt, ...declined.map(({ answeredAt }) => answeredAt ?? 0))
  return [
    'BEGIN:VEVENT',
    `UID:${id}`,
    start(timezone, firstOn, startsTime),
    ...(isByLastDays(series)
      ? rdates(series, firstOn)
      : [`RRULE:${ruleText(repeat, { startsOn, until: endOf(repeat.until, timezone) })}`]),
    ...declined.map(({ occursOn }) => `EXDATE;TZID=${timezone}:${localTime(occursOn, startsTime)}`),
    ...described(series, changedAt),
    `STATUS:${cancelledAt === null ? 'TENTATIVE' : 'CANCELLED'}`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ]
}

/** On the 29th to the 31st, which shorter months have on their last day: not every reader knows the rule for that. */
const isByLastDays = ({ repeat, startsOn }: SeriesEntry) => repeat.frequency === 'monthly' && startsOn.slice(8) > '28'

/**
 * The last second of a date there. Of a time that comes twice as the clocks change, readers take the first or the second:
 * an end at the last start would leave that out for some.
 */
function endOf(date: string, zone: string): number {
  const next = new Date(Date.parse(`${date}T00:00:00Z`) + dayMs).toISOString().slice(0, 10)
  return instantOf(next, '00:00', zone) - 1000
}

/** Every date by itself: of two years of months that is not much. */
function rdates({ repeat, startsOn, startsTime, timezone }: SeriesEntry, firstOn: string): string[] {
  const dates = listDates(repeat, { startsOn, from: firstOn, until: repeat.until, limit: 100 })
  return dates.map((date) => `RDATE;TZID=${timezone}:${localTime(date, startsTime)}`)
}

/** One meetup: by itself, or in place of what its series says of that date. */
function meetupEvent(meetup: MeetupEntry): string[] {
  const { id, seriesId, seriesTime, seriesZone, occursOn, startsOn, startsTime, timezone, state, status } = meetup
  const goes = status === 'going' && meetup.seated === 1
  const of =
    seriesId === null || seriesTime === null || seriesZone === null
      ? [`UID:${id}`]
      : [`UID:${seriesId}`, `RECURRENCE-ID;TZID=${seriesZone}:${localTime(occursOn, seriesTime)}`]
  return [
    'BEGIN:VEVENT',
    ...of,
    start(timezone, startsOn, startsTime),
    ...described(meetup, Math.max(meetup.updatedAt, meetup.answeredAt ?? 0)),
    `STATUS:${state === 'cancelled' ? 'CANCELLED' : goes ? 'CONFIRMED' : 'TENTATIVE'}`,
    `TRANSP:${goes ? 'OPAQUE' : 'TRANSPARENT'}`,
    ...(state === 'scheduled' && meetup.remindMinutes !== null ? alarm(meetup.title, meetup.remindMinutes) : []),
    'END:VEVENT',
  ]
}

const alarm = (title: string, minutes: number) => [
  'BEGIN:VALARM',
  'ACTION:DISPLAY',
  `TRIGGER:-PT${minutes}M`,
  `DESCRIPTION:${text(title)}`,
  'END:VALARM',
]

const todoEntry = ({ id, text: what, dueOn, dueAt, version, updatedAt }: TodoEntry) => [
  'BEGIN:VTODO',
  `UID:${id}`,
  `DTSTAMP:${utcTime(updatedAt)}`,
  `LAST-MODIFIED:${utcTime(updatedAt)}`,
  `SEQUENCE:${version - 1}`,
  `SUMMARY:${text(what)}`,
  dueOn === null ? `DUE:${utcTime(dueAt ?? 0)}` : `DUE;VALUE=DATE:${dateOf(dueOn)}`,
  'STATUS:NEEDS-ACTION',
  'END:VTODO',
]
