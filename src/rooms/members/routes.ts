import { Hono } from 'hono'
import { createFactory } from 'hono/factory'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { channelErrors, roomErrors } from '../../channels/errors'
import { pageErrors, requestErrors } from '../../shared/errors'
import { etagOf } from '../../shared/etag'
import { validate } from '../../shared/validate'
import {
  changeRoomRole,
  joinRoom,
  leaveRoom,
  listRoomMembers,
  readPresence,
  removeRoomMember,
  transferRoom,
} from '../actions'
import {
  listQuery,
  memberPath,
  memberReply,
  membersReply,
  presenceReply,
  roleEdit,
  roomPath,
  roomReply,
  transferInput,
} from '../schemas'

const tag = 'Rooms'
const { invalid } = requestErrors
const { membershipRequired } = channelErrors
const { notFound, notAllowed, memberNotFound, busy } = roomErrors

const memberList = createFactory<AppEnv>().createHandlers(
  describe({
    summary: 'List the members of a room',
    description: 'The longest-standing first. The members of a public room are visible to everybody who is signed in.',
    tag,
    replies: { 200: membersReply },
    errors: [notFound, invalid, pageErrors.badCursor],
  }),
  signedIn,
  validate('param', roomPath),
  validate('query', listQuery),
  async (c) => c.json(await listRoomMembers(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
)

/** Who is in a room, and how that changes. */
export const roomMemberRoutes = new Hono<AppEnv>()
  .post(
    '/:id/join',
    describe({
      summary: 'Join a public room',
      description: '201 the first time, 200 for somebody who is in already.',
      tag,
      replies: { 200: roomReply, 201: roomReply },
      errors: [notFound, roomErrors.full, roomErrors.banned, invalid],
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
      tag,
      replies: { 204: null },
      errors: [notFound, membershipRequired, roomErrors.ownerMustTransfer, invalid],
    }),
    signedIn,
    validate('param', roomPath),
    async (c) => {
      await leaveRoom(c.var.ctx, c.req.valid('param').id)
      return c.body(null, 204)
    },
  )
  .get('/:id/members', ...memberList)
  .get('/:id/participants', ...memberList)
  .patch(
    '/:id/members/:userId',
    describe({
      summary: 'Change a member’s role',
      description: 'Roles are given from above: the owner makes moderators, and takes it back.',
      tag,
      replies: { 200: memberReply },
      errors: [notFound, membershipRequired, notAllowed, memberNotFound, busy, invalid],
    }),
    signedIn,
    validate('param', memberPath),
    validate('json', roleEdit),
    async (c) => {
      const { id, userId } = c.req.valid('param')
      return c.json(await changeRoomRole(c.var.ctx, id, userId, c.req.valid('json').role))
    },
  )
  .delete(
    '/:id/members/:userId',
    describe({
      summary: 'Remove a member',
      description: 'For moderators and the owner, never on an equal or higher role. The person may join again.',
      tag,
      replies: { 204: null },
      errors: [notFound, membershipRequired, notAllowed, memberNotFound, busy, invalid],
    }),
    signedIn,
    validate('param', memberPath),
    async (c) => {
      const { id, userId } = c.req.valid('param')
      await removeRoomMember(c.var.ctx, id, userId)
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
