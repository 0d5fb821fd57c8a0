import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { channelErrors, groupErrors } from '../channels/errors'
import { groupPaths, listQuery, type Place } from '../channels/place-schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { etagOf, ifMatchHeader } from '../shared/etag'
import { validate } from '../shared/validate'
import { subjectErrors } from '../subjects/errors'
import { claimErrors } from '../uploads/errors'
import { createGroup, deleteGroup, editGroup, listGroups, listMyGroups, readGroup } from './actions'
import { groupEdit, groupReply, groupsQuery, groupsReply, myGroupsReply, newGroup } from './schemas'

const tag = 'Groups'
const { invalid } = requestErrors
const { membershipRequired } = channelErrors
const { notFound, notAllowed, tooMany, busy, versionConflict, belowMemberCount } = groupErrors

/** What the calls that rooms and groups have in common need to know of groups. */
export const groupPlace: Place = { ...groupPaths, errors: groupErrors }

export const groupRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/',
      describe({
        summary: 'Make a group',
        description: 'You are its leader.',
        tag,
        replies: { 201: groupReply },
        errors: [tooMany, subjectErrors.notFound, ...claimErrors, invalid],
      }),
      signedIn,
      validate('json', newGroup),
      async (c) => {
        const group = await createGroup(c.var.ctx, c.req.valid('json'))
        return c.json(group, 201, { Location: `/api/v1/groups/${group.id}`, ETag: etagOf(group.version) })
      },
    )
    .get(
      '/',
      describe({
        summary: 'Find public groups',
        description:
          'All of them, those about a subject, or those that a query finds by the words of title and description.',
        tag,
        replies: { 200: groupsReply },
        errors: [invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('query', groupsQuery),
      async (c) => c.json(await listGroups(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/mine',
      describe({
        summary: 'List the groups you are a member of',
        description: 'The last joined first.',
        tag,
        replies: { 200: myGroupsReply },
        errors: [invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('query', listQuery),
      async (c) => c.json(await listMyGroups(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/:id',
      describe({ summary: 'Read a group', tag, replies: { 200: groupReply }, errors: [notFound, invalid] }),
      signedIn,
      validate('param', groupPaths.path),
      async (c) => {
        const group = await readGroup(c.var.ctx, c.req.valid('param').id)
        return c.json(group, 200, { ETag: etagOf(group.version) })
      },
    )
    .patch(
      '/:id',
      describe({
        summary: 'Edit a group',
        description:
          'For its leader and moderators. With If-Match, only the version named there is changed. Lowering maxMembers below memberCount is refused; raising it lets in those who wait.',
        tag,
        replies: { 200: groupReply },
        errors: [
          ...[notFound, membershipRequired, notAllowed, belowMemberCount, versionConflict, subjectErrors.notFound],
          ...claimErrors,
          ...[busy, invalid],
        ],
      }),
      signedIn,
      validate('param', groupPaths.path),
      validate('header', ifMatchHeader),
      validate('json', groupEdit),
      async (c) => {
        const ifMatch = c.req.valid('header')['if-match']
        const group = await editGroup(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch)
        return c.json(group, 200, { ETag: etagOf(group.version) })
      },
    )
    .delete(
      '/:id',
      describe({
        summary: 'Delete a group',
        description: 'For its leader. The group is 404 at once, its sockets close with 4404.',
        tag,
        replies: { 204: null },
        errors: [notFound, membershipRequired, notAllowed, versionConflict, busy, invalid],
      }),
      signedIn,
      validate('param', groupPaths.path),
      validate('header', ifMatchHeader),
      async (c) => {
        await deleteGroup(c.var.ctx, c.req.valid('param').id, c.req.valid('header')['if-match'])
        return c.body(null, 204)
      },
    )
