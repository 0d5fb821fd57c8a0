import { sql } from 'drizzle-orm'
import { auditLog } from '../../audit/tables'
import type { Db } from '../../shared/db'
import { users } from '../../users/tables'
import { moderationActions } from '../moderation/tables'
import { channels } from '../tables'
import type { Removal } from './removals'

/** Notes what moderators have taken away: for its authors, and in the audit log. Safe to repeat. */
export async function insertRemovals(db: Db, channelId: string, removals: Removal[]): Promise<void> {
  const told = JSON.stringify(removals)
  // Who is gone altogether is told nothing, and a row that leads nowhere would hold up all the others.
  const source = sql`FROM json_each(${told}) AS told CROSS JOIN ${channels} c ON c.id = ${channelId}
    CROSS JOIN ${users} u ON u.id = told.value ->> 'userId'`
  await db.batch([
    db.run(sql`
      INSERT OR IGNORE INTO ${moderationActions}
        (id, channel_id, user_id, actor_id, action, reason, message_id, created_at)
      SELECT told.value ->> 'id', c.id, u.id, told.value ->> 'actorId', 'message.removed', told.value ->> 'reason',
        told.value ->> 'messageId', told.value ->> 'at' ${source}`),
    // The same number under another name: one row, however often this is repeated.
    db.run(sql`
      INSERT OR IGNORE INTO ${auditLog} (id, at, event, actor_id, subject_id, reason, details)
      SELECT 'aud' || substr(told.value ->> 'id', 4), told.value ->> 'at', 'message.removed', told.value ->> 'actorId',
        u.id, told.value ->> 'reason',
        json_object('channelId', c.id, 'kind', c.kind, 'messageId', told.value ->> 'messageId') ${source}`),
  ])
}
