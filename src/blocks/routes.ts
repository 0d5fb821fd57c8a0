import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { pageErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { userErrors } from '../users/errors'
import { blockPerson, listBlocks, unblockPerson } from './actions'
import { blockErrors } from './errors'
import { blockPath, blockReply, blocksReply, listQuery } from './schemas'

const tag = 'Friends'
const { invalid } = requestErrors

export const blockRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({
        summary: 'List whom I have blocked',
        description: 'The newest block first.',
        tag,
        replies: { 200: blocksReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', listQuery),
      async (c) => c.json(await listBlocks(c.var.ctx, c.req.valid('query'))),
    )
    .put(
      '/:userId',
      describe({
        summary: 'Block somebody',
        description:
          'From then on neither finds, asks, invites or writes to the other. A friendship and open requests and invitations between the two end. The person is not told. May be repeated.',
        tag,
        replies: { 200: blockReply },
        errors: [userErrors.notFound, blockErrors.self, blockErrors.tooMany, invalid],
      }),
      signedIn,
      validate('param', blockPath),
      async (c) => c.json(await blockPerson(c.var.ctx, c.req.valid('param').userId)),
    )
    .delete(
      '/:userId',
      describe({
        summary: 'Take a block back',
        description: 'What the block ended stays ended. May be repeated.',
        tag,
        replies: { 204: null },
        errors: [invalid],
      }),
      signedIn,
      validate('param', blockPath),
      async (c) => {
        await unblockPerson(c.var.ctx, c.req.valid('param').userId)
        return c.body(null, 204)
      },
    )
