import { AppError, defineError, type ErrorMaker, findError } from '../../shared/errors'
import { type RefusalCode, refusals } from './protocol'

const titled = (code: RefusalCode, status: 403 | 404 | 409 | 422 | 429, help?: string) =>
  defineError({ code, status, title: refusals[code], help })

/** What the core refuses. By socket the same codes come as `error` events. */
export const liveErrors = {
  messageNotFound: titled('message.not_found', 404),
  messageDeleted: titled('message.deleted', 409),
  notYours: titled('message.not_yours', 403),
  editTooLate: titled('message.edit_too_late', 403, 'Write a new message instead.'),
  deleteNotAllowed: titled('message.delete_not_allowed', 403),
  historyNotAllowed: titled('message.history_not_allowed', 403),
  announcementNotAllowed: titled('message.announcement_not_allowed', 403),
  attachmentNotUsable: titled(
    'attachment.not_usable',
    409,
    'GET /api/v1/uploads/:id says how far it is. Each file is attached once, by who sent it, announced with the purpose attachment.',
  ),
  attachmentNotAPicture: titled('attachment.not_a_picture', 422),
  pinNotAllowed: titled('pin.not_allowed', 403),
  tooManyPins: titled('pin.too_many', 409, 'Take one down first.'),
  slowMode: titled('room.slow_mode', 429, '`Retry-After` says how many seconds are left. Moderators never wait.'),
  frozen: titled('channel.frozen', 403, 'What was said stays to be read.'),
  timedOut: titled('channel.timed_out', 403, '`detail` says until when. Reading goes on as before.'),
  tooManyEmoji: titled('reaction.too_many', 409, 'Use one that is there already, or take one of your own back first.'),
  timerNotAllowed: titled('timer.not_allowed', 403, 'The setting whoMayStartTimer says who may.'),
  timerRunning: titled('timer.running', 409, 'Change that one, or stop it first.'),
  timerNotRunning: titled('timer.not_running', 409, 'Start one.'),
  frameInvalid: titled(
    'frame.invalid',
    422,
    'Only on sockets. `detail` says which field is wrong; nothing was changed.',
  ),
  frameUnknown: titled('frame.unknown_type', 422, 'Only on sockets. The frames are listed at /docs/live-room.'),
  upgradeRequired: defineError({
    code: 'socket.upgrade_required',
    status: 426,
    title: 'This address answers to WebSockets only.',
    help: 'Open it with a WebSocket client; messages are also at GET /api/v1/channels/:id/messages.',
  }),
} satisfies Record<string, ErrorMaker>

interface Refusal {
  code: string
  detail?: string
  retryAfterSeconds?: number
}

/** The error behind a refusal of the object: the catalogue knows its code, be it ours or the channel's. */
export function refusalError({ code, detail, retryAfterSeconds }: Refusal): Error {
  const definition = findError(code)
  const headers = retryAfterSeconds === undefined ? undefined : { 'Retry-After': String(retryAfterSeconds) }
  return definition
    ? new AppError(definition, { detail, headers })
    : new Error(`a room refused with the unknown code ${code}`)
}
