import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn, signedInEvenLeaving } from '../app/guards'
import { describe } from '../app/openapi'
import { authErrors } from '../auth/errors'
import { mfaErrors } from '../auth/mfa/errors'
import { rateErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { deleteMe, restoreMe } from './actions'
import { privacyErrors } from './errors'
import { readExport, requestExport, showExport } from './export-actions'
import { dataExportReply, deleteMeBody, deletionReply, exportPath } from './schemas'

const tag = 'Users'

/** Below /users. */
export const privacyRoutes = () =>
  new Hono<AppEnv>()
    .delete(
      '/me',
      describe({
        summary: 'Erase my account in 14 days',
        description:
          'Signs you out everywhere, and tells you by mail. Until the 14 days are over you can sign in, which opens nothing but GET /users/me, the export, signing out and POST /users/me/restore; restoring makes the account what it was.',
        tag,
        replies: { 202: deletionReply },
        errors: [
          authErrors.invalidCredentials,
          mfaErrors.freshSignInRequired,
          rateErrors.limited,
          requestErrors.invalid,
        ],
      }),
      signedIn,
      validate('json', deleteMeBody),
      async (c) => c.json(await deleteMe(c.var.ctx, c.req.valid('json')), 202),
    )
    .post(
      '/me/restore',
      describe({
        summary: 'Keep my account',
        description: 'Takes back DELETE /users/me.',
        tag,
        replies: { 204: null },
        errors: [privacyErrors.noDeletion],
      }),
      signedInEvenLeaving,
      async (c) => {
        await restoreMe(c.var.ctx)
        return c.body(null, 204)
      },
    )
    .post(
      '/me/export',
      describe({
        summary: 'Ask for a copy of everything that is stored about me',
        description: 'JSON, made within minutes, kept for seven days. One in 24 hours.',
        tag,
        replies: { 202: dataExportReply },
        errors: [privacyErrors.exportTooSoon],
      }),
      signedInEvenLeaving,
      async (c) => c.json(await requestExport(c.var.ctx), 202, { Location: '/api/v1/users/me/export' }),
    )
    .get(
      '/me/export',
      describe({
        summary: 'See how the copy is getting on, and where to download it',
        tag,
        replies: { 200: dataExportReply },
        errors: [privacyErrors.exportNotFound],
      }),
      signedInEvenLeaving,
      async (c) => c.json(await showExport(c.var.ctx)),
    )

export const exportRoutes = () =>
  new Hono<AppEnv>().get(
    '/:token',
    describe({
      summary: 'Download a copy of my data',
      description: 'Whoever has the link gets the file, for five minutes.',
      tag,
      open: true,
      replies: { 200: null },
      errors: [privacyErrors.exportNotFound, requestErrors.invalid],
    }),
    validate('param', exportPath),
    async (c) => {
      const file = await readExport(c.var.ctx, c.req.valid('param').token)
      return c.body(file.body, 200, {
        'Content-Type': 'application/json',
        'Content-Length': String(file.size),
        'Content-Disposition': 'attachment; filename="studyhall-export.json"',
        'Cache-Control': 'no-store',
      })
    },
  )
