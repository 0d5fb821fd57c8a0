import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { authErrors } from '../auth/errors'
import { blockErrors } from '../blocks/errors'
import { pageErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { userErrors } from '../users/errors'
import {
  acceptRequest,
  endFriendship,
  listFriends,
  listRequests,
  rejectRequest,
  requestFriend,
  withdrawRequest,
} from './actions'
import { friendErrors } from './errors'
import {
  friendPath,
  friendReply,
  friendsReply,
  listQuery,
  newRequest,
  requestPath,
  requestReply,
  requestsQuery,
  requestsReply,
} from './schemas'

const tag = 'Friends'
const { invalid } = requestErrors
const { requestNotFound } = friendErrors

export const friendRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({
        summary: 'List my friends',
        description: 'The newest friendship first.',
        tag,
        replies: { 200: friendsReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', listQuery),
      async (c) => c.json(await listFriends(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/requests',
      describe({
        summary: 'List open friend requests',
        description: 'Those that I was sent, or with `direction=outgoing` those that I sent; the newest first.',
        tag,
        replies: { 200: requestsReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', requestsQuery),
      async (c) => c.json(await listRequests(c.var.ctx, c.req.valid('query'))),
    )
    .post(
      '/requests',
      describe({
        summary: 'Ask somebody to be friends',
        description:
          'By id or by username. 201 for a new request; 200 for one that was open already. Whoever was asked by that person first becomes a friend with it: then `status` is `accepted`.',
        tag,
        replies: { 200: requestReply, 201: requestReply },
        errors: [
          ...[authErrors.emailVerificationRequired, userErrors.notFound, blockErrors.byYou, friendErrors.self],
          ...[friendErrors.already, friendErrors.tooManyRequests, friendErrors.tooMany, friendErrors.busy, invalid],
        ],
      }),
      signedIn,
      validate('json', newRequest),
      async (c) => {
        const { request, isNew } = await requestFriend(c.var.ctx, c.req.valid('json'))
        const location = request.status === 'open' ? '/api/v1/friends/requests?direction=outgoing' : '/api/v1/friends'
        return isNew ? c.json(request, 201, { Location: location }) : c.json(request, 200)
      },
    )
    .post(
      '/requests/:id/accept',
      describe({
        summary: 'Accept a friend request',
        tag,
        replies: { 200: friendReply },
        errors: [requestNotFound, friendErrors.tooMany, invalid],
      }),
      signedIn,
      validate('param', requestPath),
      async (c) => c.json(await acceptRequest(c.var.ctx, c.req.valid('param').id)),
    )
    .post(
      '/requests/:id/reject',
      describe({
        summary: 'Reject a friend request',
        description: 'The one who asked is not told.',
        tag,
        replies: { 204: null },
        errors: [requestNotFound, invalid],
      }),
      signedIn,
      validate('param', requestPath),
      async (c) => {
        await rejectRequest(c.var.ctx, c.req.valid('param').id)
        return c.body(null, 204)
      },
    )
    .delete(
      '/requests/:id',
      describe({
        summary: 'Take back a friend request',
        tag,
        replies: { 204: null },
        errors: [requestNotFound, invalid],
      }),
      signedIn,
      validate('param', requestPath),
      async (c) => {
        await withdrawRequest(c.var.ctx, c.req.valid('param').id)
        return c.body(null, 204)
      },
    )
    .delete(
      '/:userId',
      describe({
        summary: 'End a friendship',
        description: 'For both, without a word to the other. May be repeated.',
        tag,
        replies: { 204: null },
        errors: [invalid],
      }),
      signedIn,
      validate('param', friendPath),
      async (c) => {
        await endFriendship(c.var.ctx, c.req.valid('param').userId)
        return c.body(null, 204)
      },
    )
