import { defineError } from '../shared/errors'

export const noteErrors = {
  notFound: defineError({
    code: 'note.not_found',
    status: 404,
    title: 'There is no such note.',
    help: 'It was deleted, never existed, or is not shared with you.',
  }),
  notAllowed: defineError({
    code: 'note.not_allowed',
    status: 403,
    title: 'This note is not yours to change in that way.',
    help: 'Members of a room write its notes together; who may see a note, and whether it stays, is for its author. Moderators can take a note out of their room.',
  }),
  fileNotFound: defineError({
    code: 'note.file_not_found',
    status: 404,
    title: 'The note has no such file, or no longer.',
  }),
  revisionNotFound: defineError({
    code: 'note.revision_not_found',
    status: 404,
    title: 'The note has no such revision, or no longer.',
    help: 'The newest ones are kept. What the author wrote before sharing a note is shown to the author alone.',
  }),
  versionRequired: defineError({
    code: 'note.version_required',
    status: 428,
    title: 'Say in If-Match which version of the note you have read.',
    help: 'It is the ETag of the note. Without it, somebody else’s words could be lost.',
  }),
  versionConflict: defineError({
    code: 'note.version_conflict',
    status: 412,
    title: 'The note has changed since you read it.',
    help: 'The member `current` is the note as it is now, `yours` what you sent, `version` the current one. Merge the two and send the result with the ETag of the current version.',
  }),
  tooMany: defineError({
    code: 'note.too_many',
    status: 409,
    title: 'You have as many notes as one person may.',
    help: 'Delete some that are no longer needed.',
  }),
  quotaExceeded: defineError({
    code: 'note.quota_exceeded',
    status: 409,
    title: 'The notes of this author would take up more room than one person has.',
    help: 'Delete notes that are no longer needed. What they said before counts, too.',
  }),
  roomRequired: defineError({
    code: 'note.room_required',
    status: 409,
    title: 'A note that a room sees needs a room.',
    help: 'Set roomId, or choose another visibility.',
  }),
  busy: defineError({
    code: 'note.busy',
    status: 409,
    title: 'The note was changed by others at the same moment.',
    help: 'Nothing was written. Read it again and repeat what still makes sense.',
  }),
}
