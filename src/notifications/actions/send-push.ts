import type { Ctx } from '../../app/context'
import { PushFailure, type PushMessage } from '../adapters/contract'
import { deletePushEndpoint, listPushSubscriptions, updatePushSent } from '../push-store'
import type { PushSubscriptionRow } from '../tables'
import { textsFor, wordsFor } from '../texts/words'
import type { Deliver, Due, Outcome } from './deliver'

const dayS = 24 * 60 * 60
const dayMs = 1000 * dayS

/** How much of a message's words goes into a push. */
const excerptLength = 160

/** To every browser of the person. One that is gone is forgotten; it is delivered when one has it, or none is left. */
export const sendPush: Deliver = async (ctx, { deliveryId, userId }, reader, due) => {
  const { push } = ctx
  if (!push) return { ok: false, retry: false, reason: 'off' }
  const message = messageOf(ctx, deliveryId, due, reader)
  const subscriptions = await listPushSubscriptions(ctx, userId)
  const outcomes = await Promise.all(subscriptions.map((one) => sendTo(ctx, push, one, message)))
  if (outcomes.some(({ ok }) => ok)) return { ok: true }
  return (
    outcomes.find((one) => !one.ok && one.retry) ??
    outcomes[0] ?? { ok: false, retry: false, reason: 'no_subscription' }
  )
}

async function sendTo(
  ctx: Ctx,
  push: NonNullable<Ctx['push']>,
  subscription: PushSubscriptionRow,
  message: PushMessage,
): Promise<Outcome> {
  try {
    await push.send(subscription, message)
    // Once a day is enough to see whether a browser is still there.
    if (ctx.now() - (subscription.lastSentAt ?? 0) >= dayMs) await updatePushSent(ctx, subscription.id)
    return { ok: true }
  } catch (error) {
    const failure = error instanceof PushFailure ? error : new PushFailure('temporary', 'the adapter broke')
    ctx.log.warn('push.not_sent', { subscriptionId: subscription.id, kind: failure.kind, reason: failure.message })
    if (failure.kind === 'gone') await deletePushEndpoint(ctx, subscription.id)
    return { ok: false, retry: failure.kind === 'temporary', reason: failure.kind }
  }
}

function messageOf(
  ctx: Ctx,
  deliveryId: string,
  due: Due[],
  reader: { locale: string; timezone: string },
): PushMessage {
  const urgent = due.some(({ held }) => held.category === 'security')
  const [first] = due
  const texts = textsFor(reader.locale)
  const words = due.map(({ held: { event } }) => wordsFor(event, reader))
  const only = due.length === 1 && first ? { ...words[0], said: first.said } : null
  const ends = due.map(({ held: { event } }) => event.expiresAt).filter((at) => at !== null)
  const ttl = ends.length === due.length ? Math.max(0, Math.floor((Math.max(...ends) - ctx.now()) / 1000)) : dayS
  return {
    topic: deliveryId.replace('_', '').slice(0, 32),
    ttl: Math.min(ttl, dayS),
    urgency: urgent ? 'high' : 'normal',
    payload: {
      id: deliveryId,
      title: only?.title ?? texts.several(due.length),
      body: only
        ? excerpt(only.said ?? only.text ?? '')
        : excerpt(
            words
              .slice(0, 3)
              .map(({ title }) => title)
              .join('\n'),
          ),
      count: due.length,
      type: first?.held.event.type ?? '',
      channelId: first?.held.event.channelId ?? null,
    },
  }
}

const excerpt = (text: string) =>
  text.length <= excerptLength ? text : `${text.slice(0, excerptLength).toWellFormed()}…`
