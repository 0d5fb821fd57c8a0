import type { Ctx } from '../../app/context'
import { enqueue } from '../../outbox/actions'
import type { Way } from '../contract'
import {
  claimDelivery,
  claimDueDeliveries,
  findHeld,
  type HeldRow,
  type Lease,
  postponeDelivery,
  type Settled,
  settleDelivery,
} from '../delivery-store'
import type { Reader } from '../event-store'
import { backoffMs, decideAgain, mailWaitMs, maxTries, perDelivery } from '../rules'
import { readSaid } from './read-said'
import { sendDigest } from './send-digest'
import { sendPush } from './send-push'
import { showSummary } from './show-summary'
import { standingOf } from './standing'

/** One notification that is to be delivered now, with the words of the message that it is about, if there are any. */
export interface Due {
  held: HeldRow
  said: string | null
}

/** How a delivery ended: for good or for now. */
export type Outcome = { ok: true } | { ok: false; retry: boolean; reason: string }

/** Brings several notifications to one person, as one mail, push or line on a screen. */
export type Deliver = (ctx: Ctx, lease: Lease, reader: Reader, due: Due[]) => Promise<Outcome>

const delivers: Record<Way, Deliver> = { app: showSummary, mail: sendDigest, push: sendPush }

/**
 * Delivers what is due for a person in one way, all of it as one. Everything is decided again: what was read, deleted,
 * muted, blocked or switched off meanwhile is dropped, and what has to wait waits on.
 */
export async function deliver(ctx: Ctx, userId: string, way: Way): Promise<void> {
  const lease = await claimDelivery(ctx, userId, way)
  if (!lease) return
  const { reader, held } = await findHeld(ctx, lease, { within: way === 'mail' ? mailWaitMs : 0, limit: perDelivery })
  if (!reader || held.length === 0) return settleDelivery(ctx, lease, [])
  const { due, settled, outcome } = await attempt(ctx, lease, reader, held)
  if (!outcome.ok && outcome.retry && lease.tries < maxTries) {
    // What was decided otherwise is settled with the try that succeeds: until then all of it stays together.
    await postponeDelivery(ctx, lease, ctx.now() + backoffMs(lease.tries))
    return
  }
  const state = outcome.ok ? ('sent' as const) : ('failed' as const)
  const reason = outcome.ok ? null : outcome.reason
  const delivered = due.map(({ held: { event } }) => ({ eventId: event.id, state, reason, dueAt: null }))
  await settleDelivery(ctx, lease, [...settled, ...delivered])
  if (!outcome.ok) ctx.log.warn('notification.not_delivered', { userId, way, reason: outcome.reason })
}

/** What breaks on the way is a failed try: it comes again later, and in the end gives way to what waits behind it. */
async function attempt(
  ctx: Ctx,
  lease: Lease,
  reader: Reader,
  held: HeldRow[],
): Promise<{ due: Due[]; settled: Settled[]; outcome: Outcome }> {
  const { userId, way } = lease
  try {
    const { due, settled } = await decideAll(ctx, lease, reader, held)
    const outcome: Outcome = due.length === 0 ? { ok: true } : await delivers[way](ctx, lease, reader, due)
    return { due, settled, outcome }
  } catch (error) {
    ctx.log.error('notification.broke', { userId, way, tries: lease.tries, error: String(error).split('\nparams:')[0] })
    const due = held.map((row) => ({ held: row, said: null }))
    return { due, settled: [], outcome: { ok: false, retry: true, reason: 'broken' } }
  }
}

async function decideAll(ctx: Ctx, lease: Lease, reader: Reader, held: HeldRow[]) {
  const { way, userId } = lease
  const studying = reader.quietWhileStudying && (await isStudying(ctx, userId))
  const due: Due[] = []
  const settled: Settled[] = []
  for (const row of held) {
    const { text, isThere, isDeleted } =
      way === 'app' ? { text: null, isThere: true, isDeleted: false } : await readSaid(ctx, userId, row)
    const { isBlocked, isMuted, isRead } = row
    const more = { isBlocked, isMuted, isRead, isThere, isDeleted, studying }
    const decision = decideAgain(way, standingOf(ctx, row.event, reader, more), ctx.now())
    if (decision.state === 'sent') due.push({ held: row, said: text })
    else settled.push({ eventId: row.event.id, ...decision })
  }
  return { due, settled }
}

async function isStudying(ctx: Ctx, userId: string): Promise<boolean> {
  try {
    return (await ctx.inbox(userId).notify([], { unlessStudying: true })).studying
  } catch (error) {
    ctx.log.warn('inbox.unreachable', { userId, error: String(error) })
    return false
  }
}

/** Sends to the queue what is due. */
export async function enqueueDueDeliveries(ctx: Ctx, limit: number): Promise<void> {
  const due = await claimDueDeliveries(ctx, limit)
  await enqueue(
    ctx,
    due.map(({ userId, way }) => ({ kind: 'deliver', userId, channel: way })),
  )
  if (due.length > 0) ctx.log.info('notifications.swept', { deliveries: due.length })
}
