import * as z from 'zod'
import { line } from '../shared/text'
import { studySettings } from '../study/schemas'
import {
  audiences,
  educationLevels,
  fromClock,
  inWeekOrder,
  learningStyles,
  overlaps,
  studyEnvironments,
  studyMethods,
} from './rules'

const maxRanges = 50

/** A list of different values, in the order in which they were given. */
const distinct = <Item extends z.ZodType>(item: Item, max: number) =>
  z
    .array(item)
    .max(max)
    .refine((list) => new Set(list).size === list.length, 'must not name anything twice')

const clock = z
  .string()
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time like 09:30, up to 24:00')
  .describe('A time of day, like 09:30; an end may be 24:00.')

const weekday = z.int().min(1).max(7).describe('1 is Monday.')

const availabilityReply = z.lazy(() =>
  z.array(z.object({ weekday: z.number().int(), start: z.string(), end: z.string() })),
)

const availabilityInput = z.lazy(() =>
  z
    .array(z.strictObject({ weekday, start: clock, end: clock }))
    .max(maxRanges)
    .transform((ranges, check) => {
      const minutes = ranges.map(({ weekday, start, end }) => ({
        weekday,
        startMinute: fromClock(start) ?? 0,
        endMinute: fromClock(end) ?? 0,
      }))
      const empty = minutes.findIndex(({ startMinute, endMinute }) => startMinute >= endMinute)
      if (empty >= 0) {
        check.addIssue({
          code: 'custom',
          path: [empty, 'end'],
          message: 'must be later than start; a night is two ranges',
        })
        return z.NEVER
      }
      if (overlaps(minutes)) {
        check.addIssue({ code: 'custom', message: 'must not overlap' })
        return z.NEVER
      }
      return inWeekOrder(minutes)
    })
    .describe("Weekly times at which the person can study, in the person's time zone."),
)

const groupSize = z.int().min(2).max(100).describe('People in a group, oneself included.')
const sessionDuration = z.int().min(15).max(480).describe('Minutes.')
const performanceLevel = z.int().min(1).max(5).describe('How one sees oneself, 1 just starting to 5 very sure.')

/** What others may see, if the person lets them. */
export const profileReply = {
  educationLevel: z.enum(educationLevels).nullable(),
  institution: z.string().nullable(),
  major: z.string().nullable(),
  year: z.number().int().nullable(),
  learningStyle: z.enum(learningStyles).nullable(),
  studyEnvironments: z.array(z.string()),
  studyMethods: z.array(z.string()),
}

export const studyPlansReply = {
  availability: availabilityReply,
  performanceLevel: z.number().int().nullable(),
  groupPreferences: z.object({
    groupSize: z.number().int().nullable(),
    sessionDuration: z.number().int().nullable().describe('Minutes.'),
    studyGoals: z.array(z.string()),
  }),
}

/** Accepted at registration and by PATCH /users/me; null takes a field back. */
export const profileInput = {
  educationLevel: z.enum(educationLevels).nullable().optional(),
  institution: line(200).nullable().optional(),
  major: line(200).nullable().optional(),
  year: z.int().min(1).max(12).nullable().optional().describe('The year of study.'),
  learningStyle: z.enum(learningStyles).nullable().optional(),
  studyEnvironments: distinct(z.enum(studyEnvironments), studyEnvironments.length).optional(),
  studyMethods: distinct(z.enum(studyMethods), studyMethods.length).optional(),
  availability: availabilityInput.optional(),
  performanceLevel: performanceLevel.nullable().optional(),
  groupPreferences: z
    .strictObject({
      groupSize: groupSize.nullable(),
      sessionDuration: sessionDuration.nullable(),
      studyGoals: distinct(line(200), 10),
    })
    .partial()
    .optional(),
}

const profileObject = z.lazy(() => z.strictObject(profileInput))
export type ProfileInput = z.output<typeof profileObject>

const audience = z.enum(audiences)

const privacy = {
  mayMessage: audience.describe('Who may write to the person directly.'),
  mayInvite: audience.describe('Who may invite the person to rooms and groups.'),
  maySeePresence: audience.describe('Who may see, outside of a room they share, that the person is online.'),
  maySeeStudyStats: audience.describe(
    'Who may see how much the person studies, and, in rooms that they share, what at the moment.',
  ),
  maySeeProfile: audience.describe('Who may see subjects and studies on the public profile.'),
  discoverable: z.boolean().describe('Whether people search finds the person.'),
  readReceipts: z.boolean().describe("Off hides the person's read marks from others, and others' from the person."),
}

export const settingsSchema = z.lazy(() =>
  z.object({ privacy: z.object(privacy), study: z.object(studySettings) }).meta({
    id: 'Settings',
    description: '`shared` means people with whom one has a room or a group in common; `friends` are fewer.',
  }),
)

export const updateSettingsBody = z.lazy(() =>
  z.strictObject({
    privacy: z.strictObject(privacy).partial().optional(),
    study: z.strictObject(studySettings).partial().optional(),
  }),
)

export type UpdateSettings = z.output<typeof updateSettingsBody>
