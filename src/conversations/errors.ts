import { defineError } from '../shared/errors'

export const conversationErrors = {
  self: defineError({ code: 'conversation.self', status: 409, title: 'A conversation takes two.' }),
  notAllowed: defineError({
    code: 'conversation.not_allowed',
    status: 403,
    title: 'This person does not take direct messages from you.',
    help: 'People choose who may write to them: everyone, those in a common room or group, friends, or nobody.',
  }),
  notFound: defineError({
    code: 'conversation.not_found',
    status: 404,
    title: 'You have no conversation with this person.',
    help: 'Open one at POST /api/v1/conversations.',
  }),
  busy: defineError({
    code: 'conversation.busy',
    status: 409,
    title: 'Something between the two of you changed at the same moment.',
    help: 'Nothing was written. Look again and repeat what still makes sense.',
  }),
}
