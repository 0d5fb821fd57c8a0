import type { ChannelKind } from '../../channels/live/contract'
import type { ChannelHead, Mark } from '../contract'

/** How much is new to somebody. Pure. */

export interface Unread {
  /** Messages that the person has not read; their own never count. */
  unreadCount: number
  /** Those of them that name the person, or call everybody. */
  mentionCount: number
}

/** What is new in a conversation that is so far. Who has never read in it has everything before them. */
export function unreadIn(head: ChannelHead, mark: Mark | null): Unread {
  const { ord, calls, own, mentions } = mark ?? { ord: 0, calls: 0, own: 0, mentions: 0 }
  const unreadCount = Math.max(0, head.ord - ord - own)
  return { unreadCount, mentionCount: Math.min(unreadCount, Math.max(0, head.calls - calls + mentions)) }
}

export interface UnreadTotals extends Unread {
  /** The channels with most that is new, at most a hundred; muted ones do not count. */
  channels: ({ channelId: string; kind: ChannelKind } & Unread)[]
}

/** At most so many channels are named when a socket opens; the totals count all. */
export const namedChannels = 100

export function totalUnread(
  heads: readonly (ChannelHead & { channelId: string; kind: ChannelKind; muted: boolean })[],
  markOf: (channelId: string) => Mark | null,
): UnreadTotals {
  const channels: UnreadTotals['channels'] = []
  const total = { unreadCount: 0, mentionCount: 0 }
  for (const { channelId, kind, muted, ...head } of heads) {
    const found = unreadIn(head, markOf(channelId))
    if (muted || found.unreadCount === 0) continue
    total.unreadCount += found.unreadCount
    total.mentionCount += found.mentionCount
    channels.push({ channelId, kind, ...found })
  }
  channels.sort((a, b) => b.mentionCount - a.mentionCount || b.unreadCount - a.unreadCount)
  return { ...total, channels: channels.slice(0, namedChannels) }
}
