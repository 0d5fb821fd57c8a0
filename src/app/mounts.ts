import type { Hono } from 'hono'
import { adminRoutes } from '../admin/routes'
import { securityLogRoutes } from '../audit/routes'
import { emailRoutes } from '../auth/email/routes'
import { mfaRoutes } from '../auth/mfa/routes'
import { oauthRoutes } from '../auth/oauth/routes'
import { passkeyRoutes } from '../auth/passkeys/routes'
import { passwordRoutes } from '../auth/password/routes'
import { phoneRoutes } from '../auth/phone/routes'
import { authRoutes } from '../auth/routes'
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
import { channelRoutes, ticketRoutes } from '../channels/routes'
import { waitlistRoutes } from '../channels/waitlist/routes'
import { conversationRoutes, directMessageRoutes } from '../conversations/routes'
import { friendRoutes } from '../friends/routes'
import { groupMemberRoutes } from '../groups/members/routes'
import { groupPlace, groupRoutes } from '../groups/routes'
import { invitationAnswerRoutes, inviteLinkRoutes } from '../invitations/routes'
import { materialRoutes, roomMaterialRoutes } from '../materials/routes'
import { meetupRoutes, placeMeetupRoutes } from '../meetups/routes'
import { noteRoutes, roomNoteRoutes } from '../notes/routes'
import { notificationRoutes } from '../notifications/routes'
import { deadLetterRoutes } from '../outbox/dead-letters/routes'
import { exportRoutes, privacyRoutes } from '../privacy/routes'
import { messageReportRoutes, reportRoutes } from '../reports/routes'
import { roomMemberRoutes } from '../rooms/members/routes'
import { roomPlace, roomRoutes } from '../rooms/routes'
import { studyProgressRoutes } from '../study/progress/routes'
import { studySessionRoutes } from '../study/routes'
import { mySubjectRoutes, subjectRoutes } from '../subjects/routes'
import { roomTodoRoutes, todoRoutes } from '../todos/routes'
import { avatarPictureRoutes, avatarRoutes, logoPictureRoutes } from '../uploads/picture-routes'
import { fileRoutes, uploadRoutes } from '../uploads/routes'
import { userRoutes } from '../users/routes'
import { asyncapiRoutes, openapiRoutes } from './docs'
import type { AppEnv } from './env'

/** Where calls are found under /api/v1, and what makes them. Those under one first part of the path are made together. */
export type Mount = readonly [path: string, make: () => Hono<AppEnv>]

/** Bodies of files are streams, not JSON. */
export const streamMounts: readonly Mount[] = [
  ['/files', fileRoutes],
  ['/avatars', avatarPictureRoutes],
  ['/logos', logoPictureRoutes],
]

export const mounts: readonly Mount[] = [
  ['/auth', authRoutes],
  ['/auth/email', emailRoutes],
  ['/auth/password', passwordRoutes],
  ['/auth/phone', phoneRoutes],
  ['/auth/mfa', mfaRoutes],
  ['/auth/passkeys', passkeyRoutes],
  ['/auth/oauth', oauthRoutes],
  ['/users', userRoutes],
  ['/users', mySubjectRoutes],
  ['/users', securityLogRoutes],
  ['/users', privacyRoutes],
  ['/users', avatarRoutes],
  ['/exports', exportRoutes],
  ['/subjects', subjectRoutes],
  ['/friends', friendRoutes],
  ['/blocks', blockRoutes],
  ['/conversations', conversationRoutes],
  ['/messages', directMessageRoutes],
  ['/rooms', roomRoutes],
  ['/rooms', roomMemberRoutes],
  ['/rooms', () => memberRoutes(roomPlace)],
  ['/rooms', () => linkRoutes(roomPlace)],
  ['/rooms', () => invitationRoutes(roomPlace)],
  ['/rooms', () => moderationRoutes(roomPlace)],
  ['/rooms', () => waitlistRoutes(roomPlace)],
  ['/rooms', () => timerRoutes(roomPlace)],
  ['/rooms', roomMaterialRoutes],
  ['/rooms', roomNoteRoutes],
  ['/rooms', () => placeMeetupRoutes(roomPlace)],
  ['/rooms', roomTodoRoutes],
  ['/rooms', () => actionRoutes(roomPlace)],
  ['/groups', groupRoutes],
  ['/groups', groupMemberRoutes],
  ['/groups', () => memberRoutes(groupPlace)],
  ['/groups', () => linkRoutes(groupPlace)],
  ['/groups', () => invitationRoutes(groupPlace)],
  ['/groups', () => moderationRoutes(groupPlace)],
  ['/groups', () => waitlistRoutes(groupPlace)],
  ['/groups', () => timerRoutes(groupPlace)],
  ['/groups', () => actionRoutes(groupPlace)],
  ['/groups', () => placeMeetupRoutes(groupPlace)],
  ['/channels', channelRoutes],
  ['/channels', findingRoutes],
  ['/channels', muteRoutes],
  ['/materials', materialRoutes],
  ['/notes', noteRoutes],
  ['/channels', messageReportRoutes],
  ['/reports', reportRoutes],
  ['/moderation', appealRoutes],
  ['/todos', todoRoutes],
  ['/meetups', meetupRoutes],
  ['/calendar', calendarRoutes],
  ['/study/sessions', studySessionRoutes],
  ['/study', studyProgressRoutes],
  ['/invite-links', inviteLinkRoutes],
  ['/invitations', invitationAnswerRoutes],
  ['/ws/tickets', ticketRoutes],
  ['/uploads', uploadRoutes],
  ['/admin', adminRoutes],
  ['/admin/dead-letters', deadLetterRoutes],
  ['/notifications', notificationRoutes],
  ['/openapi.json', openapiRoutes],
  ['/asyncapi.json', asyncapiRoutes],
]
