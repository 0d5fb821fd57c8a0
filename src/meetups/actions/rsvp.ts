import type { UserCtx } from '../../app/context'
import { updateAttended } from '../attendance-store'
import { meetupErrors } from '../errors'
import { upsertRsvp } from '../rsvp-store'
import { bookingLimit, defaultRemindMinutes, markableMs } from '../rules'
import type { Rsvp, RsvpInput } from '../schemas'
import { findAttendance } from '../store'
import { accessMeetup, accessToRun, toRsvp } from './read'

/**
 * Answers to a meetup. Where no seat is free, `going` waits for one.
 * @throws meetup.not_found, channel.membership_required, meetup.over, meetup.booking_limit, meetup.busy
 */
export async function answerMeetup(ctx: UserCtx, id: string, { status, remindMinutes }: RsvpInput): Promise<Rsvp> {
  const { view } = await accessMeetup(ctx, id)
  const remind =
    remindMinutes === undefined ? (view.rsvp ? view.rsvp.remindMinutes : defaultRemindMinutes) : remindMinutes
  const answered = await upsertRsvp(ctx, view, status, remind)
  if (answered?.rsvp) return toRsvp(answered.rsvp)
  const { view: now } = await accessMeetup(ctx, id)
  if (now.state === 'completed' || now.state === 'cancelled' || now.endsAt <= ctx.now()) throw meetupErrors.over()
  const attendance = await findAttendance(ctx)
  const limit = bookingLimit(attendance)
  if (limit === null) throw meetupErrors.busy()
  throw meetupErrors.bookingLimit(
    `You were there ${attendance.attended} of the last ${attendance.counted} times, and so may say going to ${limit} at a time.`,
  )
}

/**
 * Says whether somebody who has a seat was there.
 * @throws meetup.not_found, channel.membership_required, meetup.not_allowed, meetup.not_markable,
 *   meetup.attendee_not_found
 */
export async function markAttendance(ctx: UserCtx, id: string, userId: string, attended: boolean): Promise<void> {
  const { view, role } = await accessToRun(ctx, id)
  const open = view.state === 'active' || (view.state === 'completed' && ctx.now() <= view.endsAt + markableMs)
  if (!open) throw meetupErrors.notMarkable()
  if (!(await updateAttended(ctx, { view, role, userId, attended }))) throw meetupErrors.attendeeNotFound()
}
