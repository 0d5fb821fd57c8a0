import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { channelErrors, groupErrors, roomErrors } from '../../channels/errors'
import { pageErrors, requestErrors, serverErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { showBoard } from '../actions/board'
import { setGoals, showExperience, showGoals, showStats, showStreak } from '../actions/progress'
import {
  boardQuery,
  boardReply,
  goalsBody,
  goalsReply,
  sessionsQuery,
  statsQuery,
  statsReply,
  streakReply,
  xpReply,
} from '../schemas'

const tag = 'Study'
const { invalid } = requestErrors
const { unavailable } = serverErrors

export const studyProgressRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/stats',
      describe({
        summary: 'Show what I studied',
        description:
          'By day (every day of the range, with a level for a heat map), subject or room; the last 30 days unless told otherwise, at most 366. A session counts once it is over.',
        tag,
        replies: { 200: statsReply },
        errors: [invalid],
      }),
      signedIn,
      validate('query', statsQuery),
      async (c) => c.json(await showStats(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/xp',
      describe({
        summary: 'Show my experience and level',
        description: 'With the entries of the ledger that it is the sum of, the newest session first.',
        tag,
        replies: { 200: xpReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', sessionsQuery),
      async (c) => c.json(await showExperience(c.var.ctx, c.req.valid('query'))),
    )
    .get('/streak', describe({ summary: 'Show my streak', tag, replies: { 200: streakReply } }), signedIn, async (c) =>
      c.json(await showStreak(c.var.ctx)),
    )
    .get(
      '/goals',
      describe({
        summary: 'Show my goals and how far I am',
        tag,
        replies: { 200: goalsReply },
        errors: [unavailable],
      }),
      signedIn,
      async (c) => c.json(await showGoals(c.var.ctx)),
    )
    .put(
      '/goals',
      describe({
        summary: 'Set my goals',
        description: 'For a day and for a week; null is none.',
        tag,
        replies: { 200: goalsReply },
        errors: [unavailable, invalid],
      }),
      signedIn,
      validate('json', goalsBody),
      async (c) => c.json(await setGoals(c.var.ctx, c.req.valid('json'))),
    )
    .get(
      '/leaderboard',
      describe({
        summary: 'Show who studied how long',
        description:
          'Among my friends, in a room or group of mine, or among everyone who lets everyone see it. Each person counts the days as their own run. People are shown as their setting `maySeeStudyStats` allows, and not at all with `onBoards` off.',
        tag,
        replies: { 200: boardReply },
        errors: [roomErrors.notFound, groupErrors.notFound, channelErrors.membershipRequired, invalid],
      }),
      signedIn,
      validate('query', boardQuery),
      async (c) => c.json(await showBoard(c.var.ctx, c.req.valid('query'))),
    )
