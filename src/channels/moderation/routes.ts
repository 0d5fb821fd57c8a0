import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { pageErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { userErrors } from '../../users/errors'
import { channelErrors } from '../errors'
import { listQuery, type Place } from '../place-schemas'
import { banMember, liftBan, liftTimeout, listBans, timeOutMember } from './actions'
import { banReply, bansReply, newBan, newTimeout, timeoutReply } from './schemas'

const { invalid } = requestErrors
const { membershipRequired } = channelErrors

/** Who may not come in, and who may not write. */
export function moderationRoutes({ kinds, noun, tag, errors, path, memberPath }: Place) {
  const { notFound, notAllowed, memberNotFound, busy } = errors
  const barred = [notFound, membershipRequired, notAllowed, busy, invalid]
  return new Hono<AppEnv>()
    .get(
      '/:id/bans',
      describe({
        summary: `List who is banned from a ${noun}`,
        description: 'For moderators and above, the oldest first. Bans that have ended are not listed.',
        tag,
        replies: { 200: bansReply },
        errors: [notFound, membershipRequired, notAllowed, invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('param', path),
      validate('query', listQuery),
      async (c) => c.json(await listBans(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('query'))),
    )
    .put(
      '/:id/bans/:userId',
      describe({
        summary: `Ban somebody from a ${noun}`,
        description:
          'For moderators and above, never on an equal or higher role; the person need not be a member. Open sockets close with 4403. The ban ends by itself at `until`. May be repeated, which writes the new reason and end. The body may be empty.',
        tag,
        replies: { 200: banReply },
        errors: [...barred, userErrors.notFound],
      }),
      signedIn,
      validate('param', memberPath),
      validate('json', newBan),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        return c.json(await banMember(c.var.ctx, kinds, id, userId, c.req.valid('json')))
      },
    )
    .delete(
      '/:id/bans/:userId',
      describe({
        summary: 'Lift a ban',
        description: 'The person may join again, and is no member until then. May be repeated.',
        tag,
        replies: { 204: null },
        errors: barred,
      }),
      signedIn,
      validate('param', memberPath),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        await liftBan(c.var.ctx, kinds, id, userId)
        return c.body(null, 204)
      },
    )
    .put(
      '/:id/timeouts/:userId',
      describe({
        summary: 'Let a member read and not write for a while',
        description:
          'For moderators and above, never on an equal or higher role; for at most 28 days. It outlasts leaving and coming back. May be repeated, which writes the new reason and end.',
        tag,
        replies: { 200: timeoutReply },
        errors: [...barred, memberNotFound],
      }),
      signedIn,
      validate('param', memberPath),
      validate('json', newTimeout),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        return c.json(await timeOutMember(c.var.ctx, kinds, id, userId, c.req.valid('json')))
      },
    )
    .delete(
      '/:id/timeouts/:userId',
      describe({
        summary: 'Let a member write again',
        description: 'May be repeated.',
        tag,
        replies: { 204: null },
        errors: [...barred, memberNotFound],
      }),
      signedIn,
      validate('param', memberPath),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        await liftTimeout(c.var.ctx, kinds, id, userId)
        return c.body(null, 204)
      },
    )
}
