import type { Ctx } from '../../app/context'
import { deleteReminders, fireReminders, listDueReminders, updateMoved, upsertReminder } from './store'

/** The statement that schedules a reminder, for the batch of what it reminds of. Again, it moves the reminder. */
export const scheduleReminder = upsertReminder

/** The statement that cancels reminders, for the batch of the act that makes them moot; see also `withdrawEvents`. */
export const cancelReminders = deleteReminders

/** The statement that moves all reminders of each of these subjects, for the batch that moves the subjects. */
export const moveReminders = updateMoved

/** Makes events of what is due, each once, however many runs overlap. @returns whether there may be more */
export async function fireDueReminders(ctx: Ctx, limit: number): Promise<boolean> {
  const due = await listDueReminders(ctx, limit)
  if (due.length === 0) return false
  const named = due.map((row) => ({ ...row, eventId: ctx.newId('event') }))
  await fireReminders(ctx, named)
  ctx.recorded.push(...named.map(({ eventId }) => eventId))
  return due.length === limit
}
