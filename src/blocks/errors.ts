import { defineError } from '../shared/errors'

export const blockErrors = {
  self: defineError({ code: 'block.self', status: 409, title: 'You cannot block yourself.' }),
  byYou: defineError({
    code: 'block.by_you',
    status: 409,
    title: 'You have blocked this person.',
    help: 'Take the block back first, at DELETE /api/v1/blocks/:userId.',
  }),
  tooMany: defineError({
    code: 'block.too_many',
    status: 409,
    title: 'You have blocked as many people as one person may.',
    help: 'Take back a block that is no longer needed.',
  }),
}
