import * as z from 'zod'
import { profileInput, profileReply, studyPlansReply } from '../profiles/schemas'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, line, paragraph } from '../shared/text'
import { subjectSchema } from '../subjects/schemas'
import { isReservedUsername } from './rules'

export const nameSchema = line(100).meta({ examples: ['Mira Okafor'] })

export const usernameSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9_]{3,30}$/, 'must be 3 to 30 of a-z, 0-9 and _')
  .refine((username) => !isReservedUsername(username), 'is reserved')
  .meta({ examples: ['mira_okafor'] })

export const timezoneSchema = z
  .string()
  .max(64)
  .refine(isTimezone, 'must be a time zone of the IANA database, like Europe/Berlin')
  .describe('A time zone of the IANA database, like Europe/Berlin.')

export const localeSchema = z
  .string()
  .max(35)
  .refine(isLocale, 'must be a language tag, like pt-BR')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag)
  .describe('A BCP 47 language tag, like pt-BR.')

function isTimezone(name: string): boolean {
  // Offsets such as +05:00 are valid for Intl, but know nothing of summer time.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

export const meSchema = z.lazy(() =>
  z
    .object({
      id: z.string(),
      email: z.string().nullable().describe('Null for people who came by phone and have not added one.'),
      emailVerified: z.boolean(),
      phone: z.string().optional().describe('In E.164, proven by a code.'),
      username: z.string(),
      name: z.string(),
      bio: z.string(),
      avatarUrl: z.string().nullable(),
      role: z.enum(['student', 'instructor', 'admin']),
      timezone: z.string(),
      dayStartHour: z.number().int(),
      locale: z.string(),
      ...profileReply,
      subjects: z.array(subjectSchema),
      ...studyPlansReply,
      xp: z.number().int().describe('Experience from study time.'),
      level: z.number().int(),
      streak: z.number().int().describe('Days in a row with ten counted minutes.'),
      isPremium: z.boolean(),
      createdAt: isoTime,
      updatedAt: isoTime,
      lastActiveAt: isoTime.describe('The last sign-in or refresh.'),
      erasesAt: isoTime.nullable().describe('When the account is going to be erased, if its owner has asked for that.'),
    })
    .meta({ id: 'Me' }),
)

export const userSchema = z.lazy(() =>
  z
    .object({
      id: z.string(),
      username: z.string(),
      name: z.string(),
      avatarUrl: z.string().nullable(),
      bio: z.string(),
      createdAt: isoTime,
    })
    .meta({ id: 'User' }),
)

export const visibleUserSchema = z.lazy(() =>
  userSchema
    .unwrap()
    .extend({
      studies: z
        .object({ ...profileReply, subjects: z.array(subjectSchema) })
        .nullable()
        .describe('Null unless the person lets you see it.'),
    })
    .meta({ id: 'VisibleUser' }),
)

export const usersQuery = z.lazy(() =>
  z.strictObject({
    query: line(64).describe('Words of name or username; the last one may be a beginning.'),
    ...pageQuery,
  }),
)

export const usersReply = z.lazy(() => pageOf(userSchema))
export type UsersQuery = z.output<typeof usersQuery>

export const updateMeBody = z.lazy(() =>
  z
    .strictObject({
      name: nameSchema,
      username: usernameSchema,
      bio: paragraph(1000),
      timezone: timezoneSchema,
      dayStartHour: z.int().min(0).max(23).describe('The hour at which the day starts, for days of study.'),
      locale: localeSchema,
    })
    .partial()
    .extend(profileInput),
)

export type UpdateMe = z.output<typeof updateMeBody>

export const userPath = z.lazy(() => z.strictObject({ id: idSchema('user') }))
