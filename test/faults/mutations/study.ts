import type { Mutation } from './mutation'

const clock = 'test/study/clock.pure.test.ts'
const days = 'test/study/days.pure.test.ts'
const streaks = 'test/study/streak.pure.test.ts'
const sessions = 'test/study/sessions.test.ts'
const progress = 'test/study/progress.test.ts'

/** Study time is like money (security.md, "Data"; docs/study.md). */
export const studyMutations: readonly Mutation[] = [
  {
    id: 'study.two-sessions',
    rule: 'S1 One running session per account, over all devices.',
    file: 'src/study/live/desk.ts',
    find: "if (this.seat) return done(this.act({ do: 'confirm' }, now))",
    replace: 'void done',
    test: [sessions, 'S1 of thirty starts at once'],
  },
  {
    id: 'study.short-kept',
    rule: 'S2 Shorter than 20 s leaves no trace.',
    file: 'src/study/rules/count.ts',
    find: 'if (end.at - session.startedAt < shortestMs) return null',
    replace: '',
    test: [clock, 'S2 less than 20 s leave no trace'],
  },
  {
    id: 'study.lease-to-now',
    rule: 'S3 A lost lease ends the session at the last ping, never later.',
    file: 'src/study/rules/clock.ts',
    find: "to: 'end', endsAt: lastPingAt, reason: 'lost'",
    replace: "to: 'end', endsAt: lastPingAt + leaseMs, reason: 'lost'",
    test: [clock, 'S3 without a ping for 180 s it ends at the last one'],
  },
  {
    id: 'study.offline-unbounded',
    rule: 'S4 An end made offline is bounded by the last ping plus the lease.',
    file: 'src/study/rules/clock.ts',
    find: 'Math.min(claimedAt, now, session.lastPingAt + leaseMs)',
    replace: 'Math.min(claimedAt, now)',
    test: [clock, 'S4 %s'],
  },
  {
    id: 'study.idle-counts',
    rule: 'S5 Without an answer the session ends at the last proof.',
    file: 'src/study/rules/clock.ts',
    find: "at: askedAt + answerWithinMs, to: 'end', endsAt: provenAt",
    replace: "at: askedAt + answerWithinMs, to: 'end', endsAt: askedAt",
    test: [clock, 'S5 after 30 minutes without proof'],
  },
  {
    id: 'study.pauses-count',
    rule: 'S8 Only active time counts.',
    file: 'src/study/rules/count.ts',
    find: "if (segment.kind === 'active')",
    replace: "if (segment.kind !== 'idle')",
    test: [clock, 'S6 pauses and breaks are neither counted nor idle'],
  },
  {
    id: 'study.cap-dropped',
    rule: 'S9 16 h a day at most.',
    file: 'src/study/rules/count.ts',
    find: 'Math.max(0, dayCapSeconds - countedOf(on))',
    replace: 'Number.MAX_SAFE_INTEGER',
    test: [clock, 'S9 nobody studies more than 16 hours of a day'],
  },
  {
    id: 'study.days-of-24-hours',
    rule: 'S10 Days of 23 and 25 hours work.',
    file: 'src/study/rules/days.ts',
    find: 'const end = Math.min(to, startOfDay(day + 1, zone))',
    replace: 'const end = Math.min(to, startOfDay(day, zone) + dayMs)',
    test: [days, 'S10 cut by day, a span loses and repeats nothing'],
  },
  {
    id: 'study.zone-at-once',
    rule: 'S11 A change of zone applies from the next local day.',
    file: 'src/study/rules/days.ts',
    find: 'const from = startOfDay(today + 1, old)',
    replace: 'const from = now',
    test: [days, 'S11 takes effect with the next day'],
  },
  {
    id: 'study.delivered-twice',
    rule: 'S12 A delivery that is repeated changes nothing.',
    file: 'src/study/live/store.ts',
    find: 'AND change_id = ${changeId})`',
    replace: ')`',
    test: [sessions, 'S12 a delivery that is repeated after a lost answer changes nothing'],
  },
  {
    id: 'study.ledger-not-unique',
    rule: 'S13 XP ledger unique per source.',
    file: 'migrations/0028_study.sql',
    find: 'PRIMARY KEY(`user_id`, `source_type`, `source_id`, `rule`)',
    replace: 'PRIMARY KEY(`user_id`, `source_type`, `source_id`, `rule`, `at`)',
    test: [sessions, 'S12 the ledger takes one entry for a source and rule'],
  },
  {
    id: 'study.third-freeze',
    rule: 'S16 Two freezes at most.',
    file: 'src/study/rules/streak.ts',
    find: 'Math.min(mostFreezes, left + 1)',
    replace: 'left + 1',
    test: [streaks, 'S15 equal a walk over every day of the calendar'],
  },
  {
    id: 'study.skip-missed',
    rule: 'S11 Streaks never break by zone changes.',
    file: 'src/study/rules/streak.ts',
    find: 'numberOf(to) - numberOf(from) - jumped',
    replace: 'numberOf(to) - numberOf(from)',
    test: [streaks, 'S11 no change of zone breaks a streak'],
  },
  {
    id: 'study.manual-overlap',
    rule: 'S18 No overlap of manual entries.',
    file: 'src/study/store.ts',
    find: 'WHERE NOT ${isTaken(userId, startedAt, endedAt)} AND ${countEntries',
    replace: 'WHERE ${countEntries',
    test: [progress, 'the same hour sent ten times at once counts once'],
  },
  {
    id: 'study.manual-without-limit',
    rule: 'S18 Five entries a month.',
    file: 'src/study/store.ts',
    find: 'AND ${countEntries(userId, monthStart)} < ${manualPerMonth}',
    replace: '',
    test: [progress, 'comes five times a month, however many are sent at once'],
  },
  {
    id: 'study.hidden-on-boards',
    rule: 'S20 A person can hide.',
    file: 'src/study/board-store.ts',
    find: 'AND coalesce(s.on_boards, 1) = 1 AND NOT',
    replace: 'AND NOT',
    test: [progress, 'rank friends by the clock, with ties'],
  },
]
