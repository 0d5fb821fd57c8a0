import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { channelErrors, groupErrors, roomErrors } from '../channels/errors'
import { pageErrors, requestErrors, serverErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { subjectErrors } from '../subjects/errors'
import { todoErrors } from '../todos/errors'
import { enterManually } from './actions/manual'
import { commandSession, editSession, listMySessions, showCurrent, showSession, startSession } from './actions/sessions'
import { studyErrors } from './errors'
import {
  breakBody,
  currentReply,
  editBody,
  emptyBody,
  endBody,
  extendBody,
  manualBody,
  pingBody,
  sessionPath,
  sessionReply,
  sessionsQuery,
  sessionsReply,
  startBody,
} from './schemas'

const tag = 'Study'
const { invalid } = requestErrors
const { unavailable } = serverErrors
const { sessionNotFound, sessionEnded, ...manualErrors } = studyErrors
const ofRunning = [sessionNotFound, sessionEnded, unavailable, invalid]

const command = (summary: string, description: string) =>
  describe({ summary, description, tag, replies: { 200: sessionReply }, errors: ofRunning })

export const studySessionRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/',
      describe({
        summary: 'Start studying',
        description:
          'There is one session, over all devices: 201 for a new one, 200 with the one that runs. Ping it every 60 seconds; without a ping for 180 it ends at the last one. It ends by itself after two hours, or what your settings say.',
        tag,
        replies: { 200: sessionReply, 201: sessionReply },
        errors: [
          ...[roomErrors.notFound, groupErrors.notFound, channelErrors.membershipRequired, subjectErrors.notFound],
          ...[todoErrors.notFound, unavailable, invalid],
        ],
      }),
      signedIn,
      validate('json', startBody),
      async (c) => {
        const { session, isNew } = await startSession(c.var.ctx, c.req.valid('json'))
        return isNew ? c.json(session, 201, { Location: `/api/v1/study/sessions/${session.id}` }) : c.json(session, 200)
      },
    )
    .get(
      '/',
      describe({
        summary: 'List my sessions that are over',
        description: 'The newest first.',
        tag,
        replies: { 200: sessionsReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', sessionsQuery),
      async (c) => c.json(await listMySessions(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/current',
      describe({
        summary: 'Show the session that runs',
        description: '`session` is null while none does.',
        tag,
        replies: { 200: currentReply },
        errors: [unavailable],
      }),
      signedIn,
      async (c) => c.json(await showCurrent(c.var.ctx)),
    )
    .post(
      '/manual',
      describe({
        summary: 'Enter time by hand',
        description:
          '5 minutes to 12 hours, at most 30 days back, five times a month. It is shown as entered by hand and counts for groups, without experience, streak or rank.',
        tag,
        replies: { 201: sessionReply },
        errors: [...Object.values(manualErrors), subjectErrors.notFound, unavailable, invalid],
      }),
      signedIn,
      validate('json', manualBody),
      async (c) => {
        const session = await enterManually(c.var.ctx, c.req.valid('json'))
        return c.json(session, 201, { Location: `/api/v1/study/sessions/${session.id}` })
      },
    )
    .get(
      '/:id',
      describe({
        summary: 'Show one of my sessions',
        description: 'With its segments, and what was not counted and why.',
        tag,
        replies: { 200: sessionReply },
        errors: [sessionNotFound, unavailable, invalid],
      }),
      signedIn,
      validate('param', sessionPath),
      async (c) => c.json(await showSession(c.var.ctx, c.req.valid('param').id)),
    )
    .patch(
      '/:id',
      describe({
        summary: 'Change what a session was about',
        description: 'Task and subject, while it runs and afterwards. Time cannot be changed.',
        tag,
        replies: { 200: sessionReply },
        errors: [sessionNotFound, subjectErrors.notFound, unavailable, invalid],
      }),
      signedIn,
      validate('param', sessionPath),
      validate('json', editBody),
      async (c) => c.json(await editSession(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))),
    )
    .post(
      '/:id/ping',
      command('Say that a device is still there', 'Every 60 seconds. `active: true` proves that the person is, too.'),
      signedIn,
      validate('param', sessionPath),
      validate('json', pingBody),
      async (c) => {
        const { active } = c.req.valid('json')
        return c.json(await commandSession(c.var.ctx, { do: 'ping', id: c.req.valid('param').id, active }))
      },
    )
    .post(
      '/:id/pause',
      command('Pause', 'Paused time is neither counted nor idle. Keep pinging.'),
      signedIn,
      validate('param', sessionPath),
      validate('json', emptyBody),
      async (c) => c.json(await commandSession(c.var.ctx, { do: 'pause', id: c.req.valid('param').id })),
    )
    .post(
      '/:id/resume',
      command('Go on after a pause or a break', 'Where the session runs, nothing changes.'),
      signedIn,
      validate('param', sessionPath),
      validate('json', emptyBody),
      async (c) => c.json(await commandSession(c.var.ctx, { do: 'resume', id: c.req.valid('param').id })),
    )
    .post(
      '/:id/break',
      command(
        'Take a break',
        'Like a pause, and shown as a break; with `minutes` the clock goes on by itself after them.',
      ),
      signedIn,
      validate('param', sessionPath),
      validate('json', breakBody),
      async (c) => {
        const { minutes } = c.req.valid('json')
        return c.json(await commandSession(c.var.ctx, { do: 'break', id: c.req.valid('param').id, minutes }))
      },
    )
    .post(
      '/:id/confirm',
      command(
        'Answer that I am still studying',
        'The question comes after 30 minutes without activity and waits for five.',
      ),
      signedIn,
      validate('param', sessionPath),
      validate('json', emptyBody),
      async (c) => c.json(await commandSession(c.var.ctx, { do: 'confirm', id: c.req.valid('param').id })),
    )
    .post(
      '/:id/extend',
      command('Let the session run longer', 'Later than it would end by itself, at most six hours from now.'),
      signedIn,
      validate('param', sessionPath),
      validate('json', extendBody),
      async (c) => {
        const { minutes } = c.req.valid('json')
        return c.json(await commandSession(c.var.ctx, { do: 'extend', id: c.req.valid('param').id, minutes }))
      },
    )
    .post(
      '/:id/end',
      describe({
        summary: 'Stop studying',
        description:
          'May be repeated. An end that was made offline says when with `endedAt`; up to the last ping and three minutes more are counted, and `notes` says what was not. Less than 20 seconds leave no trace: then `state` is `discarded`.',
        tag,
        replies: { 200: sessionReply },
        errors: [sessionNotFound, unavailable, invalid],
      }),
      signedIn,
      validate('param', sessionPath),
      validate('json', endBody),
      async (c) => {
        const { endedAt } = c.req.valid('json')
        const claimedAt = endedAt === undefined ? null : Date.parse(endedAt)
        return c.json(await commandSession(c.var.ctx, { do: 'end', id: c.req.valid('param').id, claimedAt }))
      },
    )
