import * as z from 'zod'
import { isAttachmentList, maxAttachments } from './attachments'
import { isEmoji, isMessageText, maxEmojiPerMessage, maxTextCodePoints } from './chat'
import { statusStates } from './contract'
import { isNonce, isReason, isStatusText, maxReasonCodePoints, maxStatusCodePoints } from './parse-frame'
import { timerFrames } from './timer-schemas'

/**
 * What a client sends on a room's socket, for the document of it. The object reads without these, for speed; a test
 * holds them against the unions.
 */

export const nonce = z
  .string()
  .refine(isNonce)
  .meta({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
  .describe('Yours to choose; its ack or error brings it back. The same nonce again does nothing a second time.')
const text = z
  .string()
  .refine(isMessageText)
  .meta({ minLength: 1, maxLength: maxTextCodePoints })
  .describe('Not only white space.')
export const messageId = z.string().max(64)
const emoji = z.string().refine(isEmoji).describe('A single emoji.')
const statusText = z
  .string()
  .refine(isStatusText)
  .meta({ minLength: 1, maxLength: maxStatusCodePoints })
  .describe('One line in the person’s own words.')

/** What a client may send, by type. */
export const clientFrames = {
  'message.send': z
    .strictObject({
      type: z.literal('message.send'),
      nonce,
      text: z
        .string()
        .refine((said) => said === '' || isMessageText(said))
        .describe('May be empty beside attachments.'),
      attachments: z
        .array(z.string())
        .refine(isAttachmentList)
        .meta({ minItems: 1, maxItems: maxAttachments, uniqueItems: true })
        .optional()
        .describe('Ids of uploads of one’s own, of the purpose attachment.'),
      replyTo: messageId.optional().describe('The message in this channel that this one answers.'),
    })
    .refine(({ text: said, attachments }) => said !== '' || attachments !== undefined)
    .describe('Says something, shows something, or both. Pictures alone make a message of type image.'),
  'message.edit': z
    .strictObject({ type: z.literal('message.edit'), nonce, messageId, text })
    .describe('Changes one’s own message, within 24 hours.'),
  'message.delete': z
    .strictObject({
      type: z.literal('message.delete'),
      nonce,
      messageId,
      reason: z
        .string()
        .refine(isReason)
        .meta({ minLength: 1, maxLength: maxReasonCodePoints })
        .optional()
        .describe('One line for the author, where it is not oneself.'),
    })
    .describe('Deletes one’s own message, or that of somebody with a lower role.'),
  'message.pin': z
    .strictObject({ type: z.literal('message.pin'), nonce, messageId })
    .describe('Pins a message: for owners and moderators, in a conversation of two for both.'),
  'message.unpin': z
    .strictObject({ type: z.literal('message.unpin'), nonce, messageId })
    .describe('Takes a pinned message down.'),
  'reaction.add': z
    .strictObject({ type: z.literal('reaction.add'), nonce, messageId, emoji })
    .describe(`Puts an emoji on a message, which carries at most ${maxEmojiPerMessage} different ones.`),
  'reaction.remove': z
    .strictObject({ type: z.literal('reaction.remove'), nonce, messageId, emoji })
    .describe('Takes one’s own emoji back.'),
  read: z
    .strictObject({ type: z.literal('read'), seq: z.int().min(0) })
    .describe('Says how far one has read. The mark only moves forward; there is no ack.'),
  ...timerFrames,
  typing: z
    .strictObject({ type: z.literal('typing') })
    .describe('Says that one is typing: at most every 3 seconds, shown for 8.'),
  'status.set': z
    .strictObject({
      type: z.literal('status.set'),
      state: z.enum(statusStates),
      text: statusText.optional(),
      until: z.iso.datetime({ offset: true }).optional().describe('When the state becomes online again.'),
    })
    .describe(
      'Says what one is doing. It ends with the last socket and is never stored. Who is invisible counts as offline to everybody else, and has no text and no until.',
    ),
  seen: z
    .strictObject({ type: z.literal('seen'), n: z.int().min(0).describe('Events received on this socket so far.') })
    .describe('Says how much has arrived, about once a second while events come. Not counted as a frame.'),
}
