/**
 * What may interest somebody, and what is to be known of each beside who did it, where, and to whom. Ids and plain facts:
 * words are made when they are shown, in the reader's language.
 */
export interface EventFacts {
  'friend.requested': None
  'friend.accepted': None
  'invitation.received': None
  'join_request.received': None
  'join_request.approved': None
  'join_request.denied': { reason: string | null }
  'waitlist.promoted': None
  'member.removed': { reason: string | null }
  'member.banned': { reason: string | null; until: number | null }
  'member.timed_out': { reason: string | null; until: number }
  'member.role_changed': { from: string; to: string }
  'channel.received': None
  'message.removed': { reason: string | null }
  /** Never names who reported: in a room of eight people know each other. */
  'report.made': { about: 'message' | 'user' | 'room' | 'group' }
  'report.resolved': None
  'report.dismissed': None
  'appeal.made': None
  'appeal.granted': { reason: string | null }
  'appeal.denied': { reason: string | null }
  'message.mention': SaidThere
  'message.reply': SaidThere
  'message.direct': SaidThere
  'message.announcement': SaidThere
  'security.signed_in': { device: string | null; address: string | null }
  'security.password_changed': None
  /** The old address is told; null where it was never proven. */
  'security.address_changed': { oldAddress: string | null }
  'security.method_added': { method: SignInMethod }
  'security.method_removed': { method: SignInMethod }
  /** When the account will be gone. */
  'security.deletion_scheduled': { erasesAt: number }
  'security.role_changed': { from: string; to: string; reason: string }
  'todo.assigned': { todoId: string; text: string; roomId: string | null }
  'todo.due': { todoId: string; text: string; dueAt: number }
  'meetup.planned': MeetupFacts
  'meetup.changed': MeetupFacts
  'meetup.cancelled': MeetupFacts
  /** Who waited has a seat. */
  'meetup.seated': MeetupFacts
  'meetup.starts': MeetupFacts
  /** Whether they are still studying. */
  'study.asked': { answerBy: number }
  /** By itself: `reason` is that of the session. */
  'study.ended': { reason: string; seconds: number }
  'study.level': { level: number }
  'material.shared': { materialId: string; permission: string }
  'material.taken_out': None
  'note.shared': None
  /** By somebody else than its author; once for each revision. */
  'note.edited': None
  'note.taken_out': None
}

export type SignInMethod = 'passkey' | 'authenticator' | 'recovery_codes' | 'phone' | 'google' | 'github'

export type None = Record<string, never>

export interface MeetupFacts {
  meetupId: string
  title: string
  startsAt: number
}

interface SaidThere {
  messageId: string
  seq: number
  /** Those among the recipients who had the channel open when it was said. */
  present?: string[]
  /** Those among the recipients who have been told of the message before, and are not again. */
  told?: string[]
}

export type EventType = keyof EventFacts

/** Everybody whom an event may be for without being named one by one. */
export type Audience = 'listed' | 'members' | 'moderators' | 'admins'

/** An event as it is stored and sent on. */
export interface StoredEvent<T extends EventType = EventType> {
  id: string
  type: T
  /** Who did it; null when nobody in particular did, or when that person was erased. */
  actorId: string | null
  channelId: string | null
  /** What it is about, such as a request: when that is no more, the event is withdrawn by it. */
  subjectId: string | null
  audience: Audience
  recipients: string[]
  facts: EventFacts[T]
  createdAt: number
  /** After it nobody needs to hear of it; null for most. Milliseconds since 1970. */
  expiresAt: number | null
}

/** What is put into the queue. Consumers look up the rest, so that a message may come twice or late. */
export type QueueMessage =
  /** Tell the next recipients of an event. */
  | { kind: 'event'; eventId: string }
  /** Deliver what waits for a person on a channel. */
  | { kind: 'deliver'; userId: string; channel: 'app' | 'mail' | 'push' }
