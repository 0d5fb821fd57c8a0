import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { channelErrors, linkErrors, roomErrors } from '../channels/errors'
import { linkPath, linkPreviewReply, linkReply, newLink } from '../channels/links/schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { etagOf, ifMatchHeader } from '../shared/etag'
import { pageOf } from '../shared/page'
import { validate } from '../shared/validate'
import {
  createRoom,
  createRoomLink,
  deleteRoom,
  editRoom,
  joinRoomByLink,
  listMyRooms,
  listRoomLinks,
  listRooms,
  previewRoomLink,
  readRoom,
  revokeRoomLink,
} from './actions'
import { listQuery, newRoom, roomEdit, roomLinkPath, roomPath, roomReply, roomsQuery, roomsReply } from './schemas'

const tag = 'Rooms'
const { invalid } = requestErrors
const { membershipRequired } = channelErrors
const { notFound, notAllowed, full, banned, tooMany, busy } = roomErrors

const locationOf = (id: string) => `/api/v1/rooms/${id}`

export const roomRoutes = new Hono<AppEnv>()
  .post(
    '/',
    describe({
      summary: 'Make a room',
      tag,
      replies: { 201: roomReply },
      errors: [tooMany, invalid],
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
      replies: { 200: roomsReply },
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
        'For its owner and moderators. With If-Match, only the version named there is changed. Lowering maxParticipants below memberCount is refused.',
      tag,
      replies: { 200: roomReply },
      errors: [
        notFound,
        membershipRequired,
        notAllowed,
        roomErrors.personal,
        roomErrors.belowMemberCount,
        roomErrors.versionConflict,
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
  .post(
    '/:id/invite-links',
    describe({
      summary: 'Make an invite link',
      description: 'For those whom settings.whoMayInvite names. The body may be empty.',
      tag,
      replies: { 201: linkReply },
      errors: [notFound, membershipRequired, notAllowed, roomErrors.personal, linkErrors.tooMany, busy, invalid],
    }),
    signedIn,
    validate('param', roomPath),
    validate('json', newLink),
    async (c) => {
      const link = await createRoomLink(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))
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
    validate('param', roomPath),
    validate('query', listQuery),
    async (c) => c.json(await listRoomLinks(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
  .delete(
    '/:id/invite-links/:code',
    describe({
      summary: 'Take an invite link back',
      description: 'For who made it, moderators and the owner.',
      tag,
      replies: { 204: null },
      errors: [notFound, membershipRequired, notAllowed, linkErrors.notFound, busy, invalid],
    }),
    signedIn,
    validate('param', roomLinkPath),
    async (c) => {
      const { id, code } = c.req.valid('param')
      await revokeRoomLink(c.var.ctx, id, code)
      return c.body(null, 204)
    },
  )

export const inviteLinkRoutes = new Hono<AppEnv>()
  .get(
    '/:code',
    describe({
      summary: 'See where an invite link leads',
      tag,
      open: true,
      replies: { 200: linkPreviewReply },
      errors: [linkErrors.notFound, invalid],
    }),
    validate('param', linkPath),
    async (c) => c.json(await previewRoomLink(c.var.ctx, c.req.valid('param').code)),
  )
  .post(
    '/:code/join',
    describe({
      summary: 'Join by an invite link',
      description: '201 the first time, 200 for somebody who is in already; that uses nothing up.',
      tag,
      replies: { 200: roomReply, 201: roomReply },
      errors: [linkErrors.notFound, full, banned, invalid],
    }),
    signedIn,
    validate('param', linkPath),
    async (c) => {
      const { room, joined } = await joinRoomByLink(c.var.ctx, c.req.valid('param').code)
      c.header('ETag', etagOf(room.version))
      return joined ? c.json(room, 201, { Location: locationOf(room.id) }) : c.json(room, 200)
    },
  )
