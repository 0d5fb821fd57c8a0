import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { pageErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { listNotifications, markRead, showUnread } from './actions/list-notifications'
import { noteBounce } from './actions/note-bounce'
import { showVapidKey, subscribePush, unsubscribePush } from './actions/push'
import { changePreferences, setQuietHours, showPreferences } from './actions/settings'
import { unsubscribe } from './actions/unsubscribe'
import { notificationErrors } from './errors'
import {
  bounceHeader,
  bounceInput,
  notificationsQuery,
  notificationsReply,
  preferencesInput,
  preferencesReply,
  pushEndpoint,
  pushSubscriptionInput,
  pushSubscriptionReply,
  quietHoursInput,
  quietHoursReply,
  readInput,
  unreadReply,
  unsubscribeReply,
  unsubscribeToken,
  vapidKeyReply,
} from './schemas'

const tag = 'Notifications'
const { invalid } = requestErrors

export const notificationRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({
        summary: 'List my notifications',
        description: 'The newest first, in your language. Kept for 90 days.',
        tag,
        replies: { 200: notificationsReply },
        errors: [pageErrors.badCursor, invalid],
      }),
      signedIn,
      validate('query', notificationsQuery),
      async (c) => c.json(await listNotifications(c.var.ctx, c.req.valid('query'))),
    )
    .get(
      '/unread-count',
      describe({ summary: 'Count my unread notifications', tag, replies: { 200: unreadReply } }),
      signedIn,
      async (c) => c.json(await showUnread(c.var.ctx)),
    )
    .post(
      '/read',
      describe({
        summary: 'Mark notifications as read',
        description: 'Some by id, or all up to one. What is read is not mailed or pushed any more.',
        tag,
        replies: { 204: null },
        errors: [invalid],
      }),
      signedIn,
      validate('json', readInput),
      async (c) => {
        await markRead(c.var.ctx, c.req.valid('json'))
        return c.body(null, 204)
      },
    )
    .get(
      '/preferences',
      describe({ summary: 'Show how I am notified', tag, replies: { 200: preferencesReply } }),
      signedIn,
      async (c) => c.json(await showPreferences(c.var.ctx)),
    )
    .put(
      '/preferences',
      describe({
        summary: 'Choose how I am notified',
        description: 'What is left out stays as it is.',
        tag,
        replies: { 200: preferencesReply },
        errors: [invalid],
      }),
      signedIn,
      validate('json', preferencesInput),
      async (c) => c.json(await changePreferences(c.var.ctx, c.req.valid('json'))),
    )
    .put(
      '/quiet-hours',
      describe({
        summary: 'Choose my quiet hours',
        description:
          'In them nothing but security reaches you; afterwards you get one summary. No ranges: no quiet hours.',
        tag,
        replies: { 200: quietHoursReply },
        errors: [invalid],
      }),
      signedIn,
      validate('json', quietHoursInput),
      async (c) => c.json(await setQuietHours(c.var.ctx, c.req.valid('json'))),
    )
    .get(
      '/vapid-key',
      describe({
        summary: 'Show the key for push messages',
        tag,
        replies: { 200: vapidKeyReply },
        errors: [notificationErrors.pushUnavailable],
      }),
      signedIn,
      (c) => c.json(showVapidKey(c.var.ctx)),
    )
    .post(
      '/push-subscriptions',
      describe({
        summary: 'Switch push messages on in this browser',
        description:
          'The body is a `PushSubscription` as JSON. Repeating it changes nothing; the oldest of many browsers goes.',
        tag,
        replies: { 201: pushSubscriptionReply },
        errors: [notificationErrors.pushUnavailable, notificationErrors.pushEndpointRefused, invalid],
      }),
      signedIn,
      validate('json', pushSubscriptionInput),
      async (c) => c.json(await subscribePush(c.var.ctx, c.req.valid('json')), 201),
    )
    .delete(
      '/push-subscriptions',
      describe({
        summary: 'Switch push messages off in this browser',
        tag,
        replies: { 204: null },
        errors: [invalid],
      }),
      signedIn,
      validate('json', pushEndpoint),
      async (c) => {
        await unsubscribePush(c.var.ctx, c.req.valid('json').endpoint)
        return c.body(null, 204)
      },
    )
    .post(
      '/unsubscribe',
      describe({
        summary: 'Get no more mail of this kind',
        description:
          'What the link in a mail does, and the one click of RFC 8058 in a mail program. Needs no session: the token says whose mail, and of what kinds.',
        tag,
        open: true,
        replies: { 200: unsubscribeReply },
        errors: [notificationErrors.badToken, invalid],
      }),
      validate('query', unsubscribeToken),
      validate('json', unsubscribeToken),
      async (c) => {
        const token = c.req.valid('json').token ?? c.req.valid('query').token ?? ''
        return c.json({ categories: await unsubscribe(c.var.ctx, token) })
      },
    )
    .post(
      '/bounces',
      describe({
        summary: 'Report mail that came back',
        description:
          'For the mail service, signed: `Studyhall-Signature: t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>` with MAIL_BOUNCE_KEY. Addresses without a mailbox get no more mail until they change; a complaint ends all mail but security.',
        tag,
        open: true,
        replies: { 204: null },
        errors: [notificationErrors.bounceUnavailable, notificationErrors.bounceUnsigned, invalid],
      }),
      validate('header', bounceHeader),
      validate('json', bounceInput),
      async (c) => {
        await noteBounce(c.var.ctx, {
          input: c.req.valid('json'),
          body: await c.req.text(),
          signature: c.req.valid('header')['studyhall-signature'],
        })
        return c.body(null, 204)
      },
    )
