import * as z from 'zod'
import { shortPersonSchema } from '../channels/members/schemas'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, line, paragraph } from '../shared/text'
import { timezoneSchema as timezone } from '../users/schemas'
import { maxDurationMinutes, minDurationMinutes, plannedDays } from './rules'

export const meetupPath = z.lazy(() => z.strictObject({ id: idSchema('meetup') }))
export const attendeePath = z.lazy(() => z.strictObject({ id: idSchema('meetup'), userId: idSchema('user') }))

const startsAt = z.iso
  .datetime({ local: true, precision: -1 })
  .refine((text) => !text.endsWith('Z'), 'must be a local time like 2027-03-04T18:30')
  .describe(
    'What the clocks of `timezone` show, to the minute: 2027-03-04T18:30. Of a time that a change of clocks leaves out it is as much later; of one that comes twice, the first.',
  )
const durationMinutes = z.int().min(minDurationMinutes).max(maxDurationMinutes)
const location = line(200).nullable().describe('Null: in the channel, where who is present for ten minutes attended.')
const capacity = z.int().min(1).max(1000).nullable().describe('How many have a seat; null: all who come.')

const repeat = z.lazy(() =>
  z
    .strictObject({
      frequency: z.enum(['daily', 'weekly', 'monthly']),
      interval: z.int().min(1).max(99).default(1).describe('Every how many days, weeks or months.'),
      weekdays: z
        .array(z.int().min(1).max(7))
        .max(7)
        .default([])
        .transform((days) => [...new Set(days)].sort())
        .describe('Of weekly ones; 1 is Monday. The first meetup falls on one of them. Without any: its weekday.'),
      until: z.iso.date().optional().describe('The last date on which one may start; excludes count.'),
      count: z.int().min(2).max(750).optional().describe('How many there are; excludes until.'),
    })
    .refine(({ frequency, weekdays }) => frequency === 'weekly' || weekdays.length === 0, {
      path: ['weekdays'],
      message: 'belong to weekly repeats only',
    })
    .refine(({ until, count }) => until === undefined || count === undefined, {
      path: ['count'],
      message: 'excludes until',
    })
    .describe('In the meetup’s own zone, for two years at most. A month without the day has it on its last day.'),
)

export const newMeetup = z.lazy(() =>
  z.strictObject({
    title: line(100),
    startsAt,
    durationMinutes,
    timezone,
    location: location.default(null),
    description: paragraph(2000).default(''),
    repeat: repeat.optional(),
    capacity: capacity.default(null),
  }),
)

const scope = z
  .enum(['this', 'following'])
  .default('this')
  .describe('Of those that repeat: this one alone, or this one and all that follow.')

export const meetupEdit = z.lazy(() =>
  z.strictObject({
    title: line(100).optional(),
    startsAt: startsAt.optional(),
    durationMinutes: durationMinutes.optional(),
    timezone: timezone.optional(),
    location: location.optional(),
    description: paragraph(2000).optional(),
    capacity: capacity.optional(),
    scope,
  }),
)

export const cancelQuery = z.lazy(() => z.strictObject({ scope }))

export const meetupsQuery = z.lazy(() =>
  z.strictObject({
    when: z
      .enum(['upcoming', 'past'])
      .default('upcoming')
      .describe('Upcoming: scheduled and active, the next first. Past: completed and cancelled, the last first.'),
    ...pageQuery,
  }),
)

export const rsvpInput = z.lazy(() =>
  z.strictObject({
    status: z.enum(['going', 'maybe', 'not_going']),
    remindMinutes: z
      .int()
      .min(5)
      .max(60)
      .nullable()
      .optional()
      .describe(
        'How long before the start you are reminded; null: not at all. As before, or 15, unless said otherwise.',
      ),
  }),
)

const shownStatus = z
  .enum(['going', 'waiting', 'maybe', 'not_going'])
  .describe('waiting: you said going, and there is no seat yet. The first who waits gets the next one by itself.')

export const rsvpReply = z.lazy(() =>
  z
    .object({
      status: shownStatus,
      position: z.int().nullable().describe('Of who waits: 1 for who is next.'),
      remindMinutes: z.int().nullable(),
      attended: z.boolean().nullable().describe('Null until it is known.'),
    })
    .meta({ id: 'Rsvp' }),
)

export const meetupReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      channelId: z.string(),
      seriesId: z.string().nullable().describe('The same for all that repeat together.'),
      host: shortPersonSchema.nullable(),
      title: z.string(),
      description: z.string(),
      location: z.string().nullable(),
      startsAt: z.string().describe('What the clocks of `timezone` show.'),
      timezone: z.string(),
      durationMinutes: z.int(),
      beginsAt: isoTime,
      endsAt: isoTime,
      repeat: z
        .object({
          frequency: z.enum(['daily', 'weekly', 'monthly']),
          interval: z.int(),
          weekdays: z.array(z.int()),
          until: z.string(),
        })
        .nullable(),
      capacity: z.int().nullable(),
      goingCount: z.int().describe('How many have a seat.'),
      waitingCount: z.int(),
      state: z.enum(['scheduled', 'active', 'completed', 'cancelled']).describe('The last two are final.'),
      rsvp: rsvpReply.nullable().describe('Your own answer.'),
      version: z.int().describe('Also the ETag.'),
      createdAt: isoTime,
      updatedAt: isoTime,
    })
    .meta({ id: 'Meetup' }),
)

export const meetupsReply = z.lazy(() =>
  pageOf(meetupReply).describe(
    `Of those that repeat, the ones of the next ${plannedDays} days, and at least the next one.`,
  ),
)

export const attendeesQuery = z.lazy(() =>
  z.strictObject({
    status: z.enum(['going', 'waiting', 'maybe', 'not_going']).default('going'),
    ...pageQuery,
  }),
)

export const attendeesReply = z.lazy(() =>
  pageOf(
    z.object({
      user: shortPersonSchema,
      status: shownStatus,
      attended: z.boolean().nullable().describe('For the host and those who look after the place; null otherwise.'),
    }),
  ),
)

export const attendanceInput = z.lazy(() => z.strictObject({ attended: z.boolean() }))

export const attendanceReply = z.lazy(() =>
  z.object({
    counted: z.int().describe('Of your last meetups, at most twenty.'),
    attended: z.int(),
    goingAhead: z.int().describe('Meetups ahead that you said going to; counted up to 100.'),
    limit: z.int().nullable().describe('How many you may say going to ahead of time; null: any number.'),
  }),
)

export type NewMeetup = z.output<typeof newMeetup>
export type RepeatInput = z.output<typeof repeat>
export type MeetupEdit = z.output<typeof meetupEdit>
export type MeetupsQuery = z.output<typeof meetupsQuery>
export type RsvpInput = z.output<typeof rsvpInput>
export type Meetup = z.output<typeof meetupReply>
export type Rsvp = z.output<typeof rsvpReply>
export type AttendeesQuery = z.output<typeof attendeesQuery>
