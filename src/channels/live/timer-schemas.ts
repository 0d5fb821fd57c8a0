import * as z from 'zod'
import { isoTime } from '../../shared/text'
import { isNonce } from './parse-frame'
import { patternBounds, patternNames } from './timer-pattern'

const nonce = z
  .string()
  .refine(isNonce)
  .meta({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
  .describe('Yours to choose; its ack or error brings it back. The same nonce again does nothing a second time.')

const part = (of: keyof typeof patternBounds) => {
  const [least, most] = patternBounds[of]
  return z.int().min(least).max(most)
}

const pattern = z.lazy(() =>
  z
    .strictObject({
      workMinutes: part('workMinutes'),
      shortBreakMinutes: part('shortBreakMinutes'),
      longBreakMinutes: part('longBreakMinutes'),
      rounds: part('rounds'),
    })
    .describe('`rounds` times work, with short breaks between, then the long break; then from the start.'),
)

/** What a client may send about the timer. */
export const timerFrames = {
  'timer.start': z
    .strictObject({
      type: z.literal('timer.start'),
      nonce,
      pattern: z
        .union([z.enum(patternNames), pattern])
        .optional()
        .describe(
          'One that is ready-made, or one’s own; 25/5 unless said otherwise, with 15 minutes after four rounds.',
        ),
    })
    .describe('Starts the room’s timer, where none runs.'),
  'timer.pause': z.strictObject({ type: z.literal('timer.pause'), nonce }).describe('Stops the clock for now.'),
  'timer.resume': z.strictObject({ type: z.literal('timer.resume'), nonce }).describe('Goes on where it was paused.'),
  'timer.skip': z
    .strictObject({
      type: z.literal('timer.skip'),
      nonce,
      phase: z
        .int()
        .min(0)
        .optional()
        .describe('Only if this is the number of the phase of now, so that two who skip it at once skip one.'),
    })
    .describe('Goes to the next phase. Work that is skipped is no pomodoro.'),
  'timer.stop': z.strictObject({ type: z.literal('timer.stop'), nonce }).describe('Ends the timer.'),
}

export const timerView = z.lazy(() =>
  z.strictObject({
    run: z.int().describe('The seq of its start, which tells runs apart.'),
    pattern,
    startedBy: z.string().nullable().describe('Null once the account is erased.'),
    startedAt: isoTime,
    anchorAt: isoTime.describe('From here on the pattern runs, once pauses and skips are taken out.'),
    pausedAt: isoTime.nullable(),
    phase: z.strictObject({
      number: z.int().describe('From 0, over the whole run.'),
      kind: z.enum(['work', 'shortBreak', 'longBreak']),
      round: z.int().describe('From 1, over the pattern.'),
      startedAt: isoTime,
      endsAt: isoTime.describe('While paused, `endsAt - pausedAt` is left.'),
    }),
  }),
)

export const timerChanged = z.lazy(() =>
  z
    .strictObject({
      type: z.literal('timer.changed'),
      seq: z.int().describe('The place of this change in the channel’s order.'),
      change: z
        .enum(['started', 'paused', 'resumed', 'skipped', 'stopped', 'phase', 'ended'])
        .describe('`phase`: the next one began by itself. `ended`: the pattern was over and nobody was there.'),
      userId: z.string().nullable().describe('Who did it; null for what happens by itself.'),
      timer: timerView.nullable().describe('As it is now; null where none runs any more.'),
    })
    .describe('The timer was started or changed, or a phase ended.'),
)

export const timerReply = z.lazy(() =>
  z.object({
    timer: timerView.meta({ id: 'RoomTimer' }).nullable(),
    now: isoTime.describe('The server’s clock, by which phases end.'),
  }),
)
