import { sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import type { MemberRole } from '../channels/live/contract'
import { stillHas } from './plan-store'
import type { MeetupView } from './store'

interface Mark {
  view: MeetupView
  role: MemberRole
  userId: string
  attended: boolean
}

/** Says whether somebody with a seat was there; what was counted counts anew. False when there is no such seat. */
export async function updateAttended(ctx: UserCtx, { view, role, userId, attended }: Mark): Promise<boolean> {
  const now = ctx.now()
  const rows = await ctx.db.all<{ userId: string }>(sql`
    UPDATE meetup_rsvps SET attended_at = ${attended ? now : null}, change_id = ${ctx.newId('change')},
      outcome = CASE WHEN outcome IS NULL AND ${view.state === 'active'} THEN NULL ELSE ${attended ? 'attended' : 'missed'} END,
      ended_at = CASE WHEN outcome IS NULL AND ${view.state === 'active'} THEN NULL ELSE ${view.endsAt} END
    WHERE meetup_id = ${view.id} AND user_id = ${userId} AND status = 'going' AND seated = 1
      AND ${stillHas(view.channelId, ctx.actor.userId, role)}
      AND EXISTS (SELECT 1 FROM meetups AS m WHERE m.id = ${view.id} AND m.state = ${view.state})
    RETURNING user_id AS userId`)
  return rows.length > 0
}
