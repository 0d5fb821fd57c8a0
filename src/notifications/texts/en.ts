import type { SignInMethod } from '../../outbox/contract'
import type { Texts } from './content'

const because = (reason: string | null) => (reason === null ? null : `The reason given: ${reason}`)
const roles: Record<string, string> = {
  moderator: 'a moderator',
  member: 'a member',
  owner: 'the owner',
  student: 'a student',
  instructor: 'an instructor',
  admin: 'an admin',
}
const reported: Record<string, string> = { message: 'A message', user: 'A person', room: 'A room', group: 'A group' }
const endings: Record<string, string> = {
  lost: 'No device was heard from for three minutes.',
  idle: 'The question whether you were still studying was not answered.',
  auto: 'Its time was over.',
}
const methods: Record<SignInMethod, string> = {
  passkey: 'A passkey',
  authenticator: 'An authenticator app',
  recovery_codes: 'New recovery codes in the place of the old',
  phone: 'A phone number',
  google: 'A Google account',
  github: 'A GitHub account',
}
const notYou = 'If this was not you, choose a new password now and look at your sessions and ways to sign in.'

export const en: Texts = {
  somebody: 'Somebody',
  places: {
    room: (name) => `the room ${name}`,
    group: (name) => `the group ${name}`,
    conversation: () => 'your conversation',
    none: () => 'Studyhall',
  },
  events: {
    'friend.requested': (_, named, { who }) => `${who(named)} would like to be friends`,
    'friend.accepted': (_, named, { who }) => `${who(named)} and you are friends now`,
    'invitation.received': (_, named, { who, where }) => `${who(named)} invites you to ${where(named)}`,
    'join_request.received': (_, named, { who, where }) => `${who(named)} asks to join ${where(named)}`,
    'join_request.approved': (_, named, { where }) => [
      `Welcome to ${where(named)}`,
      'Your request to join was approved.',
    ],
    'join_request.denied': ({ reason }, named, { where }) => [
      `Your request to join ${where(named)} was declined`,
      because(reason),
    ],
    'waitlist.promoted': (_, named, { where }) => [
      `There is a seat for you in ${where(named)}`,
      'You were next on the waiting list, and are a member now.',
    ],
    'member.removed': ({ reason }, named, { where }) => [`You were removed from ${where(named)}`, because(reason)],
    'member.banned': ({ reason, until }, named, { where, time }) => [
      `You were banned from ${where(named)}${until === null ? '' : ` until ${time(until)}`}`,
      because(reason),
    ],
    'member.timed_out': ({ reason, until }, named, { where, time }) => [
      `You may read but not write in ${where(named)} until ${time(until)}`,
      because(reason),
    ],
    'member.role_changed': ({ to }, named, { where }) => `You are ${roles[to] ?? to} of ${where(named)} now`,
    'channel.received': (_, named, { who, where }) => `${who(named)} has handed ${where(named)} to you`,
    'message.removed': ({ reason }, named, { where }) => [
      `A message of yours in ${where(named)} was removed`,
      because(reason),
    ],
    'report.made': ({ about }, named, { where }) => [
      named.kind === 'room' || named.kind === 'group'
        ? `${reported[about]} in ${where(named)} was reported`
        : `${named.kind === 'conversation' ? 'A direct message' : reported[about]} was reported`,
      'It waits for somebody to look at it.',
    ],
    'report.resolved': () => ['Thank you for your report', 'Something was done about it.'],
    'report.dismissed': () => ['Your report was looked at', 'Nothing had to be done about it this time.'],
    'appeal.made': (_, named, { where }) => [
      `Somebody appeals against a decision in ${where(named)}`,
      'It waits for an answer.',
    ],
    'appeal.granted': ({ reason }, named, { where }) => [`Your appeal in ${where(named)} was granted`, because(reason)],
    'appeal.denied': ({ reason }, named, { where }) => [`Your appeal in ${where(named)} was denied`, because(reason)],
    'message.mention': (_, named, { who, where }) => `${who(named)} mentioned you in ${where(named)}`,
    'message.reply': (_, named, { who, where }) => `${who(named)} answered you in ${where(named)}`,
    'message.direct': (_, named, { who }) => `${who(named)} wrote to you`,
    'message.announcement': (_, named, { who, where }) => `${who(named)} has something to tell ${where(named)}`,
    'security.signed_in': ({ device, address }, _, __) => [
      'Somebody signed in to your account from a new place',
      `${[device, address].filter((part) => part !== null).join(', ') || 'An unknown device'}. If this was not you, change your password and end that session.`,
    ],
    'security.password_changed': (_, { at }, { time }) => [
      'Your password was changed',
      `On ${time(at)}; all other sessions have ended. ${notYou}`,
    ],
    'security.address_changed': (_, { at }, { time }) => ['Your mail address was changed', `On ${time(at)}. ${notYou}`],
    'security.method_added': ({ method }, { at }, { time }) => [
      'There is a new way to sign in to your account',
      `${methods[method]}, since ${time(at)}. ${notYou}`,
    ],
    'security.method_removed': ({ method }, { at }, { time }) => [
      'A way to sign in to your account was taken away',
      `${methods[method]}, on ${time(at)}. ${notYou}`,
    ],
    'security.deletion_scheduled': ({ erasesAt }, _, { time }) => [
      'Your account will be deleted',
      `With everything in it, on ${time(erasesAt)}. If you change your mind, sign in before that and keep it. ${notYou}`,
    ],
    'security.role_changed': ({ to, reason }) => [`You are ${roles[to] ?? to} of this Studyhall now`, because(reason)],
    'todo.assigned': ({ text }, named, { who }) => [`${who(named)} has given you a task`, text],
    'todo.due': ({ text }) => ['A task of yours is due', text],
    'meetup.planned': ({ title, startsAt }, named, { who, where, time }) => [
      `${who(named)} plans a meetup of ${where(named)}`,
      `${title}, ${time(startsAt)}`,
    ],
    'meetup.changed': ({ title, startsAt }, _, { time }) => [`The meetup ${title} has changed`, time(startsAt)],
    'meetup.cancelled': ({ title, startsAt }, _, { time }) => [`The meetup ${title} is cancelled`, time(startsAt)],
    'meetup.seated': ({ title, startsAt }, _, { time }) => [`You have a seat in the meetup ${title}`, time(startsAt)],
    'meetup.starts': ({ title, startsAt }, _, { time }) => [`The meetup ${title} starts soon`, time(startsAt)],
    'study.asked': ({ answerBy }, _, { time }) => [
      'Are you still studying?',
      `Without an answer by ${time(answerBy)} your session ends where you were last active.`,
    ],
    'study.ended': ({ reason, seconds }) => [
      'Your study session has ended by itself',
      `${endings[reason] ?? ''} Counted: ${Math.floor(seconds / 60)} min.`.trim(),
    ],
    'study.level': ({ level }) => `You have reached level ${level}`,
    'material.shared': (_, named, { who }) => `${who(named)} shares something to study with you`,
    'material.taken_out': (_, named, { where }) => [
      `A material of yours was taken out of ${where(named)}`,
      'It is still yours.',
    ],
    'note.shared': (_, named, { who, where }) => `${who(named)} shares a note with ${where(named)}`,
    'note.edited': (_, named, { who, where }) => `${who(named)} has edited a note of yours in ${where(named)}`,
    'note.taken_out': (_, named, { where }) => [
      `A note of yours was taken out of ${where(named)}`,
      'It is still yours.',
    ],
  },
  categories: {
    social: 'friends',
    invitations: 'invitations and requests to join',
    messages: 'direct messages',
    mentions: 'mentions and answers',
    announcements: 'announcements',
    moderation: 'roles and moderation',
    tasks: 'tasks',
    materials: 'shared materials',
    notes: 'notes of your rooms',
    meetups: 'meetups',
    study: 'your study time',
    security: 'the safety of your account',
  },
  several: (count) => `${count} things happened on Studyhall`,
  summary: (count) => ({
    title: count === 1 ? 'One notification waited for you' : `${count} notifications waited for you`,
    text: 'Nobody disturbed you meanwhile. They are in your list.',
  }),
  more: (count) => `And ${count} more.`,
}
