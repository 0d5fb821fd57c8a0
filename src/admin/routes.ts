import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { requireRole, signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { authErrors } from '../auth/errors'
import { requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { userErrors } from '../users/errors'
import { changeRole } from './actions'
import { adminErrors } from './errors'
import { changeRoleBody, userPath, userWithRole } from './schemas'

export const adminRoutes = () =>
  new Hono<AppEnv>().put(
    '/users/:id/role',
    describe({
      summary: 'Give somebody another role',
      description: 'For admins. It counts at once, and is in the audit log with its reason.',
      tag: 'Admin',
      replies: { 200: userWithRole },
      errors: [authErrors.adminRequired, adminErrors.lastAdmin, userErrors.notFound, requestErrors.invalid],
    }),
    signedIn,
    requireRole('admin'),
    validate('param', userPath),
    validate('json', changeRoleBody),
    async (c) => c.json(await changeRole(c.var.ctx, { userId: c.req.valid('param').id, ...c.req.valid('json') })),
  )
