import { defineError } from '../shared/errors'

export const meetupErrors = {
  notFound: defineError({
    code: 'meetup.not_found',
    status: 404,
    title: 'There is no such meetup.',
    help: 'It never existed, or it is of a room or group that you cannot see.',
  }),
  notAllowed: defineError({
    code: 'meetup.not_allowed',
    status: 403,
    title: 'Here you may not do that with meetups.',
    help: 'The setting whoMayPlanMeetups says who plans them. The host and those who look after the place change and cancel them.',
  }),
  inThePast: defineError({
    code: 'meetup.in_the_past',
    status: 422,
    title: 'A meetup starts in the future, and within two years.',
  }),
  notInSeries: defineError({
    code: 'meetup.not_in_series',
    status: 422,
    title: 'Of meetups that follow each other only the time of day can be moved.',
    help: 'Name the date of this one, move it alone with scope `this`, or plan a new series.',
  }),
  tooMany: defineError({
    code: 'meetup.too_many',
    status: 409,
    title: 'There are as many meetups ahead here as allowed.',
    help: 'Cancel one that is no longer needed, or wait until one is over.',
  }),
  over: defineError({
    code: 'meetup.over',
    status: 409,
    title: 'The meetup is completed or cancelled, and stays so.',
  }),
  begun: defineError({
    code: 'meetup.begun',
    status: 409,
    title: 'The meetup has begun. It can be cancelled, and not changed any more.',
  }),
  belowSeats: defineError({
    code: 'meetup.below_seats',
    status: 409,
    title: 'More people than that have a seat already.',
  }),
  bookingLimit: defineError({
    code: 'meetup.booking_limit',
    status: 409,
    title: 'You have said going to as many meetups ahead as you may.',
    help: 'Who was missing from many of the last twenty says going to three at a time, or to one. Coming to meetups lifts the limit; GET /api/v1/meetups/attendance shows how you stand.',
  }),
  notMarkable: defineError({
    code: 'meetup.not_markable',
    status: 409,
    title: 'Who was there is marked from the start until seven days after the end.',
  }),
  attendeeNotFound: defineError({
    code: 'meetup.attendee_not_found',
    status: 404,
    title: 'This person has no seat in the meetup.',
  }),
  versionConflict: defineError({
    code: 'meetup.version_conflict',
    status: 412,
    title: 'The meetup has changed since you read it.',
    help: 'The member `version` is the current one. Read the meetup again, then repeat with its ETag.',
  }),
  busy: defineError({
    code: 'meetup.busy',
    status: 409,
    title: 'The meetup was changed by somebody else at the same moment.',
    help: 'Nothing was written. Look at it again and repeat what still makes sense.',
  }),
}
