import * as z from 'zod'
import { idSchema } from '../../shared/ids'
import { pageOf, pageQuery } from '../../shared/page'
import { isoTime } from '../../shared/text'
import { shortPersonSchema } from '../members/schemas'

export const newInvitation = z.lazy(() => z.strictObject({ userId: idSchema('user') }))
export const invitationPath = z.lazy(() => z.strictObject({ id: idSchema('invitation') }))
export const invitationsQuery = z.lazy(() => z.strictObject(pageQuery))

export const invitationReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      channel: z.object({
        id: z.string(),
        kind: z.enum(['room', 'group']),
        name: z.string(),
        description: z.string(),
        memberCount: z.int(),
      }),
      invitedBy: shortPersonSchema,
      createdAt: isoTime,
    })
    .meta({ id: 'Invitation' }),
)

export const invitationsReply = z.lazy(() => pageOf(invitationReply))

export type Invitation = z.output<typeof invitationReply>
export type InvitationsQuery = z.output<typeof invitationsQuery>
