import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { pageErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { groupErrors, roomErrors } from '../errors'
import { listQuery, type Place } from '../place-schemas'
import { showWaitlist, stopWaiting, waitForSeat } from './actions'
import { placeReply, waitlistReply } from './schemas'

const { invalid } = requestErrors

/** Waiting for a seat. */
export function waitlistRoutes({ kinds, noun, tag, errors, path }: Place) {
  const { notFound, banned, levelRequired, alreadyMember, notFull, waitlistFull, busy } = errors
  const own = noun === 'room' ? [roomErrors.personal] : []
  return new Hono<AppEnv>()
    .get(
      '/:id/waitlist',
      describe({
        summary: `See who waits for a seat in a ${noun}`,
        description:
          'How many wait and where you stand; for moderators and above also who. A seat that comes free goes to the first who may still have it, at once and without being asked.',
        tag,
        replies: { 200: waitlistReply },
        errors: [notFound, invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('param', path),
      validate('query', listQuery),
      async (c) => c.json(await showWaitlist(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('query'))),
    )
    .put(
      '/:id/waitlist',
      describe({
        summary: `Wait for a seat in a full ${noun}`,
        description:
          '201 the first time, 200 for somebody who waits already and keeps the place. You become a member by yourself when it is your turn. For those who could join by themselves if there were a seat, or hold an invitation.',
        tag,
        replies: { 200: placeReply, 201: placeReply },
        errors: [
          ...[notFound, banned, levelRequired, alreadyMember, notFull, waitlistFull, busy, invalid, ...own],
          ...[groupErrors.inactive, groupErrors.inviteOnly].filter(() => noun === 'group'),
        ],
      }),
      signedIn,
      validate('param', path),
      async (c) => {
        const { place, isNew } = await waitForSeat(c.var.ctx, kinds, c.req.valid('param').id)
        return isNew ? c.json(place, 201, { Location: c.req.path }) : c.json(place, 200)
      },
    )
    .delete(
      '/:id/waitlist',
      describe({
        summary: 'Give up waiting for a seat',
        description: 'May be repeated.',
        tag,
        replies: { 204: null },
        errors: [notFound, invalid],
      }),
      signedIn,
      validate('param', path),
      async (c) => {
        await stopWaiting(c.var.ctx, kinds, c.req.valid('param').id)
        return c.body(null, 204)
      },
    )
}
