import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { pageErrors, requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { channelErrors, moderationErrors } from '../errors'
import type { Place } from '../place-schemas'
import { answerAppeal, appeal, listAppeals, listChannelActions, listMyActions, readAction } from './actions'
import { actionPath, actionReply, actionsReply, appealsQuery, listQuery, newAnswer, newAppeal } from './schemas'

const tag = 'Moderation'
const { invalid } = requestErrors
const { notFound } = moderationErrors

/** What moderators did, for whom it hit, and what is said against it. */
export const appealRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({
        summary: 'List what moderators did to me',
        description: 'Removed messages, removals, timeouts and bans, with their reasons; the newest first.',
        tag,
        replies: { 200: actionsReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', listQuery),
      async (c) => c.json(await listMyActions(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/appeals',
      describe({
        summary: 'List appeals that I may answer',
        description:
          'Of the rooms and groups that you look after, by people of a lower role; for admins all. The oldest first.',
        tag,
        replies: { 200: actionsReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', appealsQuery),
      async (c) => c.json(await listAppeals(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/:id',
      describe({
        summary: 'Read what a moderator did, and the appeal',
        description: 'For the person to whom it was done, and for those who may answer an appeal.',
        tag,
        replies: { 200: actionReply },
        errors: [notFound, invalid],
      }),
      signedIn,
      validate('param', actionPath),
      async (c) => c.json(await readAction(c.var.ctx, c.req.valid('param').id)),
    )
    .post(
      '/:id/appeal',
      describe({
        summary: 'Appeal against what a moderator did to me',
        description: 'Once for each action; 200 for the same words again.',
        tag,
        replies: { 200: actionReply, 201: actionReply },
        errors: [notFound, moderationErrors.appealedBefore, invalid],
      }),
      signedIn,
      validate('param', actionPath),
      validate('json', newAppeal),
      async (c) => {
        const { action, isNew } = await appeal(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))
        return isNew ? c.json(action, 201, { Location: `/api/v1/moderation/${action.id}` }) : c.json(action, 200)
      },
    )
    .post(
      '/:id/appeal/answer',
      describe({
        summary: 'Answer an appeal',
        description:
          'For who looks after the place and has a higher role than the person, and for admins; never in one’s own case. Granting ends a ban or timeout that still holds. What is answered first stands.',
        tag,
        replies: { 200: actionReply },
        errors: [
          ...[notFound, moderationErrors.notYours, moderationErrors.noAppeal, moderationErrors.answeredBefore, invalid],
        ],
      }),
      signedIn,
      validate('param', actionPath),
      validate('json', newAnswer),
      async (c) => c.json(await answerAppeal(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))),
    )

/** The same for those who look after one place. */
export function actionRoutes({ kinds, noun, tag: place, errors, path }: Place) {
  return new Hono<AppEnv>().get(
    '/:id/moderation',
    describe({
      summary: `List what moderators did in a ${noun}`,
      description: 'For moderators and above, the newest first, with who did it, why, and what was said against it.',
      tag: place,
      replies: { 200: actionsReply },
      errors: [errors.notFound, channelErrors.membershipRequired, errors.notAllowed, invalid, pageErrors.badCursor],
    }),
    signedIn,
    validate('param', path),
    validate('query', listQuery),
    async (c) => c.json(await listChannelActions(c.var.ctx, kinds, c.req.valid('param').id, c.req.valid('query'))),
  )
}
