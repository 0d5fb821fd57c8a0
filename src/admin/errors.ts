import { defineError } from '../shared/errors'

export const adminErrors = {
  lastAdmin: defineError({
    code: 'admin.last_admin',
    status: 409,
    title: 'This is the only admin.',
    help: 'Make somebody else an admin first: without one, nobody could make another.',
  }),
}
