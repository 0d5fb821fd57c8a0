import { AppError, defineError, type ErrorMaker, findError } from '../../shared/errors'
import { type RefusalCode, refusals } from './protocol'

const titled = (code: RefusalCode, status: 403 | 404 | 409 | 422, help?: string) =>
  defineError({ code, status, title: refusals[code], help })

/** What the core refuses. By socket the same codes come as `error` events. */
export const liveErrors = {
  messageNotFound: titled('message.not_found', 404),
  messageDeleted: titled('message.deleted', 409),
  notYours: titled('message.not_yours', 403),
  editTooLate: titled('message.edit_too_late', 403, 'Write a new message instead.'),
  deleteNotAllowed: titled('message.delete_not_allowed', 403),
  tooManyEmoji: titled('reaction.too_many', 409, 'Use one that is there already, or take one of your own back first.'),
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

/** The error behind a refusal of the object: the catalogue knows its code, be it ours or the channel's. */
export function refusalError({ code, detail }: { code: string; detail?: string }): Error {
  const definition = findError(code)
  return definition ? new AppError(definition, { detail }) : new Error(`a room refused with the unknown code ${code}`)
}
