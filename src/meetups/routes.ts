import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { channelErrors } from '../channels/errors'
import { liveErrors } from '../channels/live/errors'
import type { Place } from '../channels/place-schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { etagOf, ifMatchHeader } from '../shared/etag'
import { validate } from '../shared/validate'
import { cancelMeetup, editMeetup } from './actions/edit'
import { planMeetup } from './actions/plan'
import { listMeetups, readAttendance, readMeetup, showAttendees } from './actions/read'
import { answerMeetup, markAttendance } from './actions/rsvp'
import { meetupErrors } from './errors'
import {
  attendanceInput,
  attendanceReply,
  attendeePath,
  attendeesQuery,
  attendeesReply,
  cancelQuery,
  meetupEdit,
  meetupPath,
  meetupReply,
  meetupsQuery,
  meetupsReply,
  newMeetup,
  rsvpInput,
  rsvpReply,
} from './schemas'

const tag = 'Meetups'
const { invalid } = requestErrors
const { membershipRequired } = channelErrors
const { timedOut } = liveErrors
const { notFound, notAllowed, inThePast, tooMany, over, begun, belowSeats, bookingLimit, busy } = meetupErrors
const { versionConflict, notInSeries, notMarkable, attendeeNotFound } = meetupErrors
const seen = [notFound, membershipRequired, invalid]

/** The meetups of a room or a group. */
export const placeMeetupRoutes = ({ kinds, noun, errors, path }: Place) =>
  new Hono<AppEnv>()
    .post(
      '/:id/meetups',
      describe({
        summary: `Plan a meetup of a ${noun}`,
        description:
          'In local time and a zone of the IANA database: it stays at that time of day through changes of clocks. With `repeat` this is the first of several, each a meetup of its own with its own answers; they appear some weeks ahead. Who plans a meetup is its host.',
        tag,
        replies: { 201: meetupReply },
        errors: [errors.notFound, membershipRequired, timedOut, notAllowed, inThePast, tooMany, invalid],
      }),
      signedIn,
      validate('param', path),
      validate('json', newMeetup),
      async (c) => {
        const meetup = await planMeetup(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('json'))
        return c.json(meetup, 201, { Location: `/api/v1/meetups/${meetup.id}`, ETag: etagOf(meetup.version) })
      },
    )
    .get(
      '/:id/meetups',
      describe({
        summary: `List the meetups of a ${noun}`,
        tag,
        replies: { 200: meetupsReply },
        errors: [errors.notFound, membershipRequired, pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('param', path),
      validate('query', meetupsQuery),
      async (c) => c.json(await listMeetups(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('query'))),
    )

export const meetupRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/attendance',
      describe({
        summary: 'See how reliably I come to meetups',
        description:
          'Over my last twenty, for me alone. At 90 % and more, and before the fifth, I may say going to any number ahead of time; at 70 % to three; below that to one.',
        tag,
        replies: { 200: attendanceReply },
        errors: [],
      }),
      signedIn,
      async (c) => c.json(await readAttendance(c.var.ctx)),
    )
    .get(
      '/:id',
      describe({ summary: 'Read a meetup', tag, replies: { 200: meetupReply }, errors: seen }),
      signedIn,
      validate('param', meetupPath),
      async (c) => {
        const meetup = await readMeetup(c.var.ctx, c.req.valid('param').id)
        return c.json(meetup, 200, { ETag: etagOf(meetup.version) })
      },
    )
    .patch(
      '/:id',
      describe({
        summary: 'Change a meetup',
        description:
          'Before it begins; for its host and those who look after the place. With scope `following`, this one and all that follow it, which keep their dates and their answers. A raised capacity lets in those who wait.',
        tag,
        replies: { 200: meetupReply },
        errors: [...seen, timedOut, notAllowed, versionConflict, over, begun, inThePast, notInSeries, belowSeats, busy],
      }),
      signedIn,
      validate('param', meetupPath),
      validate('header', ifMatchHeader),
      validate('json', meetupEdit),
      async (c) => {
        const ifMatch = c.req.valid('header')['if-match']
        const meetup = await editMeetup(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch)
        return c.json(meetup, 200, { ETag: etagOf(meetup.version) })
      },
    )
    .delete(
      '/:id',
      describe({
        summary: 'Cancel a meetup',
        description:
          'For good, and for its host and those who look after the place. It stays to be read. May be repeated.',
        tag,
        replies: { 204: null },
        errors: [...seen, timedOut, notAllowed, over, busy],
      }),
      signedIn,
      validate('param', meetupPath),
      validate('query', cancelQuery),
      async (c) => {
        await cancelMeetup(c.var.ctx, c.req.valid('param').id, c.req.valid('query').scope)
        return c.body(null, 204)
      },
    )
    .put(
      '/:id/rsvp',
      describe({
        summary: 'Say whether I come',
        description:
          'Until the end. Where all seats are taken, `going` waits: the first who waits gets the seat that comes free, at once and without being asked.',
        tag,
        replies: { 200: rsvpReply },
        errors: [...seen, over, bookingLimit, busy],
      }),
      signedIn,
      validate('param', meetupPath),
      validate('json', rsvpInput),
      async (c) => c.json(await answerMeetup(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))),
    )
    .get(
      '/:id/attendees',
      describe({
        summary: 'See who comes to a meetup',
        description: 'By one answer at a time; those who said going in the order in which they did.',
        tag,
        replies: { 200: attendeesReply },
        errors: [...seen, pageErrors.badCursor],
      }),
      signedIn,
      validate('param', meetupPath),
      validate('query', attendeesQuery),
      async (c) => c.json(await showAttendees(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
    )
    .put(
      '/:id/attendance/:userId',
      describe({
        summary: 'Say whether somebody was there',
        description:
          'For the host and those who look after the place, from the start until seven days after the end. Who is present in the channel for ten minutes of a meetup without a location has attended by that.',
        tag,
        replies: { 204: null },
        errors: [...seen, timedOut, notAllowed, notMarkable, attendeeNotFound],
      }),
      signedIn,
      validate('param', attendeePath),
      validate('json', attendanceInput),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        await markAttendance(c.var.ctx, id, userId, c.req.valid('json').attended)
        return c.body(null, 204)
      },
    )
