import { nextDate } from '../shared/recurrence'
import { instantOf, localOf } from '../shared/zones'
import type { Repeat } from './rules'

/** When a todo is due, and from where its repeats are counted. Times of day are those of the author's clocks. */
export interface Schedule {
  dueOn: string | null
  dueAt: number | null
  repeat: Repeat | null
  repeatFrom: string | null
  repeatBegan: string | null
}

const day = 24 * 60 * 60_000

/** Counts repeats from the due date that is given, or from the first one that fits; null where nothing repeats. */
export function schedule(
  { dueOn, dueAt, repeat }: Pick<Schedule, 'dueOn' | 'dueAt' | 'repeat'>,
  zone: string,
  now: number,
): Schedule {
  if (!repeat) return { dueOn, dueAt, repeat, repeatFrom: null, repeatBegan: null }
  if (dueAt !== null) {
    const { date, time } = localOf(dueAt, zone)
    return { dueOn: null, dueAt, repeat, repeatFrom: `${date}T${time}`, repeatBegan: date }
  }
  const today = localOf(now, zone).date
  const yesterday = new Date(Date.parse(today) - day).toISOString().slice(0, 10)
  const first = dueOn ?? nextDate(repeat, { startsOn: today, after: yesterday }) ?? today
  return { dueOn: first, dueAt: null, repeat, repeatFrom: first, repeatBegan: first }
}

/** When somebody is reminded of what is due: at its time, or at eight in the morning of its day. */
export const remindAt = ({ dueOn, dueAt }: Pick<Schedule, 'dueOn' | 'dueAt'>, zone: string): number | null =>
  dueAt ?? (dueOn === null ? null : instantOf(dueOn, '08:00', zone))

/**
 * The schedule of the todo that follows one that is completed now, or null when none does. What is overdue is not made
 * up for: the next one is after today.
 */
export function following(todo: Schedule, zone: string, now: number): Schedule | null {
  const { repeat, repeatFrom, repeatBegan } = todo
  if (!repeat || !repeatFrom || !repeatBegan) return null
  const [startsOn = '', time] = repeatFrom.split('T')
  const today = localOf(now, zone).date
  const due = todo.dueAt === null ? (todo.dueOn ?? today) : localOf(todo.dueAt, zone).date
  const counted =
    repeat.from === 'completion'
      ? { startsOn: today, after: today, beganOn: repeatBegan }
      : { startsOn, after: [due, today].toSorted().at(-1) ?? today, beganOn: repeatBegan }
  const next = nextDate(repeat, counted)
  if (next === null) return null
  return time === undefined ? { ...todo, dueOn: next } : { ...todo, dueAt: instantOf(next, time, zone), dueOn: null }
}
