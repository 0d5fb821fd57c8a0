import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime } from '../shared/text'
import { timezoneSchema } from '../users/schemas'
import { categories, frequencies, ways } from './contract'

const person = z.lazy(() => z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() }))

export const notificationsQuery = z.lazy(() =>
  z.strictObject({
    unread: z.enum(['true', 'false']).optional().describe('true: only what is not read.'),
    ...pageQuery,
  }),
)

export const notificationReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      type: z.string().describe('What happened, like `friend.requested`.'),
      category: z.enum(categories),
      title: z.string().describe('In your language.'),
      text: z.string().describe('What there is to add; may be empty.'),
      actor: person.nullable().describe('Who did it, if anybody in particular did.'),
      subject: z.record(z.string(), z.string()).describe('What it is about, by id: `channelId`, `messageId`, `id` …'),
      readAt: isoTime.nullable(),
      createdAt: isoTime,
    })
    .meta({ id: 'Notification' }),
)

export const notificationsReply = z.lazy(() => pageOf(notificationReply))

export const unreadReply = z.lazy(() =>
  z.object({
    count: z.int().describe('At most 100.'),
    more: z.boolean().describe('Whether there are more than that.'),
  }),
)

export const readInput = z.lazy(() =>
  z.union([
    z.strictObject({ ids: z.array(idSchema('event')).min(1).max(100) }),
    z.strictObject({ upTo: idSchema('event').describe('Everything up to this one, and this one.') }),
  ]),
)

const frequency = z.enum(frequencies)
const choice = z.lazy(() => z.object({ app: z.enum(['immediately', 'never']), mail: frequency, push: frequency }))
const hour = z.int().min(0).max(23).describe('The hour of day, in your zone, at which digests come.')
const weekday = z.int().min(1).max(7).describe('1 is Monday.')

const range = {
  weekday: weekday.describe('1 is Monday: the day on which it begins.'),
  start: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time like 22:00'),
  end: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time like 07:00')
    .describe('Not after the start: on the next day.'),
}

export const quietHoursReply = z.lazy(() =>
  z.object({
    ranges: z.array(z.object(range)),
    timezone: z.string().nullable().describe('Null: that of your account.'),
    until: isoTime.nullable().describe('When the quiet that is now is over.'),
  }),
)

export const preferencesReply = z.lazy(() =>
  z
    .object({
      categories: z
        .record(z.enum(categories), choice)
        .describe('Security is always told of at once, and cannot be switched off.'),
      quietWhileStudying: z.boolean().describe('Holds everything but security while a study session of yours runs.'),
      digestHour: hour,
      digestWeekday: weekday.describe('The day of weekly digests; 1 is Monday.'),
      quietHours: quietHoursReply,
      ways: z.array(z.enum(ways)).describe('The ways that this Studyhall has.'),
    })
    .meta({ id: 'NotificationPreferences' }),
)

const choosable = z.enum(categories).exclude(['security'])

export const preferencesInput = z.lazy(() =>
  z
    .strictObject({
      categories: z.partialRecord(
        choosable,
        z.strictObject({ app: z.enum(['immediately', 'never']), mail: frequency, push: frequency }).partial(),
      ),
      quietWhileStudying: z.boolean(),
      digestHour: hour,
      digestWeekday: weekday,
    })
    .partial(),
)

export const quietHoursInput = z.lazy(() =>
  z.strictObject({
    ranges: z.array(z.strictObject(range)).max(28),
    timezone: timezoneSchema.nullable().default(null).describe('Null: that of your account.'),
  }),
)

export const pushSubscriptionInput = z.lazy(() =>
  z.strictObject({
    endpoint: z.url().max(1000),
    expirationTime: z.number().nullable().optional().describe('As browsers give it; not used.'),
    keys: z.strictObject({
      p256dh: z.string().regex(/^[A-Za-z0-9_-]{87}=?$/, 'must be an uncompressed P-256 point in base64url'),
      auth: z.string().regex(/^[A-Za-z0-9_-]{22}(?:==)?$/, 'must be 16 bytes in base64url'),
    }),
  }),
)

export const pushSubscriptionReply = z.lazy(() =>
  z
    .object({ id: z.string(), endpoint: z.string(), device: z.string().nullable(), createdAt: isoTime })
    .meta({ id: 'PushSubscription' }),
)

export const pushEndpoint = z.lazy(() => z.strictObject({ endpoint: z.url().max(1000) }))

export const vapidKeyReply = z.lazy(() =>
  z.object({
    publicKey: z.string().describe('For `applicationServerKey` of `PushManager.subscribe`.'),
  }),
)

/** A mail program sends the token in the address, the page behind the link in the body. */
export const unsubscribeToken = z.lazy(() => z.strictObject({ token: z.string().max(1000).optional() }))
export const unsubscribeReply = z.lazy(() => z.object({ categories: z.array(z.enum(categories)) }))

export const bounceHeader = z.object({ 'studyhall-signature': z.string().max(200).optional() })
export const bounceInput = z.lazy(() =>
  z.strictObject({
    address: z.email().max(254),
    kind: z
      .enum(['permanent', 'temporary', 'complaint'])
      .describe('permanent: there is no such mailbox. complaint: its owner called our mail unwanted.'),
  }),
)

export type NotificationsQuery = z.output<typeof notificationsQuery>
export type Notification = z.output<typeof notificationReply>
export type Preferences = z.output<typeof preferencesReply>
export type PreferencesInput = z.output<typeof preferencesInput>
export type QuietHoursInput = z.output<typeof quietHoursInput>
export type PushSubscriptionInput = z.output<typeof pushSubscriptionInput>
export type BounceInput = z.output<typeof bounceInput>
