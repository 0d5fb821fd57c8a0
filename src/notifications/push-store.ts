import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { type PushSubscriptionRow, pushSubscriptions } from './tables'

const columns = sql`id, user_id AS userId, endpoint, p256dh, auth, device, created_at AS createdAt, last_sent_at AS lastSentAt`

export interface NewSubscription {
  endpoint: string
  p256dh: string
  auth: string
}

/** Keeps a browser of the caller's, whoever it was of before, and lets go of the oldest above `max`. */
export async function upsertPushSubscription(ctx: UserCtx, given: NewSubscription, max: number) {
  const { userId } = ctx.actor
  const [[row]] = await ctx.db.batch([
    ctx.db.all<PushSubscriptionRow>(sql`
      INSERT INTO push_subscriptions (id, user_id, endpoint, p256dh, auth, device, created_at)
      VALUES (${ctx.newId('pushSubscription')}, ${userId}, ${given.endpoint}, ${given.p256dh}, ${given.auth}, ${ctx.device},
        ${ctx.now()})
      ON CONFLICT (endpoint) DO UPDATE SET user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth,
        device = excluded.device, created_at = excluded.created_at
      RETURNING ${columns}`),
    ctx.db.run(sql`
      DELETE FROM push_subscriptions WHERE id IN (SELECT id FROM ${pushSubscriptions} WHERE user_id = ${userId}
        ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ${max})`),
  ])
  if (!row) throw new Error('a subscription was not written')
  return row
}

export async function deletePushSubscription(ctx: UserCtx, endpoint: string): Promise<void> {
  await ctx.db.run(sql`
    DELETE FROM push_subscriptions WHERE endpoint = ${endpoint} AND user_id = ${ctx.actor.userId}`)
}

export const listPushSubscriptions = (ctx: Ctx, userId: string) =>
  ctx.db.all<PushSubscriptionRow>(sql`SELECT ${columns} FROM ${pushSubscriptions} WHERE user_id = ${userId}`)

export async function deletePushEndpoint(ctx: Ctx, id: string): Promise<void> {
  await ctx.db.run(sql`DELETE FROM push_subscriptions WHERE id = ${id}`)
}

export async function updatePushSent(ctx: Ctx, id: string): Promise<void> {
  await ctx.db.run(sql`UPDATE push_subscriptions SET last_sent_at = ${ctx.now()} WHERE id = ${id}`)
}
