import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, line } from '../shared/text'
import { autoEndMinutes, breakMinutes } from './rules/clock'
import { periods } from './rules/days'
import { longestManualMs, maxStatsDays, shortestManualMs } from './rules/limits'

const date = z.iso.date().describe('A day of the calendar, YYYY-MM-DD.')
const seconds = z.number().int()

const about = {
  roomId: idSchema('room', 'group').nullable().optional().describe('A room or group that you are in.'),
  subjectId: idSchema('subject').nullable().optional(),
  todoId: idSchema('todo').nullable().optional().describe('A todo of yours, or of a room that you are in.'),
  task: line(200)
    .nullable()
    .optional()
    .describe(
      'What you are working on, in your own words. Others in the room see it if you let them see your study time.',
    ),
}

export const studySettings = {
  autoEndMinutes: z
    .int()
    .min(autoEndMinutes.min)
    .max(autoEndMinutes.max)
    .describe('After how many minutes a study session ends by itself.'),
  onBoards: z.boolean().describe('Off hides the person from every board of study time.'),
}

export const startBody = z.lazy(() => z.strictObject(about))
export const editBody = z.lazy(() => z.strictObject({ subjectId: about.subjectId, task: about.task }))
export const pingBody = z.lazy(() =>
  z.strictObject({
    active: z
      .boolean()
      .default(false)
      .describe('Whether there was input since the last ping, which proves that you are there.'),
  }),
)
export const breakBody = z.lazy(() =>
  z.strictObject({
    minutes: z
      .int()
      .min(breakMinutes.min)
      .max(breakMinutes.max)
      .nullable()
      .default(null)
      .describe('After them the clock goes on by itself. Without, the break lasts until you resume.'),
  }),
)
export const extendBody = z.lazy(() =>
  z.strictObject({
    minutes: z
      .int()
      .min(autoEndMinutes.min)
      .max(autoEndMinutes.max)
      .describe('Later by as much, at most six hours from now.'),
  }),
)
export const endBody = z.lazy(() =>
  z.strictObject({
    endedAt: isoTime.optional().describe('When it ended, for an end that was made without a connection.'),
  }),
)
export const emptyBody = z.lazy(() => z.strictObject({}))

export const manualBody = z.lazy(() =>
  z
    .strictObject({
      startedAt: isoTime,
      endedAt: isoTime,
      subjectId: about.subjectId,
      reason: line(200).describe('Why the clock did not count it.'),
    })
    .refine(
      ({ startedAt, endedAt }) => {
        const length = Date.parse(endedAt) - Date.parse(startedAt)
        return length >= shortestManualMs && length <= longestManualMs
      },
      { path: ['endedAt'], message: 'must be 5 minutes to 12 hours after startedAt' },
    ),
)

export const sessionPath = z.lazy(() => z.strictObject({ id: idSchema('study') }))
export const sessionsQuery = z.lazy(() => z.strictObject(pageQuery))

export const sessionReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      state: z.enum(['active', 'pause', 'break', 'ended', 'discarded']),
      manual: z.boolean().describe('Entered by hand: counts for groups, without experience, streak or rank.'),
      roomId: z.string().nullable(),
      subjectId: z.string().nullable(),
      todoId: z.string().nullable(),
      task: z.string().nullable(),
      reason: z.string().nullable(),
      startedAt: isoTime,
      endedAt: isoTime.nullable(),
      endReason: z.enum(['user', 'lost', 'idle', 'auto', 'manual']).nullable(),
      timezone: z.string(),
      dayStartHour: z.number().int(),
      countedSeconds: seconds,
      pomodoros: z
        .int()
        .nullable()
        .describe(
          'Work phases of the room’s timer that ended while the session counted there and you were present. Null where they are not counted: on sockets, in errors, and in answers to a start, a ping or an edit while it runs.',
        ),
      xp: z.number().int(),
      segments: z.array(
        z.object({
          kind: z.enum(['active', 'pause', 'break', 'idle', 'manual']),
          startedAt: isoTime,
          endedAt: isoTime.nullable(),
        }),
      ),
      days: z.array(z.object({ on: date, countedSeconds: seconds })).describe('To which of your days it belongs.'),
      autoEndsAt: isoTime.nullable(),
      breakEndsAt: isoTime.nullable(),
      question: z
        .object({ askedAt: isoTime, answerBy: isoTime })
        .nullable()
        .describe('Are you still studying? POST …/confirm answers.'),
      notes: z.array(z.string()).describe('What was not counted, and why.'),
    })
    .meta({ id: 'StudySession' }),
)

export const currentReply = z.lazy(() => z.object({ session: sessionReply.nullable() }))
export const sessionsReply = z.lazy(() => pageOf(sessionReply))

export const statsQuery = z.lazy(() =>
  z
    .strictObject({ from: date.optional(), to: date.optional(), by: z.enum(['day', 'subject', 'room']).default('day') })
    .refine(
      ({ from, to }) => !from || !to || (from <= to && (Date.parse(to) - Date.parse(from)) / 86_400_000 < maxStatsDays),
      {
        path: ['to'],
        message: `must not be before from, nor ${maxStatsDays} days after it`,
      },
    ),
)

const named = z.lazy(() => z.object({ id: z.string(), name: z.string() }).nullable())

export const statsReply = z.lazy(() =>
  z
    .object({
      from: date,
      to: date,
      by: z.enum(['day', 'subject', 'room']),
      countedSeconds: seconds.describe('By the clock.'),
      manualSeconds: seconds,
      pomodoros: z.int().describe('Work phases of room timers that you studied through.'),
      data: z.array(
        z.object({
          on: date.optional(),
          level: z.number().int().optional().describe('0 to 4, for the colour of a heat map.'),
          subject: named.optional(),
          room: named.optional().describe('Null also for what you can no longer see.'),
          sessions: z.number().int().optional(),
          countedSeconds: seconds,
          manualSeconds: seconds,
          pomodoros: z.int(),
        }),
      ),
    })
    .meta({ id: 'StudyStats' }),
)

export const xpReply = z.lazy(() =>
  z
    .object({
      xp: z.number().int(),
      level: z.number().int(),
      levelStartsAt: z.number().int(),
      nextLevelAt: z.number().int(),
      data: z.array(z.object({ amount: z.number().int(), rule: z.string(), sessionId: z.string(), at: isoTime })),
      nextCursor: z.string().nullable(),
    })
    .meta({ id: 'Experience' }),
)

export const streakReply = z.lazy(() =>
  z
    .object({
      days: z.number().int(),
      longest: z.number().int(),
      lastOn: date.nullable().describe('The last day with ten counted minutes.'),
      today: z.boolean().describe('Whether today counts already.'),
      freezes: z.number().int().describe('How many days may be missed.'),
      towardsFreeze: z.number().int().describe('Days in a row towards the next freeze, of seven.'),
      frozenOn: z.array(date).describe('Missed days since, for which freezes were used.'),
    })
    .meta({ id: 'Streak' }),
)

const dayGoal = z.int().min(1).max(1440).nullable()
const weekGoal = z.int().min(1).max(10_080).nullable()
export const goalsBody = z.lazy(() => z.strictObject({ dayMinutes: dayGoal, weekMinutes: weekGoal }))

const progress = z.lazy(() =>
  z.object({
    from: date,
    to: date,
    minutes: z.number().int().nullable().describe('The goal.'),
    countedSeconds: seconds.describe('By the clock, the session that runs included.'),
    manualSeconds: seconds,
    percent: z.number().int().nullable().describe('Of the goal, both kinds of time together.'),
  }),
)
export const goalsReply = z.lazy(() => z.object({ day: progress, week: progress }).meta({ id: 'StudyGoals' }))

export const boardQuery = z.lazy(() =>
  z
    .strictObject({
      scope: z.enum(['friends', 'group', 'room', 'everyone']),
      id: idSchema('room', 'group').optional(),
      period: z.enum(periods).default('week'),
    })
    .refine(
      ({ scope, id }) =>
        id === undefined
          ? scope === 'friends' || scope === 'everyone'
          : id.startsWith(scope === 'room' ? 'room_' : scope === 'group' ? 'grp_' : '-'),
      {
        path: ['id'],
        message: 'must be the id of a room or a group for these scopes, and absent for the others',
      },
    ),
)

const boardRow = z.lazy(() =>
  z.object({
    rank: z.number().int().describe('By the clock; equal times share a rank.'),
    user: z.object({ id: z.string(), username: z.string(), name: z.string(), avatarUrl: z.string().nullable() }),
    countedSeconds: seconds,
    manualSeconds: seconds.describe('Entered by hand: in groups and rooms only, and not ranked.'),
    goalPercent: z.number().int().nullable().describe("Of the person's own goal for the period."),
  }),
)

export const boardReply = z.lazy(() =>
  z
    .object({
      scope: z.string(),
      period: z.string(),
      from: date,
      to: date,
      countedSeconds: seconds.nullable().describe('Of all who are shown, time by hand included; null for everyone.'),
      data: z.array(boardRow),
      me: boardRow.unwrap().omit({ rank: true }).extend({ rank: z.number().int().nullable() }),
      madeAt: isoTime.describe('Boards of everyone are up to half an hour old.'),
    })
    .meta({ id: 'Leaderboard' }),
)

export type StartInput = z.output<typeof startBody>
export type EditInput = z.output<typeof editBody>
export type ManualInput = z.output<typeof manualBody>
export type StatsQuery = z.output<typeof statsQuery>
export type GoalsInput = z.output<typeof goalsBody>
export type BoardQuery = z.output<typeof boardQuery>
export type SessionsQuery = z.output<typeof sessionsQuery>
