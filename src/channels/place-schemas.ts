import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageQuery } from '../shared/page'
import type { KindErrors } from './errors'
import type { ChannelKind } from './live/contract'
import { groupKinds, roomKinds } from './rules'

/** The addresses of one kind of place. */
const paths = (kind: 'room' | 'group') => ({
  path: z.strictObject({ id: idSchema(kind) }),
  memberPath: z.strictObject({ id: idSchema(kind), userId: idSchema('user') }),
  linkPath: z.strictObject({ id: idSchema(kind), code: z.string().max(200) }),
})

/** A room or a group: what the calls that both have in common are to be made of. */
export interface Place extends ReturnType<typeof paths> {
  kinds: ChannelKind[]
  noun: 'room' | 'group'
  tag: 'Rooms' | 'Groups'
  errors: KindErrors
}

export const roomPaths = { kinds: roomKinds, noun: 'room', tag: 'Rooms', ...paths('room') } as const
export const groupPaths = { kinds: groupKinds, noun: 'group', tag: 'Groups', ...paths('group') } as const

export const listQuery = z.lazy(() => z.strictObject(pageQuery))
