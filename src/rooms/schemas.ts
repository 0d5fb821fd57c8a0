import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, line, paragraph } from '../shared/text'

const settings = {
  allowScreenSharing: z.boolean(),
  whoMayInvite: z.enum(['members', 'moderators', 'owner']),
}
const visibility = z.enum(['public', 'private'])
const maxParticipants = z.int().min(2).max(1000).describe('Members, the owner included.')

export const roomPath = z.strictObject({ id: idSchema('room') })
export const memberPath = z.strictObject({ id: idSchema('room'), userId: idSchema('user') })
export const roomLinkPath = z.strictObject({ id: idSchema('room'), code: z.string().max(200) })

export const newRoom = z
  .strictObject({
    name: line(100),
    description: paragraph(2000).default(''),
    kind: z.enum(['shared', 'personal']).default('shared').describe('A personal room has one member and is private.'),
    visibility: visibility.optional().describe('Public for a shared room unless said otherwise.'),
    maxParticipants: maxParticipants.optional().describe('Members, the owner included; 50 unless said otherwise.'),
    settings: z
      .strictObject({
        allowScreenSharing: settings.allowScreenSharing.default(true),
        whoMayInvite: settings.whoMayInvite.default('members'),
      })
      .prefault({}),
  })
  .refine((room) => room.kind === 'shared' || room.visibility !== 'public', {
    path: ['visibility'],
    message: 'a personal room is private',
  })
  .refine((room) => room.kind === 'shared' || room.maxParticipants === undefined, {
    path: ['maxParticipants'],
    message: 'a personal room has one member',
  })

export const roomEdit = z.strictObject({
  name: line(100).optional(),
  description: paragraph(2000).optional(),
  visibility: visibility.optional(),
  maxParticipants: maxParticipants.optional(),
  settings: z.strictObject(settings).partial().optional(),
})

export const listQuery = z.strictObject(pageQuery)

export const roomsQuery = z
  .strictObject({
    query: line(64).optional().describe('Words of name or description; the last one may be a beginning.'),
    sort: z.enum(['newest', 'name', 'members']).default('newest'),
    ...pageQuery,
  })
  .refine((input) => input.query === undefined || input.sort === 'newest', {
    path: ['sort'],
    message: 'must be newest when there is a query: hits are always listed with the newest first',
  })

export const roleEdit = z.strictObject({ role: z.enum(['moderator', 'member']) })
export const transferInput = z.strictObject({ userId: idSchema('user') })

const role = z.enum(['owner', 'moderator', 'member'])
const person = z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() })

export const roomReply = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    kind: z.enum(['shared', 'personal']),
    visibility,
    owner: person.nullable().describe('Null when the owner was erased.'),
    maxParticipants: z.int(),
    memberCount: z.int(),
    isActive: z.boolean().describe('True until the room is deleted; a deleted room is 404.'),
    settings: z.object(settings),
    membership: z.object({ role, joinedAt: isoTime }).nullable().describe('The caller’s own, or null.'),
    version: z.int().describe('Also the ETag. Grows with every edit and transfer, not when people come and go.'),
    createdAt: isoTime,
    updatedAt: isoTime,
  })
  .meta({ id: 'Room' })

export const memberReply = z
  .object({
    user: z.object({ id: z.string(), username: z.string(), name: z.string(), avatarUrl: z.string().nullable() }),
    role,
    joinedAt: isoTime,
  })
  .meta({ id: 'Member' })

export const presenceReply = z.object({
  count: z.int().describe('How many people are present.'),
  members: z
    .array(z.object({ user: person, state: z.literal('online') }))
    .nullable()
    .describe('Null above 100 present.'),
})

export const roomsReply = pageOf(roomReply)
export const membersReply = pageOf(memberReply)

export type NewRoom = z.output<typeof newRoom>
export type RoomEdit = z.output<typeof roomEdit>
export type RoomsQuery = z.output<typeof roomsQuery>
export type ListQuery = z.output<typeof listQuery>
export type Room = z.output<typeof roomReply>
export type Member = z.output<typeof memberReply>
