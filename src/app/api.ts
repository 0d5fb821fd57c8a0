import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { adminRoutes } from '../admin/routes'
import { securityLogRoutes } from '../audit/routes'
import { emailRoutes } from '../auth/email/routes'
import { mfaRoutes } from '../auth/mfa/routes'
import { oauthRoutes } from '../auth/oauth/routes'
import { passkeyRoutes } from '../auth/passkeys/routes'
import { passwordRoutes } from '../auth/password/routes'
import { phoneRoutes } from '../auth/phone/routes'
import { authRoutes, wellKnownRoutes } from '../auth/routes'
import { blockRoutes } from '../blocks/routes'
import { calendarRoutes } from '../calendar/routes'
import { actionRoutes, appealRoutes } from '../channels/appeals/routes'
import { invitationRoutes } from '../channels/invitations/routes'
import { linkRoutes } from '../channels/links/routes'
import { findingRoutes } from '../channels/live/routes'
import { timerRoutes } from '../channels/live/timer-routes'
import { memberRoutes } from '../channels/members/routes'
import { moderationRoutes } from '../channels/moderation/routes'
import { muteRoutes } from '../channels/mutes/routes'
import { channelRoutes, socketRoutes, ticketRoutes } from '../channels/routes'
import { waitlistRoutes } from '../channels/waitlist/routes'
import { conversationRoutes, directMessageRoutes } from '../conversations/routes'
import { friendRoutes } from '../friends/routes'
import { groupMemberRoutes } from '../groups/members/routes'
import { groupPlace, groupRoutes } from '../groups/routes'
import { invitationAnswerRoutes, inviteLinkRoutes } from '../invitations/routes'
import { outboxRoutes } from '../mail/routes'
import { materialRoutes, roomMaterialRoutes } from '../materials/routes'
import { meetupRoutes, placeMeetupRoutes } from '../meetups/routes'
import { noteRoutes, roomNoteRoutes } from '../notes/routes'
import { notificationRoutes } from '../notifications/routes'
import { deadLetterRoutes } from '../outbox/dead-letters/routes'
import { exportRoutes, privacyRoutes } from '../privacy/routes'
import { messageReportRoutes, reportRoutes } from '../reports/routes'
import { roomMemberRoutes } from '../rooms/members/routes'
import { roomPlace, roomRoutes } from '../rooms/routes'
import { routeErrors } from '../shared/errors'
import { studyProgressRoutes } from '../study/progress/routes'
import { studySessionRoutes } from '../study/routes'
import { mySubjectRoutes, subjectRoutes } from '../subjects/routes'
import { roomTodoRoutes, todoRoutes } from '../todos/routes'
import { avatarPictureRoutes, avatarRoutes, logoPictureRoutes } from '../uploads/picture-routes'
import { fileRoutes, uploadRoutes } from '../uploads/routes'
import { userRoutes } from '../users/routes'
import { authBodyBytes, bodyBytes, jsonBody, noteBodyBytes } from './body'
import { asyncapiRoutes, docsRoutes, documentApi, openapiRoutes } from './docs'
import type { AppEnv } from './env'
import { isAllowedOrigin, shielded } from './guards'
import { securityHeaders } from './headers'
import { healthRoutes } from './health'
import { onError } from './on-error'
import { requestContext, requestIds } from './request-context'
import { logRequests } from './request-log'

/** Everything under /api/v1 but health. */
const v1 = new Hono<AppEnv>()
  .use(
    cors({
      origin: (origin, c) => (isAllowedOrigin(c.var.ctx.config, c.req.url, origin) ? origin : null),
      credentials: true,
      allowHeaders: [
        ...['Authorization', 'Content-Type', 'If-Match', 'Idempotency-Key', 'X-Request-Id'],
        ...['Range', 'If-Range', 'If-None-Match'],
      ],
      exposeHeaders: [
        ...['ETag', 'Location', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'X-Request-Id'],
        ...['Accept-Ranges', 'Content-Range', 'Content-Disposition'],
      ],
      maxAge: 7200,
    }),
  )
  // Bodies of files are streams, not JSON.
  .route('/files', fileRoutes)
  .route('/avatars', avatarPictureRoutes)
  .route('/logos', logoPictureRoutes)
  .use(shielded)
  .use('/auth/*', jsonBody(authBodyBytes))
  .use('/notes/*', jsonBody(noteBodyBytes))
  .use(jsonBody(bodyBytes))
  .route('/auth', authRoutes)
  .route('/auth/email', emailRoutes)
  .route('/auth/password', passwordRoutes)
  .route('/auth/phone', phoneRoutes)
  .route('/auth/mfa', mfaRoutes)
  .route('/auth/passkeys', passkeyRoutes)
  .route('/auth/oauth', oauthRoutes)
  .route('/users', userRoutes)
  .route('/users', mySubjectRoutes)
  .route('/users', securityLogRoutes)
  .route('/users', privacyRoutes)
  .route('/users', avatarRoutes)
  .route('/exports', exportRoutes)
  .route('/subjects', subjectRoutes)
  .route('/friends', friendRoutes)
  .route('/blocks', blockRoutes)
  .route('/conversations', conversationRoutes)
  .route('/messages', directMessageRoutes)
  .route('/rooms', roomRoutes)
  .route('/rooms', roomMemberRoutes)
  .route('/rooms', memberRoutes(roomPlace))
  .route('/rooms', linkRoutes(roomPlace))
  .route('/rooms', invitationRoutes(roomPlace))
  .route('/rooms', moderationRoutes(roomPlace))
  .route('/rooms', waitlistRoutes(roomPlace))
  .route('/rooms', timerRoutes(roomPlace))
  .route('/rooms', roomMaterialRoutes)
  .route('/rooms', roomNoteRoutes)
  .route('/rooms', placeMeetupRoutes(roomPlace))
  .route('/rooms', roomTodoRoutes)
  .route('/rooms', actionRoutes(roomPlace))
  .route('/groups', groupRoutes)
  .route('/groups', groupMemberRoutes)
  .route('/groups', memberRoutes(groupPlace))
  .route('/groups', linkRoutes(groupPlace))
  .route('/groups', invitationRoutes(groupPlace))
  .route('/groups', moderationRoutes(groupPlace))
  .route('/groups', waitlistRoutes(groupPlace))
  .route('/groups', timerRoutes(groupPlace))
  .route('/groups', actionRoutes(groupPlace))
  .route('/groups', placeMeetupRoutes(groupPlace))
  .route('/channels', channelRoutes)
  .route('/channels', findingRoutes)
  .route('/channels', muteRoutes)
  .route('/materials', materialRoutes)
  .route('/notes', noteRoutes)
  .route('/channels', messageReportRoutes)
  .route('/reports', reportRoutes)
  .route('/moderation', appealRoutes)
  .route('/todos', todoRoutes)
  .route('/meetups', meetupRoutes)
  .route('/calendar', calendarRoutes)
  .route('/study/sessions', studySessionRoutes)
  .route('/study', studyProgressRoutes)
  .route('/invite-links', inviteLinkRoutes)
  .route('/invitations', invitationAnswerRoutes)
  .route('/ws/tickets', ticketRoutes)
  .route('/uploads', uploadRoutes)
  .route('/admin', adminRoutes)
  .route('/admin/dead-letters', deadLetterRoutes)
  .route('/notifications', notificationRoutes)
  .route('/openapi.json', openapiRoutes)
  .route('/asyncapi.json', asyncapiRoutes)

/** The table of contents: every address that Studyhall answers to. */
export const app = new Hono<AppEnv>()
  .use(requestIds)
  .use(logRequests)
  .use(securityHeaders)
  .route('/api/v1/health', healthRoutes)
  // From here on nothing answers unless every setting is right.
  .use(requestContext)
  .route('/api/v1', v1)
  .route('/ws', socketRoutes)
  .route('/.well-known', wellKnownRoutes)
  .route('/dev', outboxRoutes)
  .route('/', docsRoutes)

documentApi(app)
app.onError(onError)
app.notFound((c) => {
  const allowed = methodsOf(c.req.path)
  const error =
    allowed.length === 0
      ? routeErrors.notFound()
      : routeErrors.methodNotAllowed({ headers: { Allow: allowed.join(', ') } })
  // Returned, because what is thrown here passes by the middleware that names the request and sets the headers.
  return onError(error, c)
})

export type Api = typeof app

let patterns: { methods: string[]; pattern: RegExp }[] | null = null

/** The methods that a path answers to, from the routes themselves. */
function methodsOf(path: string): string[] {
  // A route is in the list once for each of its handlers.
  patterns ??= [...Map.groupBy(app.routes, (route) => route.path)].map(([of, routes]) => ({
    methods: [...new Set(routes.map(({ method }) => method))].filter((method) => method !== 'ALL'),
    pattern: new RegExp(`^${of.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`),
  }))
  const methods = new Set(patterns.filter(({ pattern }) => pattern.test(path)).flatMap((found) => found.methods))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods].sort()
}
