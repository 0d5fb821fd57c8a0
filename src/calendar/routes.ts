import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { baseOf } from '../app/site'
import { requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { isKnown, makeFeed, readFeed, revokeFeed } from './actions'
import { calendarErrors } from './errors'
import { feedHeader, feedPath, feedReply } from './schemas'

const tag = 'Calendar'

export const calendarRoutes = () =>
  new Hono<AppEnv>()
    .post(
      '/feed',
      describe({
        summary: 'Make an address for my calendar',
        description:
          'Calendar programs subscribe to it and need no session: it holds a secret. It is shown this once; making a new one ends the one of before.',
        tag,
        replies: { 201: feedReply },
        errors: [],
      }),
      signedIn,
      async (c) => {
        const { ctx } = c.var
        const feed = await makeFeed(ctx, baseOf(ctx.config, c.req.raw))
        return c.json(feed, 201, { Location: feed.url })
      },
    )
    .delete(
      '/feed',
      describe({
        summary: 'Take back the address of my calendar',
        description: 'May be repeated.',
        tag,
        replies: { 204: null },
        errors: [],
      }),
      signedIn,
      async (c) => {
        await revokeFeed(c.var.ctx)
        return c.body(null, 204)
      },
    )
    .get(
      '/:file',
      describe({
        summary: 'Read a calendar',
        description:
          'For whoever has the address. iCalendar (RFC 5545), from 30 days ago on: the meetups of one’s rooms and groups but those one has declined, and todos with a due date. What one is going to is CONFIRMED, everything else TENTATIVE. Answers 304 to a known If-None-Match.',
        tag,
        open: true,
        replies: { 200: null, 304: null },
        errors: [calendarErrors.notFound, requestErrors.invalid],
      }),
      validate('param', feedPath),
      validate('header', feedHeader),
      async (c) => {
        const { calendar, etag } = await readFeed(c.var.ctx, c.req.valid('param').file)
        const headers = { ETag: etag, 'Cache-Control': 'private, no-cache' }
        if (isKnown(c.req.valid('header')['if-none-match'], etag)) return c.body(null, 304, headers)
        return c.body(calendar, 200, {
          ...headers,
          'Content-Type': 'text/calendar; charset=utf-8',
          'Content-Disposition': 'attachment; filename="studyhall.ics"',
        })
      },
    )
