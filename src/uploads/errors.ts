import { defineError } from '../shared/errors'

export const uploadErrors = {
  notFound: defineError({
    code: 'upload.not_found',
    status: 404,
    title: 'There is no such file, or it is not for you.',
    help: 'Files that nothing uses are deleted after a day, the others with what uses them.',
  }),
  typeNotAllowed: defineError({
    code: 'upload.type_not_allowed',
    status: 422,
    title: 'Files of this type cannot be sent, or not for this purpose.',
    help: 'The types are listed at /docs. Avatars and logos are JPEG, PNG or WebP.',
  }),
  nameNotFitting: defineError({
    code: 'upload.name_not_fitting',
    status: 422,
    title: 'The end of the name does not fit the type of the file.',
    help: 'Only what stands behind the last dot counts: a file named notes.pdf.html is HTML.',
  }),
  tooLarge: defineError({ code: 'upload.too_large', status: 413, title: 'The file is larger than files may be.' }),
  quotaExceeded: defineError({
    code: 'upload.quota_exceeded',
    status: 409,
    title: 'Your files would take up more room than one person has.',
    help: 'Delete what you no longer need: materials, notes, messages with files.',
  }),
  tooManyOpen: defineError({
    code: 'upload.too_many_open',
    status: 409,
    title: 'You have announced many files and not sent them.',
    help: 'Send them, or wait: what is not sent within 15 minutes is forgotten.',
  }),
  linkInvalid: defineError({
    code: 'file.link_invalid',
    status: 404,
    title: 'This link is not, or no longer, good.',
    help: 'Ask for a new one: POST /api/v1/uploads to send, GET /api/v1/uploads/:id/content to read. Links to read live five minutes.',
  }),
  alreadySent: defineError({
    code: 'upload.already_sent',
    status: 409,
    title: 'This address has been used: it takes one file, once.',
    help: 'Announce the file anew at POST /api/v1/uploads.',
  }),
  lengthRequired: defineError({
    code: 'upload.length_required',
    status: 411,
    title: 'The length of the file must be in Content-Length.',
  }),
  wrongLength: defineError({
    code: 'upload.wrong_length',
    status: 422,
    title: 'The file does not have the length that was announced.',
  }),
  wrongType: defineError({
    code: 'upload.wrong_type',
    status: 415,
    title: 'Content-Type is not the one that was announced.',
  }),
  refused: defineError({
    code: 'upload.refused',
    status: 422,
    title: 'The file was refused.',
    help: '`detail` says why. Announce it anew once that is put right.',
  }),
  notReady: defineError({
    code: 'upload.not_ready',
    status: 409,
    title: 'The file is not there yet, or is still being checked.',
    help: 'GET /api/v1/uploads/:id says how far it is.',
  }),
  inUse: defineError({
    code: 'upload.in_use',
    status: 409,
    title: 'The file is used already; each is used once.',
    help: 'Send it again to use it again.',
  }),
  wrongPurpose: defineError({
    code: 'upload.wrong_purpose',
    status: 422,
    title: 'The file was announced for another purpose.',
  }),
  rangeNotSatisfiable: defineError({
    code: 'file.range_not_satisfiable',
    status: 416,
    title: 'The file has no bytes in this range.',
    help: 'Content-Range says how long it is.',
  }),
}

/** What using an upload may be refused with. */
export const claimErrors = [
  uploadErrors.notFound,
  uploadErrors.wrongPurpose,
  uploadErrors.inUse,
  uploadErrors.notReady,
  uploadErrors.refused,
]
