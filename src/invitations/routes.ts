import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { groupErrors, invitationErrors, linkErrors, roomErrors } from '../channels/errors'
import { declineInvitation, listInvitations } from '../channels/invitations/actions'
import { invitationPath, invitationsQuery, invitationsReply } from '../channels/invitations/schemas'
import { previewLink } from '../channels/links/actions'
import { linkPath, linkPreviewReply } from '../channels/links/schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { etagOf } from '../shared/etag'
import { validate } from '../shared/validate'
import { acceptPlaceInvitation, usePlaceLink } from './actions'
import { placeReply } from './schemas'

const tag = 'Invitations'
const { invalid } = requestErrors

/** Why a room or a group may not let somebody in. */
const doors = [
  ...[roomErrors.full, roomErrors.banned, roomErrors.levelRequired],
  ...[groupErrors.full, groupErrors.banned, groupErrors.levelRequired, groupErrors.inactive],
]

export const inviteLinkRoutes = () =>
  new Hono<AppEnv>()
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
      async (c) => c.json(await previewLink(c.var.ctx, c.req.valid('param').code)),
    )
    .post(
      '/:code/join',
      describe({
        summary: 'Join by an invite link',
        description: '201 the first time, 200 for somebody who is in already; that uses nothing up.',
        tag,
        replies: { 200: placeReply, 201: placeReply },
        errors: [linkErrors.notFound, ...doors, invalid],
      }),
      signedIn,
      validate('param', linkPath),
      async (c) => {
        const { place, location, joined } = await usePlaceLink(c.var.ctx, c.req.valid('param').code)
        c.header('ETag', etagOf(place.version))
        return joined ? c.json(place, 201, { Location: location }) : c.json(place, 200)
      },
    )

export const invitationAnswerRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({
        summary: 'List the invitations that wait for your answer',
        description: 'The newest first.',
        tag,
        replies: { 200: invitationsReply },
        errors: [invalid, pageErrors.badCursor],
      }),
      signedIn,
      validate('query', invitationsQuery),
      async (c) => c.json(await listInvitations(c.var.ctx, c.req.valid('query'))),
    )
    .post(
      '/:id/accept',
      describe({
        summary: 'Accept an invitation',
        description:
          '201 when it makes you a member, 200 when you are one already. While the place is full, the invitation stays open and lets you wait.',
        tag,
        replies: { 200: placeReply, 201: placeReply },
        errors: [invitationErrors.notFound, ...doors, roomErrors.busy, groupErrors.busy, invalid],
      }),
      signedIn,
      validate('param', invitationPath),
      async (c) => {
        const { place, location, joined } = await acceptPlaceInvitation(c.var.ctx, c.req.valid('param').id)
        c.header('ETag', etagOf(place.version))
        return joined ? c.json(place, 201, { Location: location }) : c.json(place, 200)
      },
    )
    .post(
      '/:id/decline',
      describe({
        summary: 'Decline an invitation',
        description: 'Whoever invited you is not told. May be repeated.',
        tag,
        replies: { 204: null },
        errors: [invitationErrors.notFound, invalid],
      }),
      signedIn,
      validate('param', invitationPath),
      async (c) => {
        await declineInvitation(c.var.ctx, c.req.valid('param').id)
        return c.body(null, 204)
      },
    )
