import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { channelErrors, groupErrors, roomErrors } from '../channels/errors'
import { liveErrors } from '../channels/live/errors'
import { messagePath } from '../channels/live/schemas'
import { pageErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { userErrors } from '../users/errors'
import { listReports, readReport, report, reportMessage, resolveReport } from './actions'
import { reportErrors } from './errors'
import {
  newMessageReport,
  newReport,
  reportPath,
  reportReply,
  reportsQuery,
  reportsReply,
  resolveInput,
} from './schemas'

const tag = 'Moderation'
const { invalid } = requestErrors
const { notFound, self, tooMany, notAllowed, closed, busy } = reportErrors

export const reportRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/',
      describe({
        summary: 'Report a person, room or group',
        description:
          'To the admins, who alone learn who reported. 200 with the report that you have open about the same already. Whoever has blocked you can be reported as long as you have a room, group or conversation in common, or had.',
        tag,
        replies: { 200: reportReply, 201: reportReply },
        errors: [userErrors.notFound, roomErrors.notFound, groupErrors.notFound, self, tooMany, invalid],
      }),
      signedIn,
      validate('json', newReport),
      async (c) => {
        const made = await report(c.var.ctx, c.req.valid('json'))
        if (!made.isNew) return c.json(made.report, 200)
        return c.json(made.report, 201, { Location: `/api/v1/reports/${made.report.id}` })
      },
    )
    .get(
      '/',
      describe({
        summary: 'List reports',
        description:
          'Those that you may look at, the oldest first: of messages in the rooms and groups that you look after, by people of a lower role; for admins all but those on themselves. With `mine=true` those that you have made.',
        tag,
        replies: { 200: reportsReply },
        errors: [
          ...[roomErrors.notFound, groupErrors.notFound, channelErrors.membershipRequired],
          ...[roomErrors.notAllowed, groupErrors.notAllowed, pageErrors.badCursor, invalid],
        ],
      }),
      signedIn,
      validate('query', reportsQuery),
      async (c) => c.json(await listReports(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/:id',
      describe({
        summary: 'Read a report',
        description: 'For whoever made it and for those who may look at it.',
        tag,
        replies: { 200: reportReply },
        errors: [notFound, invalid],
      }),
      signedIn,
      validate('param', reportPath),
      async (c) => c.json(await readReport(c.var.ctx, c.req.valid('param').id)),
    )
    .post(
      '/:id/resolve',
      describe({
        summary: 'Close a report',
        description: 'Whoever reported is shown the outcome and the resolution. What is decided first stands.',
        tag,
        replies: { 200: reportReply },
        errors: [notFound, notAllowed, closed, busy, invalid],
      }),
      signedIn,
      validate('param', reportPath),
      validate('json', resolveInput),
      async (c) => c.json(await resolveReport(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))),
    )

/** Below /channels. */
export const messageReportRoutes = () =>
  new Hono<AppEnv>().post(
    '/:id/messages/:messageId/report',
    describe({
      summary: 'Report a message',
      description:
        'To those who look after the room or group, who do not learn who reported, and to the admins; from a conversation of two to the admins alone. What it says, and said before, is copied at this moment. 200 with the report that you have open about it already.',
      tag,
      replies: { 200: reportReply, 201: reportReply },
      errors: [
        ...[channelErrors.notFound, channelErrors.membershipRequired, liveErrors.messageNotFound],
        ...[liveErrors.messageDeleted, self, tooMany, invalid],
      ],
    }),
    signedIn,
    validate('param', messagePath),
    validate('json', newMessageReport),
    async (c) => {
      const { id, messageId } = c.req.valid('param')
      const made = await reportMessage(c.var.ctx, id, messageId, c.req.valid('json'))
      if (!made.isNew) return c.json(made.report, 200)
      return c.json(made.report, 201, { Location: `/api/v1/reports/${made.report.id}` })
    },
  )
