import type { ObjectDeclaration, TableDeclaration } from '../shared/personal-data'

const ofUser = { rows: 'user_id = ?1' }
const same = { user_id: 'the same in every row' }
const untilErased = 'Until your account is erased.'

export const studyData: TableDeclaration[] = [
  {
    table: 'study_days',
    ...ofUser,
    holds: 'How long you studied on each of your days.',
    purpose: 'For goals and boards.',
    kept: untilErased,
    numberedBy: 'studied_on',
    exported: ['studied_on', 'seconds', 'manual_seconds'],
    withheld: same,
    erase: ['DELETE FROM study_days WHERE user_id = ?1'],
  },
  {
    table: 'study_sessions',
    ...ofUser,
    holds: 'When you studied, in which room, which subject, what you wrote about it, and what of it counted.',
    purpose: 'To show you your time, and to count it once.',
    kept: untilErased,
    numberedBy: 'id',
    exported: [
      ...['id', 'started_at', 'ended_at', 'end_reason', 'seconds', 'xp', 'room_id', 'subject_id', 'todo_id', 'task'],
      ...['timezone', 'day_start_hour', 'segments', 'days', 'reason', 'created_at'],
    ],
    withheld: { ...same, change_id: 'proves that a change took place' },
    erase: ['DELETE FROM study_sessions WHERE user_id = ?1'],
  },
  {
    table: 'study_standings',
    ...ofUser,
    holds: 'Your experience and your streak.',
    purpose: 'To show them, and to let you into rooms that ask for a level.',
    kept: untilErased,
    numberedBy: 'user_id',
    exported: ['xp', 'streak_days', 'streak_longest', 'streak_last_on', 'freezes', 'towards_freeze'],
    withheld: same,
    erase: ['DELETE FROM study_standings WHERE user_id = ?1'],
  },
  {
    table: 'xp_ledger',
    ...ofUser,
    holds: 'Each entry of experience: for which session, by which rule, how much.',
    purpose: 'To prove how your experience adds up.',
    kept: untilErased,
    numberedBy: 'source_id, rule',
    exported: ['source_type', 'source_id', 'rule', 'amount', 'at'],
    withheld: same,
    erase: ['DELETE FROM xp_ledger WHERE user_id = ?1'],
  },
  {
    table: 'study_goals',
    ...ofUser,
    holds: 'How long you want to study in a day and in a week.',
    purpose: 'To show how far you are; boards show the share of it that you have reached.',
    kept: 'Until you take it back, or your account is erased.',
    numberedBy: 'user_id',
    exported: ['day_minutes', 'week_minutes'],
    withheld: same,
    erase: ['DELETE FROM study_goals WHERE user_id = ?1'],
  },
  {
    table: 'study_zones',
    ...ofUser,
    holds: 'In which time zones you have been living, and at which hour your days start, since when.',
    purpose: 'To book time on the day that was yours.',
    kept: untilErased,
    numberedBy: 'from_at',
    exported: ['from_at', 'timezone', 'day_start_hour', 'starts_on', 'skipped_days'],
    withheld: same,
    erase: ['DELETE FROM study_zones WHERE user_id = ?1'],
  },
  {
    table: 'study_boards',
    holds: 'Who of those who let everyone see it studied longest in a day, week or month, for a few minutes each.',
    purpose: 'So that a board of everyone need not count everybody anew.',
    kept: 'A day; who is erased is taken out at once.',
    rows: `key IN (SELECT b.key FROM study_boards AS b, json_each(b.entries) AS entry
      WHERE entry.value ->> 'userId' = ?1)`,
    numberedBy: 'key',
    exported: [],
    withheld: { key: 'which board it is', made_at: 'when it was made', entries: 'mostly of others' },
    erase: [
      `DELETE FROM study_boards WHERE key IN (SELECT b.key FROM study_boards AS b, json_each(b.entries) AS entry
       WHERE entry.value ->> 'userId' = ?1)`,
    ],
  },
]

const wholeInbox = { erasedBy: 'deletion of the whole inbox' }

/** What a person's object keeps of their study time. */
export const studyObjects: ObjectDeclaration[] = [
  {
    ...wholeInbox,
    store: 'inbox: study_running',
    holds: 'The session that runs: since when, what about, when a device was last heard.',
    purpose: 'To count it.',
    kept: 'Until it ends.',
    exportedAs: 'not exported: once it is over it is among your sessions',
  },
  {
    ...wholeInbox,
    store: 'inbox: study_ended',
    holds: 'Sessions that ended lately.',
    purpose: 'To hand them over, and to accept an end that was made without a connection.',
    kept: 'A week, and then until your next session.',
    exportedAs: 'your sessions, which are exported from the database',
  },
  {
    ...wholeInbox,
    store: 'inbox: study_lost',
    holds: 'Sessions that were lost too soon to count.',
    purpose: 'To accept an end that was made without a connection.',
    kept: 'A week, and then until your next session.',
    exportedAs: 'not exported: they count for nothing unless their end comes, and are then among your sessions',
  },
  {
    ...wholeInbox,
    store: 'inbox: study_held',
    holds: 'When notifications were last held back because you studied.',
    purpose: 'To tell you of them when your session ends.',
    kept: 'Until then.',
    exportedAs: 'the notifications themselves, which are exported from the database',
  },
  {
    ...wholeInbox,
    store: 'inbox: outbox',
    holds: 'What you are to be told about your study time.',
    purpose: 'To tell you.',
    kept: 'Seconds: until the database has it.',
    exportedAs: 'the notifications themselves, which are exported from the database',
  },
  {
    ...wholeInbox,
    store: 'inbox: study_shown',
    holds: 'What the room in which you study shows of it.',
    purpose: 'To tell the room when that changes, and that it is over.',
    kept: 'Until you study in another room; without words once the session is over.',
    exportedAs: 'your sessions, which are exported from the database',
  },
  {
    ...wholeInbox,
    store: 'inbox: study_days',
    holds: 'How long you studied on each of your days.',
    purpose: 'To count at most 16 hours of a day, and for your streak.',
    kept: untilErased,
    exportedAs: 'the totals of your days, which are exported from the database',
  },
  {
    ...wholeInbox,
    store: 'inbox: study_schema_version',
    holds: 'How this part of the storage is laid out.',
    purpose: 'To change it safely.',
    kept: untilErased,
    exportedAs: 'not exported: it says nothing of a person',
  },
]
