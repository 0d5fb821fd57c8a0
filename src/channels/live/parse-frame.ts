import { isAttachmentList, maxAttachments } from './attachments'
import { isEmoji, isMessageText, maxTextCodePoints } from './chat'
import { type ChannelCommand, type Status, statusStates } from './contract'
import { type Frame, type RefusalCode, refusals } from './protocol'
import { readTimerCommand } from './timer-pattern'

/** How what a client has sent is read. */

export interface StatusFrame {
  ok: true
  frame: { kind: 'status'; status: Status }
}

export interface Refused {
  ok: false
  broken: false
  code: RefusalCode
  detail: string
  nonce: string | null
}

export type Parsed<OneFrame> =
  | { ok: true; frame: OneFrame }
  /** Not JSON or not an object: nothing to answer to. */
  | { ok: false; broken: true }
  | Refused

export type ParsedFrame = Parsed<Frame>

const noncePattern = /^[A-Za-z0-9_-]{1,64}$/

export const isNonce = (value: unknown): value is string => typeof value === 'string' && noncePattern.test(value)

/** Reads what must be a JSON object; null for anything else. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** Reads one text frame. Strict: an unknown key makes it invalid. */
export function parseFrame(text: string): ParsedFrame {
  const frame = parseObject(text)
  if (!frame) return { ok: false, broken: true }
  const keys = Object.keys(frame).length
  switch (frame.type) {
    case 'message.send':
    case 'message.edit':
    case 'message.delete':
    case 'message.pin':
    case 'message.unpin':
    case 'reaction.add':
    case 'reaction.remove':
      return parseCommand(frame, keys, commandFields[frame.type])
    case 'read':
      if (keys !== 2 || !isCount(frame.seq)) return invalid(frame, 'seq must be a whole number, and nothing beside it')
      return { ok: true, frame: { kind: 'command', nonce: null, command: { type: 'read', seq: frame.seq } } }
    case 'timer.start':
    case 'timer.pause':
    case 'timer.resume':
    case 'timer.skip':
    case 'timer.stop':
      return parseTimer(frame)
    case 'typing':
      return keys === 1 ? { ok: true, frame: { kind: 'typing' } } : invalid(frame, 'typing has no fields')
    case 'status.set':
      return parseStatus(frame, keys)
    case 'seen':
      if (keys !== 2 || !isCount(frame.n)) return invalid(frame, 'n must be a whole number, and nothing beside it')
      return { ok: true, frame: { kind: 'seen', n: frame.n } }
    default:
      return unknownType(frame)
  }
}

export function unknownType({ nonce }: Record<string, unknown>): Refused {
  const code = 'frame.unknown_type'
  return { ok: false, broken: false, code, detail: refusals[code], nonce: isNonce(nonce) ? nonce : null }
}

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

interface FieldRule {
  fits: (value: unknown) => boolean
  rule: string
}

const said = (fits: (text: string) => boolean, rule: string): FieldRule => ({
  fits: (value) => typeof value === 'string' && fits(value),
  rule,
})

const isShort = (text: string) => text.length <= 64

const fieldRules = {
  text: said(isMessageText, `text must have 1 to ${maxTextCodePoints} characters, not only white space`),
  messageId: said(isShort, 'messageId must be the id of a message'),
  replyTo: said(isShort, 'replyTo must be the id of a message'),
  attachments: { fits: isAttachmentList, rule: `attachments must be the ids of 1 to ${maxAttachments} uploads` },
  emoji: said(isEmoji, 'emoji must be a single emoji'),
  reason: said(isReason, 'reason must be one line of 1 to 500 characters'),
} satisfies Record<string, FieldRule>

const commandFields = {
  'message.send': ['text'],
  'message.edit': ['messageId', 'text'],
  'message.delete': ['messageId'],
  'message.pin': ['messageId'],
  'message.unpin': ['messageId'],
  'reaction.add': ['messageId', 'emoji'],
  'reaction.remove': ['messageId', 'emoji'],
} satisfies Record<string, (keyof typeof fieldRules)[]>

const nonceRule = 'nonce must be 1 to 64 of A-Z a-z 0-9 _ -'

function parseTimer(frame: Record<string, unknown>): ParsedFrame {
  const { nonce } = frame
  if (!isNonce(nonce)) return invalid(frame, nonceRule)
  const command = readTimerCommand(frame)
  if (typeof command === 'string') return invalid(frame, command)
  return { ok: true, frame: { kind: 'command', nonce, command } }
}

/** What a frame may have besides. */
const optionalFields: Partial<Record<string, (keyof typeof fieldRules)[]>> = {
  'message.send': ['replyTo', 'attachments'],
  'message.delete': ['reason'],
}

function parseCommand(
  frame: Record<string, unknown>,
  keys: number,
  fields: readonly (keyof typeof fieldRules)[],
): ParsedFrame {
  const { nonce, ...command } = frame
  if (!isNonce(nonce)) return invalid(frame, nonceRule)
  for (const field of fields) {
    // Who sends files need not say anything beside them.
    const isSilent = field === 'text' && frame.text === '' && frame.attachments !== undefined
    if (!isSilent && !fieldRules[field].fits(frame[field])) return invalid(frame, fieldRules[field].rule)
  }
  // Every expected key was found, so one more can only be an unknown one, or one that the frame may have besides.
  const optional = (optionalFields[String(frame.type)] ?? []).filter((field) => frame[field] !== undefined)
  if (keys !== fields.length + 2 + optional.length)
    return invalid(frame, `${frame.type} has the fields nonce, ${fields.join(', ')} only`)
  for (const field of optional) if (!fieldRules[field].fits(frame[field])) return invalid(frame, fieldRules[field].rule)
  return { ok: true, frame: { kind: 'command', nonce, command: command as ChannelCommand } }
}

export const maxStatusCodePoints = 100
export const maxReasonCodePoints = 500

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const unfitForLine = /[\u0000-\u001f\u007f-\u009f]/

const isLine = (text: string, maxCodePoints: number) =>
  text.length <= 2 * maxCodePoints &&
  [...text].length <= maxCodePoints &&
  text.isWellFormed() &&
  !unfitForLine.test(text) &&
  /\S/.test(text)

/** One line in somebody's own words about what they are doing. */
export const isStatusText = (text: string) => isLine(text, maxStatusCodePoints)

/** Why a message was deleted, for its author. A declaration, because the rules of the fields above name it. */
export function isReason(text: string): boolean {
  return isLine(text, maxReasonCodePoints)
}

const isoPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

export function parseStatus(frame: Record<string, unknown>, keys: number): StatusFrame | Refused {
  const { state, text, until } = frame
  const known = statusStates.find((one) => one === state)
  if (!known) return invalid(frame, `state must be one of ${statusStates.join(', ')}`)
  if (text !== undefined && (typeof text !== 'string' || !isStatusText(text)))
    return invalid(frame, `text must be one line of 1 to ${maxStatusCodePoints} characters`)
  const at = typeof until === 'string' && isoPattern.test(until) ? Date.parse(until) : Number.NaN
  if (until !== undefined && Number.isNaN(at)) return invalid(frame, 'until must be a time in ISO 8601')
  if (keys !== 2 + Number(text !== undefined) + Number(until !== undefined))
    return invalid(frame, 'status.set has the fields state, text, until only')
  if (known === 'invisible' && keys !== 2) return invalid(frame, 'who is invisible has no text and no until')
  return {
    ok: true,
    frame: { kind: 'status', status: { state: known, text: text ?? null, until: until === undefined ? null : at } },
  }
}

export function invalid(frame: Record<string, unknown>, detail: string): Refused {
  return { ok: false, broken: false, code: 'frame.invalid', detail, nonce: isNonce(frame.nonce) ? frame.nonce : null }
}
