import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { channelErrors, roomErrors } from '../channels/errors'
import { listQuery, type Place, roomPaths } from '../channels/place-schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { etagOf, ifMatchHeader } from '../shared/etag'
import { validate } from '../shared/validate'
import { subjectErrors } from '../subjects/errors'
import { claimErrors } from '../uploads/errors'
import { createRoom, deleteRoom, editRoom, listMyRooms, listRooms, readRoom } from './actions'
import { myRoomsReply, newRoom, roomEdit, roomPath, roomReply, roomsQuery, roomsReply } from './schemas'

const tag = 'Rooms'
const { invalid } = requestErrors
const { membershipRequired } = channelErrors
const { notFound, notAllowed, tooMany, busy } = roomErrors

/** What the calls that rooms and groups have in common need to know of rooms. */
export const roomPlace: Place = { ...roomPaths, errors: roomErrors }

const locationOf = (id: string) => `/api/v1/rooms/${id}`

export const roomRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/',
      describe({
        summary: 'Make a room',
        tag,
        replies: { 201: roomReply },
        errors: [tooMany, subjectErrors.notFound, ...claimErrors, invalid],
      }),
      signedIn,
      validate('json', newRoom),
      async (c) => {
        const room = await createRoom(c.var.ctx, c.req.valid('json'))
        return c.json(room, 201, { Location: locationOf(room.id), ETag: etagOf(room.version) })
      },
    )
    .get(
      '/',
      describe({
        summary: 'Find public rooms',
        description:
          'With a query, rooms are found by the words of name and description and listed with the newest first.',
        tag,
        replies: { 200: roomsReply },
        errors: [invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('query', roomsQuery),
      async (c) => c.json(await listRooms(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/mine',
      describe({
        summary: 'List the rooms you are a member of',
        description: 'The last joined first.',
        tag,
        replies: { 200: myRoomsReply },
        errors: [invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('query', listQuery),
      async (c) => c.json(await listMyRooms(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/:id',
      describe({ summary: 'Read a room', tag, replies: { 200: roomReply }, errors: [notFound, invalid] }),
      signedIn,
      validate('param', roomPath),
      async (c) => {
        const room = await readRoom(c.var.ctx, c.req.valid('param').id)
        return c.json(room, 200, { ETag: etagOf(room.version) })
      },
    )
    .patch(
      '/:id',
      describe({
        summary: 'Edit a room',
        description:
          'For its owner and moderators. With If-Match, only the version named there is changed. Lowering maxParticipants below memberCount is refused; raising it lets in those who wait.',
        tag,
        replies: { 200: roomReply },
        errors: [
          notFound,
          membershipRequired,
          notAllowed,
          roomErrors.personal,
          roomErrors.belowMemberCount,
          ...claimErrors,
          roomErrors.versionConflict,
          subjectErrors.notFound,
          busy,
          invalid,
        ],
      }),
      signedIn,
      validate('param', roomPath),
      validate('header', ifMatchHeader),
      validate('json', roomEdit),
      async (c) => {
        const ifMatch = c.req.valid('header')['if-match']
        const room = await editRoom(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch)
        return c.json(room, 200, { ETag: etagOf(room.version) })
      },
    )
    .delete(
      '/:id',
      describe({
        summary: 'Delete a room',
        description: 'For its owner. The room is 404 at once, its sockets close with 4404.',
        tag,
        replies: { 204: null },
        errors: [notFound, membershipRequired, notAllowed, roomErrors.versionConflict, busy, invalid],
      }),
      signedIn,
      validate('param', roomPath),
      validate('header', ifMatchHeader),
      async (c) => {
        await deleteRoom(c.var.ctx, c.req.valid('param').id, c.req.valid('header')['if-match'])
        return c.body(null, 204)
      },
    )
