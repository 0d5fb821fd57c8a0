import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { pageErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { listSecurityLog } from './actions'
import { securityLogQuery, securityLogReply } from './schemas'

/** Below /users. */
export const securityLogRoutes = () =>
  new Hono<AppEnv>().get(
    '/me/security-log',
    describe({
      summary: 'List what happened to my account',
      description: 'Sign-ins, failed tries, changes and moderation, the newest first.',
      tag: 'Users',
      replies: { 200: securityLogReply },
      errors: [pageErrors.badCursor, requestErrors.invalid],
    }),
    signedIn,
    validate('query', securityLogQuery),
    async (c) => c.json(await listSecurityLog(c.var.ctx, c.req.valid('query'))),
  )
