import type { Mutation } from './mutation'

const shown = 'test/live/studies.pure.test.ts'
const rooms = 'test/study/rooms.pure.test.ts'
const joined = 'test/study/joined.test.ts'
const core = 'src/channels/live/studies.ts'

/** Who studies what in a room is shown to whom the person lets see it, and not longer than it is so (docs/study.md S21). */
export const studyShownMutations: readonly Mutation[] = [
  {
    id: 'study.shown-to-all',
    rule: 'S21 It is shown only if the person lets those see it with whom they share a room.',
    file: core,
    find: 'member?.showsStudy ? wireStudy',
    replace: 'member ? wireStudy',
    test: [shown, 'S21 nobody hears of what is not for them'],
  },
  {
    id: 'study.setting-not-replicated',
    rule: 'S21 A change of the setting reaches the room.',
    file: 'src/channels/members/shown-store.ts',
    find: "coalesce(shown.may_see_study_stats, 'shared') IN ('everyone', 'shared') AS showsStudy",
    replace: '1 AS showsStudy',
    test: [joined, 'if the person lets them see it'],
  },
  {
    id: 'study.invisible-shown',
    rule: 'S21 Who is invisible or hides their presence is not told to study.',
    file: core,
    find: ' || isUnseen(facts, userId, person)) return { state, effects }',
    replace: ') return { state, effects }',
    test: [shown, 'S21 who %s is not told to study'],
  },
  {
    id: 'study.late-news-wins',
    rule: 'S21 The newest news wins, however late an older one comes.',
    file: core,
    find: '  if (known && known.rev >= rev) return { state, effects: [] }\n',
    replace: '',
    test: [shown, 'S21 older news that comes late'],
  },
  {
    id: 'study.told-without-change',
    rule: 'S21 Nothing is told where nothing of it is seen to change.',
    file: core,
    find: '  if (JSON.stringify(before) === JSON.stringify(wireStudy(study, now))) return { state, effects }\n',
    replace: '  void before\n',
    test: [shown, 'S21 is told to nobody where nothing'],
  },
  {
    id: 'study.shown-for-good',
    rule: 'S21 A room that never hears of the end takes it for over at its time.',
    file: core,
    find: 'if (study === null || study.until <= now) return null',
    replace: 'if (study === null || now > 1e15) return null',
    test: [shown, 'S21 ends at its time by itself'],
  },
  {
    id: 'study.ping-tells-room',
    rule: 'S21 No ping reaches a room.',
    file: 'src/study/live/rooms.ts',
    find: '    if (known?.study === study) return\n',
    replace: '',
    test: [rooms, 'hears nothing of pings'],
  },
  {
    id: 'study.room-told-once',
    rule: 'S21 The object tells the room until it has heard.',
    file: 'durable-objects/study-clock.ts',
    find: "      makeLog({ object: 'UserInbox' }).warn('study.room_not_told', errorFields(error))\n      return false",
    replace:
      "      makeLog({ object: 'UserInbox' }).warn('study.room_not_told', errorFields(error))\n      return true",
    test: [joined, 'and what the room did not hear is told again'],
  },
  {
    id: 'study.left-room-forgotten',
    rule: 'S21 A room that has yet to hear of the end is not forgotten for the next one.',
    file: 'src/study/live/rooms.ts',
    find: '({ study, heard }) => heard && study === nothing',
    replace: '({ study }) => study === nothing',
    test: [rooms, 'that is away hears it later'],
  },
  {
    id: 'study.rev-by-clock',
    rule: 'S21 Each change is newer than the one before, whatever the clock does.',
    file: 'src/study/live/rooms.ts',
    find: 'rev: Math.max(now, last + 1)',
    replace: 'rev: now + 0 * last',
    test: [rooms, 'takes each change for newer'],
  },
  {
    id: 'study.crash-forgets-room',
    rule: 'S21 What a room is to show is written down in the turn of its cause.',
    file: 'src/study/live/rooms.ts',
    find: "    run(this.sql, 'INSERT OR REPLACE INTO study_shown VALUES (?, ?, ?, 0)', roomId, study, rev)\n",
    replace: '    void [roomId, study, rev]\n',
    test: [rooms, 'hears after a crash what it had not heard'],
  },
]
