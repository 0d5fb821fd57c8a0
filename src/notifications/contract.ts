import type { EventType } from '../outbox/contract'

/** What people can choose about, in the order in which settings show it. */
export const categories = [
  'social',
  'invitations',
  'messages',
  'mentions',
  'announcements',
  'moderation',
  'tasks',
  'materials',
  'notes',
  'meetups',
  'study',
  'security',
] as const
export type Category = (typeof categories)[number]

export const ways = ['app', 'mail', 'push'] as const
/** How a notification reaches somebody. Text messages carry codes only, and none of these. */
export type Way = (typeof ways)[number]

export const frequencies = ['immediately', 'daily', 'weekly', 'never'] as const

interface Kind {
  category: Category
}

/** Every event, and what people know it as. */
export const kinds: Record<EventType, Kind> = {
  'friend.requested': { category: 'social' },
  'friend.accepted': { category: 'social' },
  'invitation.received': { category: 'invitations' },
  'join_request.received': { category: 'invitations' },
  'join_request.approved': { category: 'invitations' },
  'join_request.denied': { category: 'invitations' },
  'waitlist.promoted': { category: 'invitations' },
  'member.removed': { category: 'moderation' },
  'member.banned': { category: 'moderation' },
  'member.timed_out': { category: 'moderation' },
  'member.role_changed': { category: 'moderation' },
  'channel.received': { category: 'moderation' },
  'message.removed': { category: 'moderation' },
  'report.made': { category: 'moderation' },
  'report.resolved': { category: 'moderation' },
  'report.dismissed': { category: 'moderation' },
  'appeal.made': { category: 'moderation' },
  'appeal.granted': { category: 'moderation' },
  'appeal.denied': { category: 'moderation' },
  'message.mention': { category: 'mentions' },
  'message.reply': { category: 'mentions' },
  'message.direct': { category: 'messages' },
  'message.announcement': { category: 'announcements' },
  'security.signed_in': { category: 'security' },
  'security.password_changed': { category: 'security' },
  'security.address_changed': { category: 'security' },
  'security.method_added': { category: 'security' },
  'security.method_removed': { category: 'security' },
  'security.deletion_scheduled': { category: 'security' },
  'security.role_changed': { category: 'security' },
  'todo.assigned': { category: 'tasks' },
  'todo.due': { category: 'tasks' },
  'meetup.planned': { category: 'meetups' },
  'meetup.changed': { category: 'meetups' },
  'meetup.cancelled': { category: 'meetups' },
  'meetup.seated': { category: 'meetups' },
  'meetup.starts': { category: 'meetups' },
  'study.asked': { category: 'study' },
  'study.ended': { category: 'study' },
  'study.level': { category: 'study' },
  'material.shared': { category: 'materials' },
  'material.taken_out': { category: 'moderation' },
  'note.shared': { category: 'notes' },
  'note.edited': { category: 'notes' },
  'note.taken_out': { category: 'moderation' },
}
