import { defineError } from '../shared/errors'

export const privacyErrors = {
  exportTooSoon: defineError({
    code: 'export.too_soon',
    status: 429,
    title: 'You have asked for a copy of your data within the last 24 hours.',
    help: 'GET /api/v1/users/me/export shows it. Ask again after the number of seconds in Retry-After.',
  }),
  exportNotFound: defineError({
    code: 'export.not_found',
    status: 404,
    title: 'There is no such copy of your data, or no longer.',
    help: 'Copies are kept for seven days, links to them for five minutes. Ask for a new one at POST /api/v1/users/me/export.',
  }),
  noDeletion: defineError({
    code: 'user.no_deletion_scheduled',
    status: 409,
    title: 'This account is not going to be erased.',
  }),
}
