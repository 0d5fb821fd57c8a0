import type { EventFacts, StoredEvent } from '../../outbox/contract'
import type { Effect, Facts, MessageRow } from './room'

/** Whom a new message is for beside those who look: what goes into the room's outbox in the same turn. Pure. */

/** At most one event for each reader: who is named is not told of the answer as well. */
export function tellingOf(facts: Facts, message: MessageRow): Effect[] {
  const channel = facts.channel()
  if (!channel) return []
  const { id: channelId, kind } = channel
  const { extra, userId, id: messageId, seq, createdAt } = message
  const tell = (type: keyof EventFacts & `message.${string}`, to: string[] | 'members'): Effect => {
    const said = { messageId, seq }
    const event: Omit<StoredEvent, 'id'> = {
      ...{ type, actorId: userId, channelId, subjectId: messageId },
      audience: to === 'members' ? 'members' : 'listed',
      recipients: to === 'members' ? [] : to,
      facts: to === 'members' && kind !== 'conversation' ? said : { ...said, present: listPresent(facts, to) },
      ...{ createdAt, expiresAt: null },
    }
    return { do: 'tell', event }
  }
  if (kind === 'conversation') return [tell('message.direct', 'members')]
  if (!extra) return []
  if (extra.announcement) return [tell('message.announcement', 'members')]
  const named = (extra.mentions ?? []).map(({ id }) => id).filter((id) => id !== userId)
  if (named.includes(channelId)) return [tell('message.mention', 'members')]
  const author = extra.replyTo === undefined ? null : (facts.messageAt(extra.replyTo)?.userId ?? null)
  const answered = author !== null && author !== userId && !named.includes(author) && isMember(facts, author)
  return [
    ...(named.length > 0 ? [tell('message.mention', named)] : []),
    ...(answered ? [tell('message.reply', [author])] : []),
  ]
}

const isMember = (facts: Facts, userId: string) => facts.member(userId)?.state === 'active'

/** Those who have the channel open: they see it as it is said. */
function listPresent(facts: Facts, among: string[] | 'members'): string[] {
  const asked = among === 'members' ? [...facts.presentIds()] : among
  return asked.filter((id) => (facts.person(id)?.sockets.length ?? 0) > 0)
}
