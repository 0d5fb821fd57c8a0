import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { baseOf } from '../app/site'
import { authErrors } from '../auth/errors'
import { blockErrors } from '../blocks/errors'
import { channelErrors, roomErrors } from '../channels/errors'
import { liveErrors } from '../channels/live/errors'
import { roomPaths } from '../channels/place-schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { etagOf, ifMatchHeader } from '../shared/etag'
import { validate } from '../shared/validate'
import { subjectErrors } from '../subjects/errors'
import { claimErrors, uploadErrors } from '../uploads/errors'
import { userErrors } from '../users/errors'
import {
  createMaterial,
  deleteMaterial,
  downloadMaterial,
  editMaterial,
  listMaterials,
  listMaterialsOfRoom,
  readMaterial,
  takeMaterialOut,
} from './actions'
import { materialErrors } from './errors'
import {
  downloadReply,
  listQuery,
  materialEdit,
  materialPath,
  materialReply,
  materialsQuery,
  materialsReply,
  newMaterial,
  newShare,
  roomMaterialPath,
  sharePath,
  shareReply,
  sharesReply,
} from './schemas'
import { listShares, shareMaterial, unshareMaterial } from './share-actions'

const tag = 'Materials'
const { invalid } = requestErrors
const { notFound, notAllowed, notWelcome, notMember, self, tooMany, tooManyShares, versionConflict, busy } =
  materialErrors
const { timedOut } = liveErrors
const inRoom = [roomErrors.notFound, channelErrors.membershipRequired]

export const materialRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/',
      describe({
        summary: 'Add a material',
        description:
          'A file that was sent for this purpose, or a link to the web; with roomId for the members of a room.',
        tag,
        replies: { 201: materialReply },
        errors: [...[...inRoom, timedOut, subjectErrors.notFound, tooMany, ...claimErrors, busy, invalid]],
      }),
      signedIn,
      validate('json', newMaterial),
      async (c) => {
        const material = await createMaterial(c.var.ctx, c.req.valid('json'))
        return c.json(material, 201, { Location: `/api/v1/materials/${material.id}`, ETag: etagOf(material.version) })
      },
    )
    .get(
      '/',
      describe({
        summary: 'List my materials',
        description: 'Your own and those that are shared with you, what came last first.',
        tag,
        replies: { 200: materialsReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', materialsQuery),
      async (c) => c.json(await listMaterials(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/:id',
      describe({ summary: 'Read a material', tag, replies: { 200: materialReply }, errors: [notFound, invalid] }),
      signedIn,
      validate('param', materialPath),
      async (c) => {
        const material = await readMaterial(c.var.ctx, c.req.valid('param').id)
        return c.json(material, 200, { ETag: etagOf(material.version) })
      },
    )
    .patch(
      '/:id',
      describe({
        summary: 'Edit a material',
        description:
          'For its owner and for whom the owner lets edit; the room is for the owner. With If-Match, only the version named there is changed.',
        tag,
        replies: { 200: materialReply },
        errors: [notFound, notAllowed, versionConflict, ...inRoom, timedOut, subjectErrors.notFound, busy, invalid],
      }),
      signedIn,
      validate('param', materialPath),
      validate('header', ifMatchHeader),
      validate('json', materialEdit),
      async (c) => {
        const ifMatch = c.req.valid('header')['if-match']
        const material = await editMaterial(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch)
        return c.json(material, 200, { ETag: etagOf(material.version) })
      },
    )
    .delete(
      '/:id',
      describe({
        summary: 'Delete a material',
        description: 'With its file and its shares, for its owner.',
        tag,
        replies: { 204: null },
        errors: [notFound, notAllowed, versionConflict, invalid],
      }),
      signedIn,
      validate('param', materialPath),
      validate('header', ifMatchHeader),
      async (c) => {
        await deleteMaterial(c.var.ctx, c.req.valid('param').id, c.req.valid('header')['if-match'])
        return c.body(null, 204)
      },
    )
    .get(
      '/:id/download',
      describe({
        summary: 'Download a material',
        description:
          'Counts you once a day. Of a file: redirects to a link that lives five minutes and needs no session; the body names it, too. Of a link: names it, without leading there.',
        tag,
        replies: { 200: downloadReply, 302: downloadReply },
        errors: [notFound, uploadErrors.notFound, uploadErrors.notReady, invalid],
      }),
      signedIn,
      validate('param', materialPath),
      async (c) => {
        const { ctx } = c.var
        const { isFile, link } = await downloadMaterial(ctx, c.req.valid('param').id, baseOf(ctx.config, c.req.raw))
        const headers = { 'Cache-Control': 'no-store' }
        // Nobody is led away from here to a page that somebody else has named.
        return isFile ? c.json(link, 302, { ...headers, Location: link.url }) : c.json(link, 200, headers)
      },
    )
    .get(
      '/:id/shares',
      describe({
        summary: 'List with whom a material is shared',
        tag,
        replies: { 200: sharesReply },
        errors: [notFound, notAllowed, pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('param', materialPath),
      validate('query', listQuery),
      async (c) => c.json(await listShares(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
    )
    .put(
      '/:id/shares/:userId',
      describe({
        summary: 'Share a material with somebody',
        description:
          'To see it or to edit it; may be repeated to change that. With people who may be written to; what stands in a room is shared with its members only, and for as long as they are in it.',
        tag,
        replies: { 200: shareReply },
        errors: [
          ...[notFound, notAllowed, self, notMember, notWelcome, tooManyShares, userErrors.notFound, blockErrors.byYou],
          ...[authErrors.emailVerificationRequired, busy, invalid],
        ],
      }),
      signedIn,
      validate('param', sharePath),
      validate('json', newShare),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        return c.json(await shareMaterial(c.var.ctx, id, userId, c.req.valid('json').permission))
      },
    )
    .delete(
      '/:id/shares/:userId',
      describe({
        summary: 'Take back a share',
        description: 'The owner takes back any, everybody else their own. May be repeated.',
        tag,
        replies: { 204: null },
        errors: [notFound, notAllowed, invalid],
      }),
      signedIn,
      validate('param', sharePath),
      async (c) => {
        const { id, userId } = c.req.valid('param')
        await unshareMaterial(c.var.ctx, id, userId)
        return c.body(null, 204)
      },
    )

/** Below /rooms. */
export const roomMaterialRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/:id/materials',
      describe({
        summary: 'List the materials of a room',
        description: 'For its members, the newest first.',
        tag,
        replies: { 200: materialsReply },
        errors: [...inRoom, pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('param', roomPaths.path),
      validate('query', materialsQuery),
      async (c) => c.json(await listMaterialsOfRoom(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
    )
    .delete(
      '/:id/materials/:materialId',
      describe({
        summary: 'Take a material out of a room',
        description: 'For its owner and for those who look after the room. It stays its owner’s.',
        tag,
        replies: { 204: null },
        errors: [notFound, notAllowed, busy, invalid],
      }),
      signedIn,
      validate('param', roomMaterialPath),
      async (c) => {
        const { id, materialId } = c.req.valid('param')
        await takeMaterialOut(c.var.ctx, id, materialId)
        return c.body(null, 204)
      },
    )
