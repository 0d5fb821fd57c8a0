import type { Mention, ReplyView } from './contract'
import type { Facts } from './model'

/** What only some messages have: whom they name, and what they answer. Pure. */

export const maxMentions = 20
const snippetCodePoints = 140
const names = /(?<![\p{L}\p{N}_.@/-])@(?<name>[A-Za-z0-9_]{3,30})(?![A-Za-z0-9_])/gu

/**
 * The members whom a text names, in order of appearance and each once; at most twenty.
 * @param mayCallAll whether `@room` of this sender is more than text
 */
export function findMentions(
  facts: Pick<Facts, 'channel' | 'membersNamed'>,
  text: string,
  mayCallAll: boolean,
): Mention[] {
  const asked = new Set<string>()
  for (const { groups } of text.matchAll(names)) {
    if (groups?.name) asked.add(groups.name.toLowerCase())
    if (asked.size === maxMentions) break
  }
  if (asked.size === 0) return []
  const found = new Map(facts.membersNamed([...asked]).map((mention) => [mention.username, mention]))
  const channelId = facts.channel()?.id
  if (mayCallAll && channelId !== undefined && asked.has('room')) found.set('room', { id: channelId, username: 'room' })
  return [...asked].flatMap((name) => found.get(name) ?? [])
}

/** The answered message as it is now; null when it is not there any more. */
export function replyView(facts: Pick<Facts, 'member' | 'messageAt'>, seq: number): ReplyView | null {
  const answered = facts.messageAt(seq)
  if (!answered) return null
  const deleted = answered.deletedAt !== null
  return {
    id: answered.id,
    seq,
    sender: { id: answered.userId, name: facts.member(answered.userId)?.name ?? '' },
    text: deleted ? '' : snippetOf(answered.text),
    deleted,
  }
}

/** The first 140 characters. */
export function snippetOf(text: string): string {
  if (text.length <= snippetCodePoints) return text
  return Array.from(text.slice(0, 2 * snippetCodePoints))
    .slice(0, snippetCodePoints)
    .join('')
}
