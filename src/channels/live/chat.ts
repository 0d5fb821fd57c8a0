import { done, refuse, rememberNonce } from './answers'
import { keptFiles, refuseFiles } from './attachments'
import type { Attachment, ChannelCommand } from './contract'
import { findMentions } from './extras'
import { markRead } from './marks'
import type { Effect, Facts, MessageExtra, MessageRow, RoomState, Step } from './model'
import type { ServerEvent } from './protocol'
import { dropFiles, forgetTextLater, removalEffects } from './removals'
import { reportSoon, toldAnew } from './report'
import { looksAfter, mayDelete, whyBarred } from './rights'
import { extraAfter, tellingOf, tellingOfEdit } from './telling'
import { changeTimer } from './timer'
import type { TimerCommand } from './timer-contract'
import { createdEvent, wireMessage } from './wire'

/** Messages and reactions: who may do what, and what comes of it. Pure. */

export const maxTextCodePoints = 4000
export const maxEmojiPerMessage = 20
export const editableForMs = 24 * 60 * 60_000
export const maxPins = 50

export function isMessageText(text: string): boolean {
  if (text.length === 0 || text.length > 2 * maxTextCodePoints) return false
  if (!/\S/u.test(text) || text.includes('\0') || !text.isWellFormed()) return false
  if (text.length <= maxTextCodePoints) return true
  let count = 0
  for (const _ of text) count += 1
  return count <= maxTextCodePoints
}

const singleEmoji = /^\p{RGI_Emoji}$/v

export function isEmoji(text: string): boolean {
  return text.length <= 64 && singleEmoji.test(text)
}

interface Command {
  userId: string
  /** Where it came from; none for HTTP. */
  socketId?: string
  command: ChannelCommand
  nonce: string | null
  /** Of the message that a message.send makes, or of the moderation action that a message.delete is. */
  id: string
  /** Those that it may have. */
  files?: readonly Attachment[]
  now: number
}

/** Decides on one command, by socket or by HTTP. What is refused changes nothing (L23). */
export function decide(state: RoomState, facts: Facts, event: Command): Step {
  const { userId, command, nonce } = event
  const barred = whyBarred(facts, userId)
  if (barred) return refuse(state, barred)
  if (nonce !== null) {
    const made = facts.nonce(userId, nonce)
    if (made) {
      const { messageId, seq } = made
      return done(state, [], { messageId: messageId ?? undefined, seq: seq ?? undefined, repeated: true })
    }
  }
  const silenced = refuseSilenced(state, facts, event)
  if (silenced) return silenced
  switch (command.type) {
    case 'message.send':
      return send(state, facts, event, command)
    case 'read':
      return markRead(state, facts, event, command.seq)
    case 'timer.start':
    case 'timer.pause':
    case 'timer.resume':
    case 'timer.skip':
    case 'timer.stop':
      return changeTimer(state, facts, event, command)
    default: {
      const message = facts.message(command.messageId)
      if (!message) return refuse(state, 'message.not_found')
      return changeMessage(state, facts, event, command, message)
    }
  }
}

/** What people may still do who are not to write: read, and take back what is theirs. */
const mayInSilence: Partial<Record<ChannelCommand['type'], true>> = {
  read: true,
  'message.delete': true,
  'reaction.remove': true,
}

function refuseSilenced(state: RoomState, facts: Facts, { userId, command, now }: Command): Step | null {
  const frozen = facts.channel()?.frozen ?? false
  const mutedUntil = facts.member(userId)?.mutedUntil ?? null
  if ((!frozen && mutedUntil === null) || mayInSilence[command.type]) return null
  if (frozen) return refuse(state, 'channel.frozen')
  if (mutedUntil === null || mutedUntil <= now) return null
  const detail = `You may read here, but not write until ${new Date(mutedUntil).toISOString()}.`
  return refuse(state, 'channel.timed_out', { detail, retryAfterSeconds: Math.ceil((mutedUntil - now) / 1000) })
}

type Send = Extract<ChannelCommand, { type: 'message.send' }>

function send(state: RoomState, facts: Facts, event: Command, command: Send): Step {
  const { userId, id, now } = event
  const { text } = command
  const { files = [] } = event
  const refused = refuseSend(state, facts, event, command) ?? refuseFiles(state, facts, command, files)
  if (refused) return refused
  const effects: Effect[] = []
  const slow = slowModeOf(facts, userId)
  if (slow > 0) {
    const wait = facts.spokeAt(userId) + slow * 1000 - now
    if (wait > 0) {
      const retryAfterSeconds = Math.ceil(wait / 1000)
      const detail = `Slow mode is on: you may write again in ${retryAfterSeconds} s.`
      return refuse(state, 'room.slow_mode', { detail, retryAfterSeconds })
    }
    effects.push({ do: 'save', write: { table: 'spoke', userId, at: now } })
  }
  const extra = extraOf(facts, userId, command, files)
  const seq = state.seq + 1
  const ord = state.ord + 1
  const message: MessageRow = {
    seq,
    ord,
    id,
    userId,
    text,
    createdAt: now,
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    extra,
  }
  effects.push({ do: 'save', write: { table: 'messages', message } })
  rememberNonce(effects, event, id, seq)
  effects.push({ do: 'toAll', event: createdEvent(facts, message) }, ...tellingOf(facts, message))
  const report = reportSoon({ ...state, seq, ord }, facts, now)
  effects.push(...report.effects)
  return done(report.state, effects, { messageId: id, seq })
}

function refuseSend(state: RoomState, facts: Facts, { userId }: Command, command: Send): Step | null {
  if (command.announcement && !(facts.channel()?.kind === 'group' && looksAfter(facts, userId)))
    return refuse(state, 'message.announcement_not_allowed')
  if (command.replyTo === undefined) return null
  const answered = facts.message(command.replyTo)
  if (!answered) return refuse(state, 'message.not_found')
  return answered.deletedAt === null ? null : refuse(state, 'message.deleted')
}

/** Seconds between two messages of the person; those who look after the channel never wait. */
function slowModeOf(facts: Facts, userId: string): number {
  const seconds = facts.channel()?.slowModeSeconds ?? 0
  return seconds > 0 && !looksAfter(facts, userId) ? seconds : 0
}

function extraOf(facts: Facts, userId: string, command: Send, files: readonly Attachment[]): MessageExtra | null {
  const { text, replyTo, announcement, attachments } = command
  const mentions = text.includes('@') ? findMentions(facts, text, looksAfter(facts, userId)) : []
  if (replyTo === undefined && !announcement && mentions.length === 0 && !attachments) return null
  return {
    ...(announcement ? { announcement } : {}),
    ...(replyTo === undefined ? {} : { replyTo: facts.message(replyTo)?.seq }),
    ...(mentions.length === 0 ? {} : { mentions }),
    ...keptFiles(command, files),
  }
}

type Change = Exclude<ChannelCommand, TimerCommand | { type: 'message.send' | 'read' }>

function changeMessage(state: RoomState, facts: Facts, event: Command, command: Change, message: MessageRow): Step {
  const isDelete = command.type === 'message.delete'
  // Who repeats a deletion, or takes back a reaction from what is gone, has what they wanted.
  const mattersNot = isDelete || command.type === 'reaction.remove' || command.type === 'message.unpin'
  if (message.deletedAt !== null)
    return mattersNot ? unchanged(state, event, message) : refuse(state, 'message.deleted')
  switch (command.type) {
    case 'message.edit':
      return edit(state, facts, event, message, command.text)
    case 'message.delete':
      return remove(state, facts, event, message, command.reason ?? null)
    case 'message.pin':
    case 'message.unpin':
      return pin(state, facts, event, message, command.type === 'message.pin')
    default:
      return react(state, facts, event, message, command)
  }
}

/** There was nothing to do; the nonce is spent all the same, so that a late repetition stays harmless. */
function unchanged(state: RoomState, event: Command, message: MessageRow): Step {
  const effects: Effect[] = []
  rememberNonce(effects, event, message.id, null)
  return done(state, effects, { messageId: message.id })
}

function edit(state: RoomState, facts: Facts, event: Command, message: MessageRow, text: string): Step {
  const { userId, now } = event
  if (message.userId !== userId) return refuse(state, 'message.not_yours')
  if (now - message.createdAt > editableForMs) return refuse(state, 'message.edit_too_late')
  if (message.text === text) return unchanged(state, event, message)
  const seq = state.seq + 1
  const extra = extraAfter(message.extra, findMentions(facts, text, looksAfter(facts, userId)))
  const effects: Effect[] = [{ do: 'save', write: { table: 'edits', message, text, extra, seq, at: now } }]
  rememberNonce(effects, event, message.id, seq)
  const edited = wireMessage(facts, { ...message, text, extra, editedAt: now })
  effects.push(
    { do: 'toAll', event: { type: 'message.updated', seq, message: edited } },
    ...tellingOfEdit(facts, message, extra, now),
  )
  const next = toldAnew({ ...state, seq }, facts, message, now)
  effects.push(...next.effects)
  return done(next.state, effects, { messageId: message.id, seq })
}

function remove(state: RoomState, facts: Facts, event: Command, message: MessageRow, reason: string | null): Step {
  const { userId, id, now } = event
  if (!mayDelete(facts.member(userId), facts.member(message.userId), message))
    return refuse(state, 'message.delete_not_allowed')
  const seq = state.seq + 1
  const effects: Effect[] = [{ do: 'save', write: { table: 'tombstones', message, userId, seq, at: now } }]
  rememberNonce(effects, event, message.id, seq)
  effects.push(
    { do: 'toAll', event: { type: 'message.deleted', seq, message: { id: message.id } } },
    forgetTextLater(message, now),
    ...dropFiles(message, now),
  )
  if (userId !== message.userId) {
    const removal = { id, messageId: message.id, userId: message.userId, actorId: userId, reason, at: now }
    effects.push(...removalEffects(removal))
  }
  const next = toldAnew({ ...state, seq }, facts, message, now)
  effects.push(...next.effects)
  return done(next.state, effects, { messageId: message.id, seq })
}

function pin(state: RoomState, facts: Facts, event: Command, message: MessageRow, pins: boolean): Step {
  const { userId, now } = event
  // In a conversation of two nobody looks after it, or both do.
  if (facts.channel()?.kind !== 'conversation' && !looksAfter(facts, userId)) return refuse(state, 'pin.not_allowed')
  if ((message.pinnedAt !== null) === pins) return unchanged(state, event, message)
  if (pins && facts.pinCount() >= maxPins) return refuse(state, 'pin.too_many')
  const seq = state.seq + 1
  const kind = pins ? 'message.pinned' : 'message.unpinned'
  const effects: Effect[] = [{ do: 'save', write: { table: 'pins', kind, message, userId, seq, at: now } }]
  rememberNonce(effects, event, message.id, seq)
  const about = { seq, messageId: message.id, userId }
  const told: ServerEvent =
    kind === 'message.pinned'
      ? { type: kind, ...about, pinnedAt: new Date(now).toISOString() }
      : { type: kind, ...about }
  effects.push({ do: 'toAll', event: told })
  return done({ ...state, seq }, effects, { messageId: message.id, seq })
}

type Reaction = Extract<ChannelCommand, { type: 'reaction.add' | 'reaction.remove' }>

function react(state: RoomState, facts: Facts, event: Command, message: MessageRow, command: Reaction): Step {
  const { userId } = event
  const { emoji } = command
  const { mine, known, distinct } = facts.reaction(message.seq, emoji, userId)
  const adds = command.type === 'reaction.add'
  if (mine === adds) return unchanged(state, event, message)
  if (adds && !known && distinct >= maxEmojiPerMessage) return refuse(state, 'reaction.too_many')
  const seq = state.seq + 1
  const kind = adds ? 'reaction.added' : 'reaction.removed'
  const reaction = { messageSeq: message.seq, userId, emoji }
  const effects: Effect[] = [{ do: 'save', write: { table: 'reactions', kind, reaction, seq } }]
  rememberNonce(effects, event, message.id, seq)
  effects.push({ do: 'toAll', event: { type: kind, seq, messageId: message.id, userId, emoji } })
  return done({ ...state, seq }, effects, { messageId: message.id, seq })
}
