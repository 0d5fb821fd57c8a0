import type { Ctx, UserCtx } from '../../app/context'
import { notificationErrors } from '../errors'
import { deletePushSubscription, upsertPushSubscription } from '../push-store'
import type { PushSubscriptionInput } from '../schemas'

/** @throws push.unavailable */
function requirePush(ctx: Ctx) {
  if (!ctx.push) throw notificationErrors.pushUnavailable()
  return ctx.push
}

/** The key that a browser wants when it subscribes. @throws push.unavailable */
export const showVapidKey = (ctx: Ctx) => ({ publicKey: requirePush(ctx).publicKey })

/** From now on this browser is told, and as the caller's. @throws push.unavailable, push.endpoint_refused */
export async function subscribePush(ctx: UserCtx, { endpoint, keys }: PushSubscriptionInput) {
  if (!requirePush(ctx).accepts(endpoint)) throw notificationErrors.pushEndpointRefused()
  const row = await upsertPushSubscription(ctx, { endpoint, ...keys }, ctx.config.PUSH_SUBSCRIPTIONS_PER_USER)
  return { id: row.id, endpoint: row.endpoint, device: row.device, createdAt: new Date(row.createdAt).toISOString() }
}

/** This browser is told no more. Where it was not, nothing happens. */
export const unsubscribePush = deletePushSubscription
