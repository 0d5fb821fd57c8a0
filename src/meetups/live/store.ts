import { sql } from 'drizzle-orm'
import type { Db } from '../../shared/db'

/**
 * Notes who was in the channel long enough during a meetup. Safe to repeat, and the same whether it comes before or after
 * the meetup is completed.
 */
export async function recordAttendance(db: Db, meetupId: string, userIds: string[], now: number): Promise<void> {
  await db.run(sql`
    UPDATE meetup_rsvps SET attended_at = coalesce(attended_at, ${now}), outcome = iif(outcome = 'missed', 'attended', outcome)
    WHERE meetup_id = ${meetupId} AND user_id IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))
      AND EXISTS (SELECT 1 FROM meetups AS m WHERE m.id = ${meetupId} AND m.state <> 'cancelled')`)
}
