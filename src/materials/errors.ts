import { defineError } from '../shared/errors'

export const materialErrors = {
  notFound: defineError({
    code: 'material.not_found',
    status: 404,
    title: 'There is no such material.',
    help: 'It was deleted, never existed, or is not shared with you.',
  }),
  notAllowed: defineError({
    code: 'material.not_allowed',
    status: 403,
    title: 'This material is not yours to change in that way.',
    help: 'Its owner decides where it stands and who may edit it. Moderators can take it out of their room.',
  }),
  notWelcome: defineError({
    code: 'material.not_welcome',
    status: 403,
    title: 'This person takes no materials from you.',
    help: 'People choose who may write to them; whoever may not cannot send materials either.',
  }),
  notMember: defineError({
    code: 'material.not_member',
    status: 409,
    title: 'What stands in a room is shared with its members only.',
    help: 'Take it out of the room, or invite the person.',
  }),
  self: defineError({ code: 'material.self', status: 409, title: 'Your own materials need not be shared with you.' }),
  tooMany: defineError({
    code: 'material.too_many',
    status: 409,
    title: 'You have as many materials as one person may.',
    help: 'Delete some that are no longer needed.',
  }),
  tooManyShares: defineError({
    code: 'material.too_many_shares',
    status: 409,
    title: 'The material is shared with as many people as allowed.',
    help: 'Put it into a room: everybody there sees it.',
  }),
  versionConflict: defineError({
    code: 'material.version_conflict',
    status: 412,
    title: 'The material has changed since you read it.',
    help: 'The members `version` and `current` show how it is now.',
  }),
  busy: defineError({
    code: 'material.busy',
    status: 409,
    title: 'The material was changed by others at the same moment.',
    help: 'Nothing was written. Read it again and repeat what still makes sense.',
  }),
}
