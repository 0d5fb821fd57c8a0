import { defineError } from '../shared/errors'

export const notificationErrors = {
  badToken: defineError({
    code: 'notification.bad_token',
    status: 404,
    title: 'This link to unsubscribe does not work.',
    help: 'It was copied incompletely, or is older than two years. Sign in and change what you are mailed there.',
  }),
  pushUnavailable: defineError({
    code: 'push.unavailable',
    status: 503,
    title: 'This Studyhall sends no push messages.',
    help: 'Whoever runs it can switch them on, by the setting VAPID_KEY.',
  }),
  pushEndpointRefused: defineError({
    code: 'push.endpoint_refused',
    status: 422,
    title: 'This is no push service that Studyhall sends to.',
    help: 'An endpoint is an https address of a browser’s own push service; PUSH_HOSTS lists them.',
  }),
  bounceUnavailable: defineError({
    code: 'bounce.unavailable',
    status: 503,
    title: 'This Studyhall takes no reports of mail that came back.',
    help: 'Whoever runs it can switch them on, by the setting MAIL_BOUNCE_KEY.',
  }),
  bounceUnsigned: defineError({
    code: 'bounce.bad_signature',
    status: 401,
    title: 'The report is not signed as it has to be.',
    help: 'The header Studyhall-Signature is `t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>` with MAIL_BOUNCE_KEY, at most five minutes old.',
  }),
}
