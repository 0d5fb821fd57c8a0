import type { EventFacts, StoredEvent } from '../../outbox/contract'
import type { Mention } from './contract'
import type { Effect, Facts, MessageExtra, MessageRow } from './model'

/**
 * Whom a new message, or an edit, is for beside those who look: what goes into the room's outbox in the same turn. Pure.
 */

type Said = keyof EventFacts & `message.${string}`
type Tell = (type: Said, to: string[] | 'members', told?: string[]) => Effect

/** By how many names one message may call people, its edits included: who may not call all cannot do so bit by bit. */
export const maxNamed = 60

/** At most one event for each reader: who is named is not told of the answer as well. */
export function tellingOf(facts: Facts, message: MessageRow): Effect[] {
  const channel = facts.channel()
  if (!channel) return []
  const { extra, userId } = message
  const tell = tellerOf(facts, channel, message, message.createdAt)
  if (channel.kind === 'conversation') return [tell('message.direct', 'members')]
  if (!extra) return []
  if (extra.announcement) return [tell('message.announcement', 'members')]
  const named = namesIn(extra).filter((id) => id !== userId)
  if (named.includes(channel.id)) return [tell('message.mention', 'members')]
  const author = answeredBy(facts, extra)
  const answered = author !== null && author !== userId && !named.includes(author) && isMember(facts, author)
  return [
    ...(named.length > 0 ? [tell('message.mention', named)] : []),
    ...(answered ? [tell('message.reply', [author])] : []),
  ]
}

/** Tells those whom an edit names first; never who was named before, or was told of the message in another way. */
export function tellingOfEdit(facts: Facts, before: MessageRow, extra: MessageExtra | null, now: number): Effect[] {
  const channel = facts.channel()
  if (!channel || channel.kind === 'conversation' || before.extra?.announcement || !extra) return []
  const told = [...new Set([...namedSoFar(before.extra), answeredBy(facts, extra)])].filter((id) => id !== null)
  if (told.includes(channel.id) || told.length >= maxNamed) return []
  const named = namesIn(extra).filter((id) => id !== before.userId && !told.includes(id))
  if (named.length === 0) return []
  const tell = tellerOf(facts, channel, before, now)
  return [named.includes(channel.id) ? tell('message.mention', 'members', told) : tell('message.mention', named)]
}

/** What a message has after an edit: whom it names now, and whom it has named before. */
export function extraAfter(before: MessageExtra | null, mentions: Mention[]): MessageExtra | null {
  const { mentions: _, named: __, ...kept } = before ?? {}
  const now = mentions.map(({ id }) => id)
  const named = namedSoFar(before).filter((id) => !now.includes(id))
  const extra = { ...kept, ...(mentions.length > 0 ? { mentions } : {}), ...(named.length > 0 ? { named } : {}) }
  return Object.keys(extra).length > 0 ? extra : null
}

const namesIn = (extra: MessageExtra | null) => (extra?.mentions ?? []).map(({ id }) => id)
const namedSoFar = (extra: MessageExtra | null) => [...namesIn(extra), ...(extra?.named ?? [])]

const answeredBy = (facts: Facts, extra: MessageExtra) =>
  extra.replyTo === undefined ? null : (facts.messageAt(extra.replyTo)?.userId ?? null)

function tellerOf(
  facts: Facts,
  { id: channelId, kind }: { id: string; kind: string },
  { id: messageId, seq, userId }: MessageRow,
  createdAt: number,
): Tell {
  return (type, to, told) => {
    const said = { messageId, seq, ...(told && told.length > 0 ? { told } : {}) }
    const event: Omit<StoredEvent, 'id'> = {
      ...{ type, actorId: userId, channelId, subjectId: messageId },
      audience: to === 'members' ? 'members' : 'listed',
      recipients: to === 'members' ? [] : to,
      facts: to === 'members' && kind !== 'conversation' ? said : { ...said, present: listPresent(facts, to) },
      ...{ createdAt, expiresAt: null },
    }
    return { do: 'tell', event }
  }
}

const isMember = (facts: Facts, userId: string) => facts.member(userId)?.state === 'active'

/** Those who have the channel open: they see it as it is said. */
function listPresent(facts: Facts, among: string[] | 'members'): string[] {
  const asked = among === 'members' ? [...facts.presentIds()] : among
  return asked.filter((id) => (facts.person(id)?.sockets.length ?? 0) > 0)
}
