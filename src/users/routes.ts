import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { showMe, showUser, updateMe } from './actions'
import { userErrors } from './errors'
import { meSchema, updateMeBody, userPath, userSchema } from './schemas'

export const userRoutes = new Hono<AppEnv>()
  .get(
    '/me',
    describe({ summary: 'Show me my account', tag: 'Users', replies: { 200: meSchema } }),
    signedIn,
    async (c) => c.json(await showMe(c.var.ctx)),
  )
  .patch(
    '/me',
    describe({
      summary: 'Change my profile',
      description: 'Fields that are left out stay as they are. A new name shows in every room at once.',
      tag: 'Users',
      replies: { 200: meSchema },
      errors: [userErrors.usernameTaken, requestErrors.invalid],
    }),
    signedIn,
    validate('json', updateMeBody),
    async (c) => c.json(await updateMe(c.var.ctx, c.req.valid('json'))),
  )
  .get(
    '/:id',
    describe({
      summary: "Show somebody's public profile",
      tag: 'Users',
      replies: { 200: userSchema },
      errors: [userErrors.notFound, requestErrors.invalid],
    }),
    signedIn,
    validate('param', userPath),
    async (c) => c.json(await showUser(c.var.ctx, c.req.valid('param').id)),
  )
