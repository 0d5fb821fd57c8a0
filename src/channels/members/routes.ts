import { Hono } from 'hono'
import { createFactory } from 'hono/factory'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { pageErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { channelErrors } from '../errors'
import { listQuery, type Place } from '../place-schemas'
import { changeRole, listMembers, removeMember } from './actions'
import { memberReply, membersReply, removal, roleEdit } from './schemas'

const { invalid } = requestErrors
const { membershipRequired } = channelErrors

/** Who is in a room or group, and in which role. */
export function memberRoutes({ kinds, noun, tag, errors, path, memberPath }: Place) {
  const { notFound, notAllowed, memberNotFound, busy } = errors
  const list = createFactory<AppEnv>().createHandlers(
    describe({
      summary: `List the members of a ${noun}`,
      description: `The longest-standing first. The members of a public ${noun} are visible to everybody who is signed in.`,
      tag,
      replies: { 200: membersReply },
      errors: [notFound, invalid, pageErrors.badCursor],
    }),
    signedIn,
    validate('param', path),
    validate('query', listQuery),
    async (c) => c.json(await listMembers(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('query'))),
  )
  return new Hono<AppEnv>()
    .get('/:id/members', ...list)
    .get('/:id/participants', ...list)
    .patch(
      '/:id/members/:userId',
      describe({
        summary: 'Change a member’s role',
        description: 'Roles are given from above: only the highest makes moderators, and takes it back.',
        tag,
        replies: { 200: memberReply },
        errors: [notFound, membershipRequired, notAllowed, memberNotFound, busy, invalid],
      }),
      signedIn,
      validate('param', memberPath),
      validate('json', roleEdit),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        return c.json(await changeRole(c.var.ctx, kinds, id, userId, c.req.valid('json').role))
      },
    )
    .delete(
      '/:id/members/:userId',
      describe({
        summary: 'Remove a member',
        description:
          'For moderators and above, never on an equal or higher role. The person may join again, unless banned. The body may be empty.',
        tag,
        replies: { 204: null },
        errors: [notFound, membershipRequired, notAllowed, memberNotFound, busy, invalid],
      }),
      signedIn,
      validate('param', memberPath),
      validate('json', removal),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        await removeMember(c.var.ctx, kinds, id, userId, c.req.valid('json').reason)
        return c.body(null, 204)
      },
    )
}
