import { defineError } from '../shared/errors'

export const friendErrors = {
  self: defineError({ code: 'friend.self', status: 409, title: 'You cannot be your own friend here.' }),
  already: defineError({ code: 'friend.already', status: 409, title: 'You are friends already.' }),
  requestNotFound: defineError({
    code: 'friend.request_not_found',
    status: 404,
    title: 'There is no such friend request.',
    help: 'It was answered or taken back meanwhile, or it is not yours to answer. GET /api/v1/friends shows who is a friend by now.',
  }),
  tooManyRequests: defineError({
    code: 'friend.too_many_requests',
    status: 409,
    title: 'You have as many open requests as one person may.',
    help: 'Wait for an answer, or take one back. Accounts of less than 72 hours may have fewer.',
  }),
  tooMany: defineError({
    code: 'friend.too_many',
    status: 409,
    title: 'One of you has as many friends as one person may.',
  }),
  busy: defineError({
    code: 'friend.busy',
    status: 409,
    title: 'Something between the two of you changed at the same moment.',
    help: 'Nothing was written. Look again and repeat what still makes sense.',
  }),
}
