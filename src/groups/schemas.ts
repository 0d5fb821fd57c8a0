import * as z from 'zod'
import { plainMessage } from '../channels/live/schemas'
import { shortPersonSchema } from '../channels/members/schemas'
import { listQuery } from '../channels/place-schemas'
import { unreadShape } from '../inbox/schemas'
import { idSchema } from '../shared/ids'
import { pageOf } from '../shared/page'
import { isoTime, line, paragraph } from '../shared/text'
import { subjectRefSchema } from '../subjects/schemas'

const visibility = z.enum(['public', 'private'])
const joinPolicy = z
  .enum(['open', 'request', 'invite'])
  .describe(
    'open: whoever finds it joins. request: moderators let people in who ask. invite: by invitation or link only.',
  )
const status = z.enum(['active', 'inactive']).describe('An inactive group keeps its members; nobody finds or joins it.')
const maxMembers = z.int().min(2).max(1000).describe('Members, the leader included.')
const settings = {
  allowScreenSharing: z.boolean(),
  whoMayInvite: z.enum(['members', 'moderators', 'owner']).describe('owner: the leader only.'),
  slowModeSeconds: z
    .int()
    .min(0)
    .max(21_600)
    .describe('How long a member waits between two messages; 0 is no wait. Moderators and above never wait.'),
  whoMayStartTimer: z.enum(['members', 'moderators']).describe('Who starts the timer, pauses, skips and stops it.'),
  whoMayPlanMeetups: z.enum(['members', 'moderators']),
}
const note = (what: string) => line(200).nullable().describe(what)
const schedule = note('When the group meets, in its own words.')
const location = note('Where the group meets, in its own words.')

export const newGroup = z.lazy(() =>
  z.strictObject({
    title: line(100),
    subjectId: idSchema('subject'),
    description: paragraph(2000).default(''),
    schedule: schedule.default(null),
    location: location.default(null),
    maxMembers: maxMembers.default(50),
    visibility: visibility.default('public'),
    joinPolicy: joinPolicy.default('open'),
    logoUploadId: idSchema('upload').optional().describe('A picture of yours, announced with the purpose logo.'),
    settings: z
      .strictObject({
        allowScreenSharing: settings.allowScreenSharing.default(true),
        whoMayInvite: settings.whoMayInvite
          .optional()
          .describe('Unless said otherwise members where the group is open, moderators where it is not.'),
        slowModeSeconds: settings.slowModeSeconds.default(0),
        whoMayStartTimer: settings.whoMayStartTimer.default('members'),
        whoMayPlanMeetups: settings.whoMayPlanMeetups.default('members'),
      })
      .prefault({}),
  }),
)

export const groupEdit = z.lazy(() =>
  z
    .strictObject({
      title: line(100),
      subjectId: idSchema('subject'),
      description: paragraph(2000),
      schedule,
      location,
      maxMembers,
      visibility,
      joinPolicy,
      status,
      logoUploadId: idSchema('upload').nullable().describe('Null takes the picture down.'),
      settings: z.strictObject(settings).partial(),
    })
    .partial(),
)

export const groupsQuery = z.lazy(() =>
  z
    .strictObject({
      query: line(64).optional().describe('Words of title or description; the last one may be a beginning.'),
      subjectId: idSchema('subject').optional(),
      sort: z.enum(['newest', 'name', 'members']).default('newest'),
      ...listQuery.unwrap().shape,
    })
    .refine((input) => input.sort === 'newest' || (input.query === undefined && input.subjectId === undefined), {
      path: ['sort'],
      message: 'must be newest with a query or a subject: their hits are always listed with the newest first',
    }),
)

export const groupReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      title: z.string(),
      description: z.string(),
      subject: subjectRefSchema.nullable(),
      schedule: z.string().nullable(),
      location: z.string().nullable(),
      visibility,
      joinPolicy,
      status,
      logoUrl: z.string().nullable().describe('A square of 256 pixels.'),
      leader: shortPersonSchema.nullable(),
      maxMembers: z.int(),
      memberCount: z.int(),
      liveCount: z.int().describe('How many people are there now; follows within seconds.'),
      settings: z.object(settings),
      membership: z
        .object({ role: z.enum(['leader', 'moderator', 'member']), joinedAt: isoTime })
        .nullable()
        .describe('The caller’s own, or null.'),
      version: z
        .int()
        .describe('Also the ETag. Grows with every edit and change of leader, not when people come and go.'),
      createdAt: isoTime,
      updatedAt: isoTime,
    })
    .meta({ id: 'Group' }),
)

export const groupsReply = z.lazy(() => pageOf(groupReply))
export const myGroupsReply = z.lazy(() => pageOf(groupReply.unwrap().extend(unreadShape).meta({ id: 'MyGroup' })))

export const newAnnouncement = plainMessage

export type NewGroup = z.output<typeof newGroup>
export type GroupEdit = z.output<typeof groupEdit>
export type GroupsQuery = z.output<typeof groupsQuery>
export type ListQuery = z.output<typeof listQuery>
export type Group = z.output<typeof groupReply>
