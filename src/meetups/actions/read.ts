import type { UserCtx } from '../../app/context'
import { channelErrors } from '../../channels/errors'
import { accessView, requireRole } from '../../channels/lifecycle/actions'
import type { ChannelKind, MemberRole } from '../../channels/live/contract'
import { requireNoTimeout } from '../../channels/standing/actions'
import { cutPage } from '../../shared/page'
import { avatarUrl } from '../../users/rules'
import { meetupErrors } from '../errors'
import { bookingLimit, canRun } from '../rules'
import type { AttendeesQuery, Meetup, MeetupsQuery, Rsvp } from '../schemas'
import { findAttendance, findMeetup, listAttendees, type MeetupView, type RsvpView, selectPage, toView } from '../store'

const iso = (at: number) => new Date(at).toISOString()

export function toRsvp({ status, seated, position, remindMinutes, outcome, attendedAt }: RsvpView): Rsvp {
  return {
    status: status === 'going' && !seated ? 'waiting' : status,
    position,
    remindMinutes,
    attended: outcome === 'missed' ? false : attendedAt === null ? null : true,
  }
}

export function toMeetup(view: MeetupView): Meetup {
  const { id, channelId, seriesId, hostId, title, description, location, timezone, durationMinutes } = view
  const { capacity, goingCount, state, version, repeat, rsvp } = view
  const seats = capacity ?? goingCount
  return {
    ...{ id, channelId, seriesId },
    host: hostId === null ? null : { id: hostId, name: view.hostName ?? '', avatarUrl: avatarUrl(view.hostAvatarKey) },
    ...{ title, description, location, startsAt: `${view.startsOn}T${view.startsTime}`, timezone, durationMinutes },
    ...{ beginsAt: iso(view.startsAt), endsAt: iso(view.endsAt), repeat, capacity },
    ...{ goingCount: Math.min(goingCount, seats), waitingCount: Math.max(0, goingCount - seats), state },
    ...{ rsvp: rsvp && toRsvp(rsvp), version, createdAt: iso(view.createdAt), updatedAt: iso(view.updatedAt) },
  }
}

/**
 * A meetup and the caller's role in its channel, for members.
 * @throws meetup.not_found, channel.membership_required
 */
export async function accessMeetup(ctx: UserCtx, id: string) {
  const found = await findMeetup(ctx, id)
  if (!found) throw meetupErrors.notFound()
  const { view, standing } = found
  if (standing.role === null)
    throw standing.visibility === 'public' ? channelErrors.membershipRequired() : meetupErrors.notFound()
  return { view, role: standing.role, mutedUntil: standing.mutedUntil }
}

/**
 * The same for who may change it.
 * @throws meetup.not_found, channel.membership_required, channel.timed_out, meetup.not_allowed
 */
export async function accessToRun(ctx: UserCtx, id: string): Promise<{ view: MeetupView; role: MemberRole }> {
  const { view, role, mutedUntil } = await accessMeetup(ctx, id)
  requireNoTimeout(mutedUntil, ctx.now())
  if (!canRun(role, ctx.actor.userId, view.hostId)) throw meetupErrors.notAllowed()
  return { view, role }
}

export const readMeetup = async (ctx: UserCtx, id: string) => toMeetup((await accessMeetup(ctx, id)).view)

/** @throws room.not_found, channel.membership_required, page.bad_cursor */
export async function listMeetups(ctx: UserCtx, kinds: ChannelKind[], channelId: string, query: MeetupsQuery) {
  const { when, limit, cursor } = query
  const binding = `meetups ${ctx.actor.userId} ${channelId} ${when}`
  const position = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const after = position && { startsAt: Number(position[0]), id: String(position[1]) }
  requireRole(await accessView(ctx, kinds, channelId))
  const { rows, last } = cutPage(await selectPage(ctx, channelId, when, after, limit + 1), limit)
  return {
    data: rows.map((row) => toMeetup(toView(row))),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.startsAt, last.id])),
  }
}

/** @throws meetup.not_found, channel.membership_required, page.bad_cursor */
export async function showAttendees(ctx: UserCtx, id: string, { status, limit, cursor }: AttendeesQuery) {
  const binding = `attendees ${ctx.actor.userId} ${id} ${status}`
  const position = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const after = position && { place: Number(position[0]), userId: String(position[1]) }
  const { view, role } = await accessMeetup(ctx, id)
  const seesAttendance = canRun(role, ctx.actor.userId, view.hostId)
  const { rows, last } = cutPage(await listAttendees(ctx, id, status, after, limit + 1), limit)
  return {
    data: rows.map((row) => {
      const { attended } = toRsvp({ ...row, seated: row.seated === 1, position: null, remindMinutes: null })
      return {
        user: { id: row.userId, name: row.name, avatarUrl: avatarUrl(row.avatarKey) },
        ...{ status, attended: seesAttendance ? attended : null },
      }
    }),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.place ?? 0, last.userId])),
  }
}

/** How the caller stands: nobody else is shown it. */
export async function readAttendance(ctx: UserCtx) {
  const { counted, attended, ahead } = await findAttendance(ctx)
  return { counted, attended, goingAhead: ahead, limit: bookingLimit({ counted, attended }) }
}
