import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { channelErrors, groupErrors } from '../../channels/errors'
import { announce } from '../../channels/live/actions'
import { liveErrors } from '../../channels/live/errors'
import { messageReply } from '../../channels/live/schemas'
import { memberReply, transferInput } from '../../channels/members/schemas'
import { groupPaths, listQuery } from '../../channels/place-schemas'
import { approveRequest, denyRequest, listJoinRequests } from '../../channels/requests/actions'
import { denial, joinRequestsReply, ownRequestReply } from '../../channels/requests/schemas'
import { pageErrors, requestErrors } from '../../shared/errors'
import { etagOf } from '../../shared/etag'
import { validate } from '../../shared/validate'
import { joinGroup, leaveGroup, transferGroup } from '../actions'
import { groupReply, newAnnouncement } from '../schemas'

const tag = 'Groups'
const { invalid } = requestErrors
const { membershipRequired } = channelErrors
const { notFound, notAllowed, memberNotFound, requestNotFound, full, inactive, busy } = groupErrors
const { kinds, path, memberPath: requestPath } = groupPaths

/** Coming, asking, going, handing over, and speaking to all. */
export const groupMemberRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/:id/join',
      describe({
        summary: 'Join a group, or ask to',
        description:
          '201 the first time, 200 for somebody who is in already. Where joinPolicy is request, this asks the moderators and answers 202; repeating it changes nothing, and leaving takes it back.',
        tag,
        replies: { 200: groupReply, 201: groupReply, 202: ownRequestReply },
        errors: [
          ...[notFound, full, groupErrors.banned, groupErrors.levelRequired, inactive, groupErrors.inviteOnly],
          ...[groupErrors.requestDenied, busy, invalid],
        ],
      }),
      signedIn,
      validate('param', path),
      async (c) => {
        const outcome = await joinGroup(c.var.ctx, c.req.valid('param').id)
        if (outcome.status === 'requested') return c.json({ status: outcome.status, createdAt: outcome.askedAt }, 202)
        const { group, status } = outcome
        c.header('ETag', etagOf(group.version))
        return status === 'joined' ? c.json(group, 201, { Location: `/api/v1/groups/${group.id}` }) : c.json(group, 200)
      },
    )
    .post(
      '/:id/leave',
      describe({
        summary: 'Leave a group, or take back that you asked to join',
        description:
          'The first who waits for a seat gets it. A leader who leaves is succeeded by the longest-standing moderator, else member; the last one to leave deletes the group.',
        tag,
        replies: { 204: null },
        errors: [notFound, membershipRequired, groupErrors.ownerMustTransfer, busy, invalid],
      }),
      signedIn,
      validate('param', path),
      async (c) => {
        await leaveGroup(c.var.ctx, c.req.valid('param').id)
        return c.body(null, 204)
      },
    )
    .post(
      '/:id/transfer',
      describe({
        summary: 'Hand a group to another member',
        description: 'The former leader stays as a moderator.',
        tag,
        replies: { 200: groupReply },
        errors: [notFound, membershipRequired, notAllowed, memberNotFound, groupErrors.tooMany, busy, invalid],
      }),
      signedIn,
      validate('param', path),
      validate('json', transferInput),
      async (c) => {
        const group = await transferGroup(c.var.ctx, c.req.valid('param').id, c.req.valid('json').userId)
        return c.json(group, 200, { ETag: etagOf(group.version) })
      },
    )
    .get(
      '/:id/requests',
      describe({
        summary: 'List who asks to join a group',
        description: 'For its leader and moderators, the oldest first.',
        tag,
        replies: { 200: joinRequestsReply },
        errors: [notFound, membershipRequired, notAllowed, invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('param', path),
      validate('query', listQuery),
      async (c) => c.json(await listJoinRequests(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('query'))),
    )
    .post(
      '/:id/requests/:userId/approve',
      describe({
        summary: 'Let somebody in who asks',
        description: 'For its leader and moderators. While the group is full, the request stays open.',
        tag,
        replies: { 200: memberReply },
        errors: [notFound, membershipRequired, notAllowed, requestNotFound, full, inactive, busy, invalid],
      }),
      signedIn,
      validate('param', requestPath),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        return c.json(await approveRequest(c.var.ctx, kinds, id, userId))
      },
    )
    .post(
      '/:id/requests/:userId/deny',
      describe({
        summary: 'Say no to somebody who asks',
        description: 'For its leader and moderators. The person may ask again seven days later. The body may be empty.',
        tag,
        replies: { 204: null },
        errors: [notFound, membershipRequired, notAllowed, requestNotFound, busy, invalid],
      }),
      signedIn,
      validate('param', requestPath),
      validate('json', denial),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        await denyRequest(c.var.ctx, kinds, id, userId, c.req.valid('json').reason)
        return c.body(null, 204)
      },
    )
    .post(
      '/:id/announcements',
      describe({
        summary: 'Announce something to a group',
        description:
          'For its leader and moderators: a message of the type announcement in the group’s channel. 200 when the nonce has made it before.',
        tag,
        replies: { 200: messageReply, 201: messageReply },
        errors: [channelErrors.notFound, membershipRequired, liveErrors.announcementNotAllowed, invalid],
      }),
      signedIn,
      validate('param', path),
      validate('json', newAnnouncement),
      async (c) => {
        const { id } = c.req.valid('param')
        const { message, repeated } = await announce(c.var.ctx, id, c.req.valid('json'))
        return repeated
          ? c.json(message, 200)
          : c.json(message, 201, { Location: `/api/v1/channels/${id}/messages/${message.id}` })
      },
    )
