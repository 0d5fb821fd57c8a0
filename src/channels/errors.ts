import { defineError } from '../shared/errors'
import type { ChannelKind } from './live/contract'

export const channelErrors = {
  notFound: defineError({
    code: 'channel.not_found',
    status: 404,
    title: 'There is no such channel.',
    help: 'It was deleted, never existed, or is private and you are not a member of it.',
  }),
  membershipRequired: defineError({
    code: 'channel.membership_required',
    status: 403,
    title: 'Only members may do that.',
    help: 'Join first. A public room is joined at POST /api/v1/rooms/:id/join.',
  }),
}

export const linkErrors = {
  notFound: defineError({
    code: 'invite_link.not_found',
    status: 404,
    title: 'This invite link does not work, or no longer.',
    help: 'It expired, was used up or taken back, or was copied incompletely. Ask for a new one.',
  }),
  tooMany: defineError({
    code: 'invite_link.too_many',
    status: 409,
    title: 'There are as many open invite links as allowed.',
    help: 'Delete one that is no longer needed, or wait until one ends.',
  }),
}

export const invitationErrors = {
  notFound: defineError({
    code: 'invitation.not_found',
    status: 404,
    title: 'There is no such invitation, or no longer.',
    help: 'It was answered, taken back, or where it led to is gone.',
  }),
  notWelcome: defineError({
    code: 'invitation.not_welcome',
    status: 403,
    title: 'This person takes no invitations from you.',
    help: 'People choose who may invite them. You can send them an invite link, if you know them otherwise.',
  }),
  tooMany: defineError({
    code: 'invitation.too_many',
    status: 409,
    title: 'There are as many open invitations as allowed.',
    help: 'Wait until some have been answered.',
  }),
}

export const moderationErrors = {
  notFound: defineError({
    code: 'moderation.not_found',
    status: 404,
    title: 'There is no such moderation action.',
    help: 'GET /api/v1/moderation lists what was done to you.',
  }),
  appealedBefore: defineError({
    code: 'moderation.appealed_before',
    status: 409,
    title: 'You have appealed against this before.',
    help: 'There is one appeal against each action. GET /api/v1/moderation/:id shows what became of it.',
  }),
  noAppeal: defineError({
    code: 'moderation.no_appeal',
    status: 409,
    title: 'Nobody has appealed against this.',
  }),
  answeredBefore: defineError({
    code: 'moderation.answered_before',
    status: 409,
    title: 'Somebody has answered this appeal before.',
    help: 'The member `state` says how. What was decided first stands.',
  }),
  notYours: defineError({
    code: 'moderation.not_yours_to_judge',
    status: 403,
    title: 'Your own case is for others to judge.',
    help: 'Who looks after the place and has a higher role answers it, or an admin.',
  }),
}

/** The words by which people know a kind of channel. */
interface Words {
  noun: string
  owner: string
  limit: string
}

/** What rooms and groups refuse alike, each in its own words and with its own codes. */
function placeErrors(domain: 'room' | 'group', { noun, owner, limit }: Words) {
  return {
    notFound: defineError({
      code: `${domain}.not_found`,
      status: 404,
      title: `There is no such ${noun}.`,
      help: 'It was deleted, never existed, or is private and you are not a member of it.',
    }),
    full: defineError({
      code: `${domain}.full`,
      status: 409,
      title: `The ${noun} is full.`,
      help: `Or others wait for the next seat. Wait with them, at PUT /api/v1/${domain}s/:id/waitlist, or ask a moderator to raise ${limit}.`,
    }),
    ownerMustTransfer: defineError({
      code: `${domain}.owner_must_transfer`,
      status: 409,
      title: `The ${owner} cannot leave the ${noun}.`,
      help: `Hand the ${noun} to another member first, at POST /api/v1/${domain}s/:id/transfer, or delete it.`,
    }),
    notAllowed: defineError({
      code: `${domain}.not_allowed`,
      status: 403,
      title: `Your role in the ${noun} does not allow that.`,
    }),
    banned: defineError({
      code: `${domain}.banned`,
      status: 403,
      title: `You are banned from this ${noun}.`,
      help: 'The members `reason` and `until` say why and for how long; null means that nobody said why, or for good.',
    }),
    levelRequired: defineError({
      code: `${domain}.level_required`,
      status: 403,
      title: `The ${noun} is for people of a higher level.`,
      help: 'The member `minLevel` says which. Levels come from studying.',
    }),
    memberNotFound: defineError({
      code: `${domain}.member_not_found`,
      status: 404,
      title: `This person is not a member of the ${noun}.`,
    }),
    alreadyMember: defineError({
      code: `${domain}.already_member`,
      status: 409,
      title: `This person is a member of the ${noun} already.`,
    }),
    personBanned: defineError({
      code: `${domain}.person_banned`,
      status: 409,
      title: `This person is banned from the ${noun}.`,
      help: `Lift the ban first, at DELETE /api/v1/${domain}s/:id/bans/:userId.`,
    }),
    notFull: defineError({
      code: `${domain}.not_full`,
      status: 409,
      title: `The ${noun} has a free seat, so there is nothing to wait for.`,
      help: 'Join it.',
    }),
    waitlistFull: defineError({
      code: `${domain}.waitlist_full`,
      status: 409,
      title: `As many people as allowed wait for the ${noun} already.`,
    }),
    belowMemberCount: defineError({
      code: `${domain}.below_member_count`,
      status: 409,
      title: `The ${noun} already has more members than that.`,
      help: `Choose a ${limit} of at least memberCount.`,
    }),
    versionConflict: defineError({
      code: `${domain}.version_conflict`,
      status: 412,
      title: `The ${noun} has changed since you read it.`,
      help: `The member \`version\` is the current one. Read the ${noun} again, then repeat with its ETag.`,
    }),
    tooMany: defineError({
      code: `${domain}.too_many`,
      status: 409,
      title: `You own as many ${noun}s as one person may.`,
      help: `Delete a ${noun} or hand one to somebody else first.`,
    }),
    busy: defineError({
      code: `${domain}.busy`,
      status: 409,
      title: `The ${noun} was changed by somebody else at the same moment.`,
      help: `Nothing was written. Look at the ${noun} again and repeat what still makes sense.`,
    }),
  }
}

export type KindErrors = ReturnType<typeof placeErrors>

export const roomErrors = {
  ...placeErrors('room', { noun: 'room', owner: 'owner', limit: 'maxParticipants' }),
  personal: defineError({
    code: 'room.personal',
    status: 409,
    title: 'A personal room has one member and stays private.',
    help: 'Make a shared room to study with others.',
  }),
}

export const groupErrors = {
  ...placeErrors('group', { noun: 'group', owner: 'leader', limit: 'maxMembers' }),
  inactive: defineError({
    code: 'group.inactive',
    status: 409,
    title: 'The group rests, and takes nobody in.',
    help: 'Its leader can set its status to active again.',
  }),
  inviteOnly: defineError({
    code: 'group.invite_only',
    status: 403,
    title: 'This group is joined by invitation.',
    help: 'Ask one of its members for an invitation or an invite link.',
  }),
  requestDenied: defineError({
    code: 'group.request_denied',
    status: 403,
    title: 'The group has said no to your request.',
    help: 'You may ask once more seven days later, or join by an invitation.',
  }),
  requestNotFound: defineError({
    code: 'group.request_not_found',
    status: 404,
    title: 'This person does not ask to join the group, or no longer.',
  }),
}

/** What a refusal is called where the channel is met as a room, a group or a conversation. Conversations refuse none of it. */
const errorsByKind: Record<ChannelKind, KindErrors> = {
  room: roomErrors,
  personal: roomErrors,
  group: groupErrors,
  conversation: roomErrors,
}

export const errorsOf = (kind: ChannelKind): KindErrors => errorsByKind[kind]
