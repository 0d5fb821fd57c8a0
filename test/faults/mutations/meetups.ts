import type { Mutation } from './mutation'

const meetups = 'test/meetups/meetups.test.ts'
const pure = 'test/meetups/meetups.pure.test.ts'
const attendance = 'test/meetups/attendance.test.ts'
const calendar = 'test/calendar/calendar.test.ts'
const feed = 'test/calendar/feed.pure.test.ts'

/** Meetups and calendars (product.md, "Meetups"). */
export const meetupMutations: readonly Mutation[] = [
  {
    id: 'meetups.overbooked',
    rule: 'Capacity is exact under parallel answers.',
    file: 'src/meetups/rsvp-store.ts',
    find: 'm.going_count < m.capacity',
    replace: 'm.going_count <= m.capacity',
    test: [meetups, 'fifty who say going at once to a meetup of five make exactly five, and the others wait in line'],
  },
  {
    id: 'meetups.place-lost',
    rule: 'Saying going again keeps the place.',
    file: 'src/meetups/rsvp-store.ts',
    find: 'seated = iif(meetup_rsvps.place IS NOT NULL AND ${goes}, meetup_rsvps.seated, excluded.seated)',
    replace: 'seated = excluded.seated',
    test: [meetups, 'saying it again keeps the place and the reminder; another answer gives it up'],
  },
  {
    id: 'meetups.booking-limit-passed-together',
    rule: 'At 70 % three meetups ahead, even when all answers come at once.',
    file: 'src/meetups/rsvp-store.ts',
    find: '${goingAhead(userId, id, 1000)} < ${bookingLimit(userId)}',
    replace: '${goingAhead(userId, id, 1000)} < 1000 + ${bookingLimit(userId)}',
    test: [meetups, 'who misses many meetups says going to few at a time, even when all answers come at once'],
  },
  {
    id: 'meetups.answered-by-strangers',
    rule: 'Only members answer.',
    file: 'src/meetups/actions/read.ts',
    find: "    throw standing.visibility === 'public' ? channelErrors.membershipRequired() : meetupErrors.notFound()",
    replace: '    return { view, role: "member" as const, mutedUntil: null }',
    test: [meetups, 'a member plans a meetup in local time, and all members find it'],
  },
  {
    id: 'meetups.run-by-anybody',
    rule: 'The host and those who look after the place change a meetup.',
    file: 'src/meetups/rules.ts',
    find: 'looksAfter(role) || userId === hostId',
    replace: 'looksAfter(role) || userId !== hostId',
    test: [pure, 'the host and those who look after the place run a meetup'],
  },
  {
    id: 'meetups.stale-edit',
    rule: 'A write over another version misses.',
    file: 'src/meetups/edit-store.ts',
    find: "WHERE id = ${view.id} AND version = ${view.version} AND state = 'scheduled' AND ${seatsFit(capacity)}",
    replace: "WHERE id = ${view.id} AND state = 'scheduled' AND ${seatsFit(capacity)}",
    test: [meetups, 'of changes of one meetup at once none is lost'],
  },
  {
    id: 'meetups.cancelled-comes-back',
    rule: 'Completed and cancelled are final.',
    file: 'src/meetups/job-store.ts',
    find: "UPDATE meetups SET state = 'completed', version = version + 1, change_id = ${changeId}, updated_at = ${now}\n      WHERE id IN (SELECT id FROM meetups WHERE state IN ('scheduled', 'active') AND ends_at <= ${whole(now)}\n          ORDER BY ends_at LIMIT ${limit})\n        AND state IN ('scheduled', 'active')",
    replace:
      "UPDATE meetups SET state = 'completed', version = version + 1, change_id = ${changeId}, updated_at = ${now}\n      WHERE id IN (SELECT id FROM meetups WHERE ends_at <= ${whole(now)} ORDER BY ends_at DESC LIMIT ${limit})",
    test: [meetups, 'cancelled is final, for one or for all that follow'],
  },
  {
    id: 'meetups.short-visit-counts',
    rule: 'Present in the channel for 10 min counts as attended.',
    file: 'src/channels/live/visits.ts',
    find: 'export const attendedMs = 10 * 60_000',
    replace: 'export const attendedMs = 5 * 60_000',
    test: [attendance, 'who is in the channel for ten minutes of a meetup attended it'],
  },
  {
    id: 'meetups.unwatched-is-missed',
    rule: 'Where nobody looked who was there, nobody missed it.',
    file: 'src/meetups/job-store.ts',
    find: "= 1 THEN 'missed' ELSE 'void' END",
    replace: "= 1 THEN 'missed' ELSE 'missed' END",
    test: [attendance, 'a meetup whose beginning nobody noticed says nothing about those who said going'],
  },
  {
    id: 'meetups.attendance-told-to-all',
    rule: 'Attendance is private.',
    file: 'src/meetups/actions/read.ts',
    find: 'attended: seesAttendance ? attended : null',
    replace: 'attended',
    test: [attendance, 'who is in the channel for ten minutes of a meetup attended it'],
  },
  {
    id: 'calendar.secret-stored',
    rule: 'Of the secret of an address only a hash is kept.',
    file: 'src/calendar/actions.ts',
    find: 'await upsertFeed(ctx, await hashSecret(token))',
    replace: 'await upsertFeed(ctx, token)',
    test: [calendar, 'the secret of an address is not stored'],
  },
  {
    id: 'calendar.never-revoked',
    rule: 'The address can be taken back.',
    file: 'src/calendar/store.ts',
    find: 'DELETE FROM calendar_feeds WHERE user_id = ${ctx.actor.userId}',
    replace: 'DELETE FROM calendar_feeds WHERE user_id = ${ctx.actor.sessionId}',
    test: [calendar, 'a calendar is read by whoever has its address, without a session, until it is taken back'],
  },
  {
    id: 'calendar.of-rooms-left',
    rule: 'A calendar holds what is planned where one is a member.',
    file: 'src/calendar/store.ts',
    find: "WHERE mine.user_id = ${userId} AND mine.state = 'active' AND m.state IN",
    replace: 'WHERE mine.user_id = ${userId} AND m.state IN',
    test: [calendar, 'it holds what is planned where one is a member, and what one has to do'],
  },
  {
    id: 'calendar.unescaped',
    rule: 'Nobody writes a property into somebody else’s calendar.',
    file: 'src/calendar/ics.ts',
    find: "replace(/\\r\\n|\\r|\\n/g, '\\\\n')",
    replace: "replace(/\\r\\n/g, '\\\\n')",
    test: [feed, 'nobody writes a property into somebody else’s calendar after'],
  },
  {
    id: 'calendar.clocks-of-today',
    rule: 'A VTIMEZONE tells every change of clocks.',
    file: 'src/calendar/timezone.ts',
    find: '    before = after\n',
    replace: '    before = after\n    break\n',
    test: [feed, 'is expanded by another reader to the same instants, through every change of clocks'],
  },
  {
    id: 'calendar.last-one-missing',
    rule: 'A series ends with its last date, whichever of a doubled hour a reader takes.',
    file: 'src/calendar/feed.ts',
    find: 'until: endOf(repeat.until, timezone)',
    replace: 'until: instantOf(repeat.until, startsTime, timezone)',
    test: [feed, 'at %s ends on its last date, also when the clocks change then'],
  },
]
