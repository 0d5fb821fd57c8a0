import { defineError } from '../shared/errors'

export const userErrors = {
  notFound: defineError({ code: 'user.not_found', status: 404, title: 'There is no such person.' }),
  usernameTaken: defineError({
    code: 'user.username_taken',
    status: 409,
    title: 'Somebody else has this username.',
    help: 'Choose another one, or leave it out when you register: we then make one from the name.',
  }),
  deletionScheduled: defineError({
    code: 'user.deletion_scheduled',
    status: 403,
    title: 'This account is going to be erased.',
    help: 'The member `erasesAt` says when. POST /api/v1/users/me/restore keeps the account; until then you may also read GET /users/me, ask for an export, and sign out.',
  }),
}
