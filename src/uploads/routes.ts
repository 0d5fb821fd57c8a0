import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { fileReaders } from '../app/file-access'
import { shieldedWhenMissed, signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { baseOf } from '../app/site'
import { requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { announceUpload, linkToFile, openFile, showUpload, takeFile } from './actions'
import { uploadErrors } from './errors'
import { contentQuery, filePath, linkReply, newUpload, newUploadReply, uploadPath, uploadReply } from './schemas'
import { sendFile } from './send-actions'

const tag = 'Files'
const { invalid } = requestErrors

export const uploadRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/',
      describe({
        summary: 'Announce a file',
        description:
          'Answers with an address that takes the file, once, within 15 minutes: PUT it there with the headers that are named. The file counts against your room from now on.',
        tag,
        replies: { 201: newUploadReply },
        errors: [
          uploadErrors.typeNotAllowed,
          uploadErrors.nameNotFitting,
          uploadErrors.tooLarge,
          uploadErrors.quotaExceeded,
          uploadErrors.tooManyOpen,
          invalid,
        ],
      }),
      signedIn,
      validate('json', newUpload),
      async (c) => {
        const { ctx } = c.var
        const made = await announceUpload(ctx, c.req.valid('json'), baseOf(ctx.config, c.req.raw))
        return c.json(made, 201, { Location: `/api/v1/uploads/${made.id}` })
      },
    )
    .get(
      '/:id',
      describe({
        summary: 'See how a file of mine is getting on',
        tag,
        replies: { 200: uploadReply },
        errors: [uploadErrors.notFound, invalid],
      }),
      signedIn,
      validate('param', uploadPath),
      async (c) => c.json(await showUpload(c.var.ctx, c.req.valid('param').id)),
    )
    .get(
      '/:id/content',
      describe({
        summary: 'Read a file',
        description:
          'For its owner and for whoever may see what uses it, asked anew each time. Redirects to a link that lives five minutes and needs no session; the body names it, too.',
        tag,
        replies: { 302: linkReply },
        errors: [uploadErrors.notFound, uploadErrors.notReady, invalid],
      }),
      signedIn,
      validate('param', uploadPath),
      validate('query', contentQuery),
      async (c) => {
        const { ctx } = c.var
        const download = c.req.valid('query').download === 'true'
        const base = baseOf(ctx.config, c.req.raw)
        const link = await linkToFile(ctx, c.req.valid('param').id, { download, base, readers: fileReaders })
        return c.json(link, 302, { Location: link.url, 'Cache-Control': 'no-store' })
      },
    )

/** Below /files: whoever has the signed address needs no session. Mounted before what reads bodies as JSON. */
export const fileRoutes = () =>
  new Hono<AppEnv>()
    .put(
      '/:token',
      describe({
        summary: 'Send a file',
        description: 'To the address that POST /uploads answered. The bytes are the body, as they are.',
        tag,
        open: true,
        replies: { 200: uploadReply },
        errors: [
          uploadErrors.linkInvalid,
          uploadErrors.alreadySent,
          uploadErrors.lengthRequired,
          uploadErrors.wrongLength,
          uploadErrors.wrongType,
          uploadErrors.refused,
          invalid,
        ],
      }),
      shieldedWhenMissed,
      validate('param', filePath),
      async (c) => {
        const [contentType, contentLength] = [c.req.header('Content-Type'), c.req.header('Content-Length')]
        const { body } = c.req.raw
        return c.json(await takeFile(c.var.ctx, c.req.valid('param').token, { contentType, contentLength, body }))
      },
    )
    .get(
      '/:token',
      describe({
        summary: 'Fetch a file',
        description:
          'The bytes behind a link that GET /uploads/:id/content answered. Takes Range, If-Range and If-None-Match. HTML, SVG and whatever is not a picture, sound or film comes as a download.',
        tag,
        open: true,
        replies: { 200: null, 206: null, 304: null },
        errors: [uploadErrors.linkInvalid, uploadErrors.rangeNotSatisfiable, invalid],
      }),
      shieldedWhenMissed,
      validate('param', filePath),
      async (c) => {
        const { ctx } = c.var
        const reply = await sendFile(ctx.files, await openFile(ctx, c.req.valid('param').token), c.req.raw)
        return new Response(reply.body, { status: reply.status, headers: reply.headers })
      },
    )
