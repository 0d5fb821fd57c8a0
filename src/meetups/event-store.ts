import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../app/context'
import { recordEvent } from '../outbox/actions'
import { cancelReminders, scheduleReminder } from '../outbox/reminders/actions'

/** What others are told of a meetup. */
export interface Announced {
  id: string
  channelId: string
  title: string
  startsAt: number
}

const about = ({ id, channelId, title, startsAt }: Announced) => ({
  facts: { meetupId: id, title, startsAt },
  channelId,
  subjectId: id,
})

export const planned = (ctx: Ctx, meetup: Announced, proof: SQL) =>
  recordEvent(ctx, { type: 'meetup.planned', to: 'members', ...about(meetup), expiresAt: meetup.startsAt }, proof)

/** @param those rows of answers, `r`: whoever of them may come is told, but for who does it */
export const told = (
  ctx: Ctx,
  type: 'meetup.changed' | 'meetup.cancelled',
  meetup: Announced,
  those: SQL,
  proof: SQL,
) => {
  const except = ctx.actor.kind === 'user' ? ctx.actor.userId : ''
  const to = sql`(SELECT json_group_array(DISTINCT r.user_id) FROM meetup_rsvps r
    WHERE ${those} AND r.status IN ('going', 'maybe') AND r.user_id <> ${except})`
  return recordEvent(ctx, { type, to, ...about(meetup) }, proof)
}

/** Tells those to whom a trigger has given a seat, and notes that they know. */
export const seated = (ctx: Ctx, meetup: Announced) =>
  [
    recordEvent(ctx, {
      type: 'meetup.seated',
      to: sql`(SELECT json_group_array(r.user_id) FROM meetup_rsvps r WHERE r.meetup_id = ${meetup.id} AND r.untold = 1)`,
      ...about(meetup),
      actorId: null,
      expiresAt: meetup.startsAt,
    }),
    ctx.db.run(sql`UPDATE meetup_rsvps SET untold = 0 WHERE meetup_id = ${meetup.id} AND untold = 1`),
  ] as const

/** Reminds somebody so many minutes before the start; null: not. */
export function reminder(ctx: Ctx, meetup: Announced, userId: string, minutes: number | null, proof: SQL) {
  const dueAt = minutes === null ? null : meetup.startsAt - minutes * 60_000
  if (dueAt === null || dueAt <= ctx.now())
    return cancelReminders(ctx, { subjectId: meetup.id, userId, kind: 'start' }, proof)
  const { facts, channelId, subjectId } = about(meetup)
  const what = { subjectId, userId, kind: 'start', type: 'meetup.starts', channelId, facts } as const
  return scheduleReminder(ctx, { ...what, dueAt, expiresAt: meetup.startsAt }, proof)
}
