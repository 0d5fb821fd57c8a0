import type { Mutation } from './mutation'

const core = 'test/live/timer.pure.test.ts'
const object = 'test/live/timer.test.ts'

/** The room's timer (live-room.md, "The timer"). */
export const timerMutations: readonly Mutation[] = [
  {
    id: 'timer.two-at-once',
    rule: 'T2 timer.start is refused where one runs.',
    file: 'src/channels/live/timer.ts',
    find: "    if (timer) return refuse(state, 'timer.running')\n",
    replace: '',
    test: [core, 'there is one timer: a second start is refused and changes nothing'],
  },
  {
    id: 'timer.for-anybody',
    rule: 'T3 members start it, or where the setting says moderators, those who look after the channel.',
    file: 'src/channels/live/timer.ts',
    find: "facts.channel()?.whoMayStartTimer === 'moderators' && ",
    replace: 'facts.channel() === null && ',
    test: [core, 'T3 rights'],
  },
  {
    id: 'timer.skips-two',
    rule: 'T2 two who skip the same phase skip one.',
    file: 'src/channels/live/timer.ts',
    find: 'command.phase !== undefined && command.phase !== phase',
    replace: 'command.phase !== undefined && command.phase > phase',
    test: [core, 'two who skip the same phase skip one'],
  },
  {
    id: 'timer.nonce-not-kept',
    rule: 'T2, L12 the same nonce again does nothing a second time.',
    file: 'src/channels/live/timer.ts',
    find: '  rememberNonce(effects, event, null, state.seq)\n',
    replace: '',
    test: [core, 'L12 the same nonce again does nothing a second time'],
  },
  {
    id: 'timer.late-alarm-takes-one-step',
    rule: 'T4 a late alarm finds the phase of now.',
    file: 'src/channels/live/timer.ts',
    find: '{ ...timer, phase: number, beganAt: timer.anchorAt + from }',
    replace: '{ ...timer, phase: timer.phase + 1, beganAt: timer.anchorAt + from }',
    test: [core, 'late by hours, it finds the phase of now, in one event'],
  },
  {
    id: 'timer.early-alarm-sleeps',
    rule: 'T4 an early alarm waits on.',
    file: 'src/channels/live/timer.ts',
    find: 'return { state, effects: [wakeAtEnd(timer)] }',
    replace: 'return { state, effects: [] }',
    test: [core, 'early, it only waits on'],
  },
  {
    id: 'timer.never-ends',
    rule: 'T4 when the pattern is over and nobody is there, the timer ends by itself.',
    file: 'src/channels/live/timer.ts',
    find: 'here.length === 0 && inNewCycle',
    replace: 'here.length < 0 && inNewCycle',
    test: [core, 'ends the timer when the pattern is over and nobody is there, so that no room is awake for good'],
  },
  {
    id: 'timer.pause-forgotten',
    rule: 'T1 while it is paused, what is left stays.',
    file: 'src/channels/live/timer.ts',
    find: 'anchorAt + Math.max(0, now - pausedAt)',
    replace: 'anchorAt',
    test: [core, 'a pause keeps what is left, and the resumed phase ends that much later'],
  },
  {
    id: 'timer.skipped-work-counts',
    rule: 'T5 work that was skipped is no pomodoro.',
    file: 'src/channels/live/timer.ts',
    find: "if (kind !== 'work') continue",
    replace: "if (kind === 'work') continue",
    test: [core, 'everybody who is there when work ends has one, once; who left before has none'],
  },
  {
    id: 'timer.pomodoro-lost',
    rule: 'T5 the object keeps pomodoros until D1 has them.',
    file: 'durable-objects/room-alarm.ts',
    find: '  await recordPomodoros(openDb(env.DB), channel.id, pomodoros)\n  room.log.timers.dropPomodoros(pomodoros)\n',
    replace:
      '  room.log.timers.dropPomodoros(pomodoros)\n  await recordPomodoros(openDb(env.DB), channel.id, pomodoros)\n',
    test: [object, 'T5 pomodoros that D1 did not take are told again, and count once'],
  },
  {
    id: 'timer.read-by-strangers',
    rule: 'T7 members read the timer over HTTP.',
    file: 'src/channels/live/timer-actions.ts',
    find: 'requireRole(await accessView(ctx, kinds, channelId))',
    replace: 'void [kinds, accessView, requireRole]',
    test: [object, 'T7 members read the timer over HTTP; who may not come in does not'],
  },
]
