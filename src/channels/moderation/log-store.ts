import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { moderationActions } from './tables'

interface Action {
  channelId: string
  userId: string
  action: 'member.removed' | 'member.timed_out' | 'member.banned'
  reason: string | null
  until?: number | null
  purged?: boolean
}

/**
 * The statement that notes for a person what was done to them, to go into the batch of its cause.
 * @param proof a condition that holds only if the cause was written
 */
export function insertAction(ctx: UserCtx, { channelId, userId, action, reason, until, purged }: Action, proof: SQL) {
  return ctx.db.run(sql`
    INSERT INTO ${moderationActions} (id, channel_id, user_id, actor_id, action, reason, until, purged, created_at)
    SELECT ${ctx.newId('moderationAction')}, ${channelId}, ${userId}, ${ctx.actor.userId}, ${action}, ${reason},
      ${until ?? null}, ${purged ? 1 : 0}, ${ctx.now()} WHERE ${proof}`)
}

/** The statement that notes that a ban or timeout holds no more: it was lifted, or another one takes its place. */
export function endAction(
  ctx: UserCtx,
  { channelId, userId, action }: { channelId: string; userId: string; action: 'member.timed_out' | 'member.banned' },
  proof: SQL,
) {
  return ctx.db.run(sql`
    UPDATE moderation_actions SET lifted_at = ${ctx.now()}
    WHERE channel_id = ${channelId} AND user_id = ${userId} AND action = ${action} AND lifted_at IS NULL
      AND action IN ('member.timed_out', 'member.banned') AND ${proof}`)
}
