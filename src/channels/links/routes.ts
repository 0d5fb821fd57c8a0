import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { pageErrors, requestErrors } from '../../shared/errors'
import { pageOf } from '../../shared/page'
import { validate } from '../../shared/validate'
import { channelErrors, linkErrors, roomErrors } from '../errors'
import { listQuery, type Place } from '../place-schemas'
import { createLink, listLinks, revokeLink } from './actions'
import { linkReply, newLink } from './schemas'

const { invalid } = requestErrors
const { membershipRequired } = channelErrors

/** Links by which a room or group is joined. */
export function linkRoutes({ kinds, noun, tag, errors, path, linkPath }: Place) {
  const { notFound, notAllowed, busy } = errors
  const own = noun === 'room' ? [roomErrors.personal] : []
  return new Hono<AppEnv>()
    .post(
      '/:id/invite-links',
      describe({
        summary: 'Make an invite link',
        description: 'For those whom settings.whoMayInvite names. The body may be empty.',
        tag,
        replies: { 201: linkReply },
        errors: [notFound, membershipRequired, notAllowed, linkErrors.tooMany, busy, invalid, ...own],
      }),
      signedIn,
      validate('param', path),
      validate('json', newLink),
      async (c) => {
        const link = await createLink(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('json'))
        return c.json(link, 201, { Location: `/api/v1/invite-links/${link.code}` })
      },
    )
    .get(
      '/:id/invite-links',
      describe({
        summary: 'List the invite links that work',
        tag,
        replies: { 200: pageOf(linkReply) },
        errors: [notFound, membershipRequired, notAllowed, invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('param', path),
      validate('query', listQuery),
      async (c) => c.json(await listLinks(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('query'))),
    )
    .delete(
      '/:id/invite-links/:code',
      describe({
        summary: 'Take an invite link back',
        description: 'For who made it, moderators and above.',
        tag,
        replies: { 204: null },
        errors: [notFound, membershipRequired, notAllowed, linkErrors.notFound, busy, invalid],
      }),
      signedIn,
      validate('param', linkPath),
      async (c) => {
        const { id, code } = c.req.valid('param')
        await revokeLink(c.var.ctx, kinds, id, code)
        return c.body(null, 204)
      },
    )
}
