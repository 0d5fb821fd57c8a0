import { expect, test } from 'vitest'
import { following, schedule } from '../../src/todos/repeats'
import { canChangeTodo, canDeleteTodo, canSeeTodo, type Repeat } from '../../src/todos/rules'

const roles = ['owner', 'moderator', 'member', null] as const

test.each([
  // Whose it is, whether it stands in a room, the viewer's role there, and what the viewer may: see, change, delete.
  ['mine', 'personal', null, [true, true, true]],
  ["somebody else's", 'personal', null, [false, false, false]],
  ...roles.map((role) => ['mine', 'room', role, [role !== null, role !== null, role !== null]] as const),
  ["somebody else's", 'room', 'owner', [true, true, true]],
  ["somebody else's", 'room', 'moderator', [true, true, true]],
  ["somebody else's", 'room', 'member', [true, true, false]],
  ["somebody else's", 'room', null, [false, false, false]],
] as const)('%s, %s, as %s: see, change, delete %j', (whose, where, role, may) => {
  const standing = {
    viewerId: 'usr_a',
    authorId: whose === 'mine' ? 'usr_a' : 'usr_b',
    roomId: where === 'room' ? 'room_a' : null,
    role,
  }
  expect([canSeeTodo(standing), canChangeTodo(standing), canDeleteTodo(standing)]).toEqual(may)
})

const repeat = (over: Partial<Repeat> = {}): Repeat => ({
  ...{ frequency: 'daily', interval: 1, weekdays: [], from: 'due' },
  ...over,
})
const at = (iso: string) => Date.parse(iso)
const berlin = 'Europe/Berlin'

/** When a todo with this due date is due again after it was completed. */
function again(due: string, rule: Repeat, completedAt: string, zone = berlin) {
  const dated = due.includes('T') ? { dueOn: null, dueAt: at(due) } : { dueOn: due, dueAt: null }
  const next = following(schedule({ ...dated, repeat: rule }, zone, at('2026-01-01T00:00:00Z')), zone, at(completedAt))
  return next && (next.dueOn ?? new Date(next.dueAt ?? 0).toISOString())
}

test.each<[string, due: string, Repeat, completedAt: string, next: string | null]>([
  ['completed on the day', '2026-03-02', repeat(), '2026-03-02T18:00:00Z', '2026-03-03'],
  ['completed ahead of time', '2026-03-06', repeat({ frequency: 'weekly' }), '2026-03-04T18:00:00Z', '2026-03-13'],
  ['overdue days are not made up for', '2026-03-02', repeat(), '2026-03-09T18:00:00Z', '2026-03-10'],
  ['the day is that of the account', '2026-03-02', repeat(), '2026-03-02T23:30:00Z', '2026-03-04'],
  ['from completion', '2026-03-02', repeat({ interval: 3, from: 'completion' }), '2026-03-09T12:00:00Z', '2026-03-12'],
  [
    'from completion, monthly',
    '2026-01-05',
    repeat({ frequency: 'monthly', from: 'completion' }),
    '2026-01-31T12:00:00Z',
    '2026-02-28',
  ],
  [
    'the time of day stays over a change of clocks',
    '2026-03-28T08:00:00Z',
    repeat(),
    '2026-03-28T09:00:00Z',
    '2026-03-29T07:00:00.000Z',
  ],
  ['ten years are the end', '2026-03-02', repeat(), '2036-03-02T12:00:00Z', null],
  ['nothing repeats without a repeat', '2026-03-02', null as never, '2026-03-02T12:00:00Z', null],
])('%s', (_what, due, rule, completedAt, next) => {
  expect(again(due, rule, completedAt)).toBe(next)
})

test('a time that the clocks left out once comes back the day after', () => {
  const first = schedule({ dueOn: null, dueAt: at('2026-03-28T01:30:00Z'), repeat: repeat() }, berlin, 0)
  const second = following(first, berlin, at('2026-03-28T10:00:00Z'))
  const third = second && following(second, berlin, at('2026-03-29T10:00:00Z'))
  expect([second?.dueAt, third?.dueAt].map((ms) => new Date(ms ?? 0).toISOString())).toEqual([
    '2026-03-29T01:30:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ])
})

test('a repeat without a due date begins on the first day that fits', () => {
  const friday = at('2026-03-06T12:00:00Z')
  const begins = (rule: Repeat) => schedule({ dueOn: null, dueAt: null, repeat: rule }, berlin, friday).dueOn
  expect(begins(repeat())).toBe('2026-03-06')
  expect(begins(repeat({ frequency: 'weekly', weekdays: [1, 2] }))).toBe('2026-03-09')
  expect(begins(repeat({ frequency: 'monthly' }))).toBe('2026-03-06')
})
