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

export const roomErrors = {
  notFound: defineError({
    code: 'room.not_found',
    status: 404,
    title: 'There is no such room.',
    help: 'It was deleted, never existed, or is private and you are not a member of it.',
  }),
  full: defineError({
    code: 'room.full',
    status: 409,
    title: 'The room is full.',
    help: 'Wait until somebody leaves, or ask a moderator to raise maxParticipants.',
  }),
  ownerMustTransfer: defineError({
    code: 'room.owner_must_transfer',
    status: 409,
    title: 'The owner cannot leave the room.',
    help: 'Hand the room to another member first, at POST /api/v1/rooms/:id/transfer, or delete it.',
  }),
  notAllowed: defineError({
    code: 'room.not_allowed',
    status: 403,
    title: 'Your role in the room does not allow that.',
  }),
  banned: defineError({
    code: 'room.banned',
    status: 403,
    title: 'You are banned from this room.',
  }),
  memberNotFound: defineError({
    code: 'room.member_not_found',
    status: 404,
    title: 'This person is not a member of the room.',
  }),
  personal: defineError({
    code: 'room.personal',
    status: 409,
    title: 'A personal room has one member and stays private.',
    help: 'Make a shared room to study with others.',
  }),
  belowMemberCount: defineError({
    code: 'room.below_member_count',
    status: 409,
    title: 'The room already has more members than that.',
    help: 'Choose a maxParticipants of at least memberCount.',
  }),
  versionConflict: defineError({
    code: 'room.version_conflict',
    status: 412,
    title: 'The room has changed since you read it.',
    help: 'The member `version` is the current one. Read the room again, then repeat with its ETag.',
  }),
  tooMany: defineError({
    code: 'room.too_many',
    status: 409,
    title: 'You own as many rooms as one person may.',
    help: 'Delete a room or hand one to somebody else first.',
  }),
  busy: defineError({
    code: 'room.busy',
    status: 409,
    title: 'The room was changed by somebody else at the same moment.',
    help: 'Nothing was written. Look at the room again and repeat what still makes sense.',
  }),
}

export type KindErrors = typeof roomErrors

/** What a refusal is called where the channel is met as a room, a group or a conversation. Groups bring their own. */
const errorsByKind: Record<ChannelKind, KindErrors> = {
  room: roomErrors,
  personal: roomErrors,
  group: roomErrors,
  conversation: roomErrors,
}

export const errorsOf = (kind: ChannelKind): KindErrors => errorsByKind[kind]
