import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime } from '../shared/text'
import { usernameSchema } from '../users/schemas'

export const personReply = z.lazy(() =>
  z.object({
    id: z.string(),
    username: z.string(),
    name: z.string(),
    avatarUrl: z.string().nullable(),
  }),
)

export const friendPath = z.lazy(() => z.strictObject({ userId: idSchema('user') }))
export const requestPath = z.lazy(() => z.strictObject({ id: idSchema('friendRequest') }))

export const newRequest = z.lazy(() =>
  z.union([z.strictObject({ userId: idSchema('user') }), z.strictObject({ username: usernameSchema })]),
)

export const listQuery = z.lazy(() => z.strictObject(pageQuery))

export const requestsQuery = z.lazy(() =>
  z.strictObject({
    direction: z.enum(['incoming', 'outgoing']).default('incoming'),
    ...pageQuery,
  }),
)

export const friendReply = z.lazy(() =>
  z.object({ user: personReply, createdAt: isoTime.describe('Since when you are friends.') }).meta({ id: 'Friend' }),
)

export const requestReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      direction: z.enum(['incoming', 'outgoing']),
      user: personReply.describe('The other one: who asks you, or whom you ask.'),
      status: z.enum(['open', 'accepted']).describe('Accepted: you are friends now, and the request is gone.'),
      createdAt: isoTime,
    })
    .meta({ id: 'FriendRequest' }),
)

export const friendsReply = z.lazy(() => pageOf(friendReply))
export const requestsReply = z.lazy(() => pageOf(requestReply))

export type NewRequest = z.output<typeof newRequest>
export type ListQuery = z.output<typeof listQuery>
export type RequestsQuery = z.output<typeof requestsQuery>
export type Friend = z.output<typeof friendReply>
export type FriendRequest = z.output<typeof requestReply>
