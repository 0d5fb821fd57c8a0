import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { requireRole, signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { authErrors } from '../../auth/errors'
import { pageErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { listDeadLetters, replayDeadLetter } from './actions'
import { deadLetterErrors } from './errors'
import { deadLetterPath, deadLetterReply, deadLettersQuery, deadLettersReply } from './schemas'

const tag = 'Admin'

/** What background work has given up on. */
export const deadLetterRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({
        summary: 'List dead letters',
        description: 'For admins: background work that failed too often, the newest first. Kept for 90 days.',
        tag,
        replies: { 200: deadLettersReply },
        errors: [authErrors.adminRequired, pageErrors.badCursor, requestErrors.invalid],
      }),
      signedIn,
      requireRole('admin'),
      validate('query', deadLettersQuery),
      async (c) => c.json(await listDeadLetters(c.var.ctx, c.req.valid('query'))),
    )
    .post(
      '/:id/replay',
      describe({
        summary: 'Send a dead letter again',
        description: 'For admins. What was done before it failed is not done twice. It is in the audit log.',
        tag,
        replies: { 200: deadLetterReply },
        errors: [
          authErrors.adminRequired,
          deadLetterErrors.notFound,
          deadLetterErrors.alreadyReplayed,
          requestErrors.invalid,
        ],
      }),
      signedIn,
      requireRole('admin'),
      validate('param', deadLetterPath),
      async (c) => c.json(await replayDeadLetter(c.var.ctx, c.req.valid('param').id)),
    )
