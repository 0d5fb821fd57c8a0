import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn, signedInEvenLeaving } from '../app/guards'
import { describe } from '../app/openapi'
import { findPeople, showMe, showSettings, showUser } from '../profiles/actions'
import { settingsSchema, updateSettingsBody } from '../profiles/schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { changeSettings, updateMe } from './actions'
import { userErrors } from './errors'
import { meSchema, updateMeBody, userPath, usersQuery, usersReply, visibleUserSchema } from './schemas'

export const userRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/me',
      describe({
        summary: 'Show me my account',
        description: 'Also answers while the account waits to be erased.',
        tag: 'Users',
        replies: { 200: meSchema },
      }),
      signedInEvenLeaving,
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
      '/me/settings',
      describe({ summary: 'Show me my settings', tag: 'Users', replies: { 200: settingsSchema } }),
      signedIn,
      async (c) => c.json(await showSettings(c.var.ctx)),
    )
    .patch(
      '/me/settings',
      describe({
        summary: 'Change my settings',
        description: 'Fields that are left out stay as they are.',
        tag: 'Users',
        replies: { 200: settingsSchema },
        errors: [requestErrors.invalid],
      }),
      signedIn,
      validate('json', updateSettingsBody),
      async (c) => c.json(await changeSettings(c.var.ctx, c.req.valid('json'))),
    )
    .get(
      '/',
      describe({
        summary: 'Find people',
        description: 'By the words of name and username, the newest first. Those who do not want to be found are not.',
        tag: 'Users',
        replies: { 200: usersReply },
        errors: [pageErrors.badCursor, requestErrors.invalid],
      }),
      signedIn,
      validate('query', usersQuery),
      async (c) => c.json(await findPeople(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/:id',
      describe({
        summary: "Show somebody's public profile",
        description: 'Studies and subjects are shown to those whom the person lets see them.',
        tag: 'Users',
        replies: { 200: visibleUserSchema },
        errors: [userErrors.notFound, requestErrors.invalid],
      }),
      signedIn,
      validate('param', userPath),
      async (c) => c.json(await showUser(c.var.ctx, c.req.valid('param').id)),
    )
