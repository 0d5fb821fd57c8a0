import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { channelErrors, roomErrors } from '../../channels/errors'
import { transferInput } from '../../channels/members/schemas'
import { requestErrors } from '../../shared/errors'
import { etagOf } from '../../shared/etag'
import { validate } from '../../shared/validate'
import { joinRoom, leaveRoom, readPresence, transferRoom } from '../actions'
import { presenceReply, roomPath, roomReply } from '../schemas'

const tag = 'Rooms'
const { invalid } = requestErrors
const { membershipRequired } = channelErrors
const { notFound, notAllowed, memberNotFound, busy } = roomErrors

/** Coming, going and handing over. */
export const roomMemberRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/:id/join',
      describe({
        summary: 'Join a public room',
        description: '201 the first time, 200 for somebody who is in already.',
        tag,
        replies: { 200: roomReply, 201: roomReply },
        errors: [notFound, roomErrors.full, roomErrors.banned, roomErrors.levelRequired, busy, invalid],
      }),
      signedIn,
      validate('param', roomPath),
      async (c) => {
        const { room, joined } = await joinRoom(c.var.ctx, c.req.valid('param').id)
        c.header('ETag', etagOf(room.version))
        return joined ? c.json(room, 201, { Location: `/api/v1/rooms/${room.id}` }) : c.json(room, 200)
      },
    )
    .post(
      '/:id/leave',
      describe({
        summary: 'Leave a room',
        description: 'The first who waits for a seat gets it.',
        tag,
        replies: { 204: null },
        errors: [notFound, membershipRequired, roomErrors.ownerMustTransfer, busy, invalid],
      }),
      signedIn,
      validate('param', roomPath),
      async (c) => {
        await leaveRoom(c.var.ctx, c.req.valid('param').id)
        return c.body(null, 204)
      },
    )
    .post(
      '/:id/transfer',
      describe({
        summary: 'Hand a room to another member',
        description: 'The former owner stays as a moderator.',
        tag,
        replies: { 200: roomReply },
        errors: [notFound, membershipRequired, notAllowed, memberNotFound, roomErrors.tooMany, busy, invalid],
      }),
      signedIn,
      validate('param', roomPath),
      validate('json', transferInput),
      async (c) => {
        const room = await transferRoom(c.var.ctx, c.req.valid('param').id, c.req.valid('json').userId)
        return c.json(room, 200, { ETag: etagOf(room.version) })
      },
    )
    .get(
      '/:id/presence',
      describe({
        summary: 'See who is in a room now',
        description: 'For its members.',
        tag,
        replies: { 200: presenceReply },
        errors: [notFound, membershipRequired, invalid],
      }),
      signedIn,
      validate('param', roomPath),
      async (c) => c.json(await readPresence(c.var.ctx, c.req.valid('param').id)),
    )
