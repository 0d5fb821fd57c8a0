import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime } from '../shared/text'

export const blockPath = z.lazy(() => z.strictObject({ userId: idSchema('user') }))
export const listQuery = z.lazy(() => z.strictObject(pageQuery))

export const blockReply = z.lazy(() =>
  z
    .object({
      user: z.object({ id: z.string(), username: z.string(), name: z.string(), avatarUrl: z.string().nullable() }),
      createdAt: isoTime,
    })
    .meta({ id: 'Block' }),
)

export const blocksReply = z.lazy(() => pageOf(blockReply))

export type ListQuery = z.output<typeof listQuery>
export type Block = z.output<typeof blockReply>
