import * as z from 'zod'
import { studyShown } from '../channels/live/study-schemas'
import { shortPersonSchema as person } from '../channels/members/schemas'
import { type listQuery, roomPaths } from '../channels/place-schemas'
import { unreadShape } from '../inbox/schemas'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, line, paragraph } from '../shared/text'
import { subjectRefSchema } from '../subjects/schemas'

const settings = {
  allowScreenSharing: z.boolean(),
  whoMayInvite: z.enum(['members', 'moderators', 'owner']),
  slowModeSeconds: z
    .int()
    .min(0)
    .max(21_600)
    .describe('How long a member waits between two messages; 0 is no wait. Moderators and above never wait.'),
  whoMayStartTimer: z.enum(['members', 'moderators']).describe('Who starts the timer, pauses, skips and stops it.'),
  whoMayPlanMeetups: z.enum(['members', 'moderators']),
}
const visibility = z.enum(['public', 'private'])
const maxParticipants = z.int().min(2).max(1000).describe('Members, the owner included.')

const minLevel = z.int().min(1).max(100).describe('The level that somebody needs to become a member.')

export const roomPath = roomPaths.path

export const newRoom = z.lazy(() =>
  z
    .strictObject({
      name: line(100),
      description: paragraph(2000).default(''),
      kind: z.enum(['shared', 'personal']).default('shared').describe('A personal room has one member and is private.'),
      visibility: visibility.optional().describe('Public for a shared room unless said otherwise.'),
      maxParticipants: maxParticipants.optional().describe('Members, the owner included; 50 unless said otherwise.'),
      subjectId: idSchema('subject').nullable().optional(),
      minLevel: minLevel.default(1),
      logoUploadId: idSchema('upload').optional().describe('A picture of yours, announced with the purpose logo.'),
      settings: z
        .strictObject({
          allowScreenSharing: settings.allowScreenSharing.default(true),
          whoMayInvite: settings.whoMayInvite.default('members'),
          slowModeSeconds: settings.slowModeSeconds.default(0),
          whoMayStartTimer: settings.whoMayStartTimer.default('members'),
          whoMayPlanMeetups: settings.whoMayPlanMeetups.default('members'),
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
    }),
)

export const roomEdit = z.lazy(() =>
  z.strictObject({
    name: line(100).optional(),
    description: paragraph(2000).optional(),
    visibility: visibility.optional(),
    maxParticipants: maxParticipants.optional(),
    subjectId: idSchema('subject').nullable().optional(),
    minLevel: minLevel.optional(),
    logoUploadId: idSchema('upload').nullable().optional().describe('Null takes the picture down.'),
    settings: z.strictObject(settings).partial().optional(),
  }),
)

export const roomsQuery = z.lazy(() =>
  z
    .strictObject({
      query: line(64).optional().describe('Words of name or description; the last one may be a beginning.'),
      sort: z.enum(['newest', 'name', 'members']).default('newest'),
      ...pageQuery,
    })
    .refine((input) => input.query === undefined || input.sort === 'newest', {
      path: ['sort'],
      message: 'must be newest when there is a query: hits are always listed with the newest first',
    }),
)

const role = z.enum(['owner', 'moderator', 'member'])

export const roomReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      name: z.string(),
      description: z.string(),
      kind: z.enum(['shared', 'personal']),
      visibility,
      subject: subjectRefSchema.nullable(),
      owner: person.nullable().describe('Null when the owner was erased.'),
      maxParticipants: z.int(),
      memberCount: z.int(),
      liveCount: z.int().describe('How many people are there now; follows within seconds.'),
      isActive: z.boolean().describe('True until the room is deleted; a deleted room is 404.'),
      logoUrl: z.string().nullable().describe('A square of 256 pixels.'),
      minLevel: z.int(),
      settings: z.object(settings),
      membership: z.object({ role, joinedAt: isoTime }).nullable().describe('The caller’s own, or null.'),
      version: z.int().describe('Also the ETag. Grows with every edit and transfer, not when people come and go.'),
      createdAt: isoTime,
      updatedAt: isoTime,
    })
    .meta({ id: 'Room' }),
)

export const presenceReply = z.lazy(() =>
  z.object({
    count: z.int().describe('How many people are present.'),
    members: z
      .array(
        z.object({
          user: person,
          state: z.enum(['online', 'idle', 'studying', 'break']).describe('What they say they are doing.'),
          text: z.string().nullable().describe('In their own words.'),
          until: isoTime.nullable().describe('When the state becomes online again; null where it stays.'),
          study: studyShown.nullable().describe('What the person studies here, as far as they let others see it.'),
        }),
      )
      .nullable()
      .describe('Null above 100 present. Who has blocked you, or whom you have blocked, is counted and not named.'),
  }),
)

export const roomsReply = z.lazy(() => pageOf(roomReply))
export const myRoomsReply = z.lazy(() => pageOf(roomReply.unwrap().extend(unreadShape).meta({ id: 'MyRoom' })))

export type NewRoom = z.output<typeof newRoom>
export type RoomEdit = z.output<typeof roomEdit>
export type RoomsQuery = z.output<typeof roomsQuery>
export type ListQuery = z.output<typeof listQuery>
export type Room = z.output<typeof roomReply>
