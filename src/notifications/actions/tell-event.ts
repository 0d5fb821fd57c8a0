import type { Ctx } from '../../app/context'
import type { Notice } from '../../inbox/contract'
import { enqueue } from '../../outbox/actions'
import type { QueueMessage } from '../../outbox/contract'
import { reach } from '../../shared/reach'
import { kinds, ways } from '../contract'
import type { EventRow } from '../event-store'
import { decide, presentWaitMs, studyHoldMs, waitsForStudy } from '../rules'
import {
  findNextRecipients,
  insertLog,
  type NewLogRow,
  peopleAtOnce,
  type Recipient,
  updateCursor,
  updateHeld,
} from '../telling-store'
import { wordsFor } from '../texts/words'
import { deliver } from './deliver'
import { standingOf } from './standing'

/**
 * Tells the next recipients of an event, at most fifty: decides for each of them and each way, writes that down, shows
 * it to who is there, and moves on. Whatever step it dies at, doing it again ends the same: what was written stays, and
 * the event moves on last.
 * @returns whether that were all
 */
export async function tellEvent(ctx: Ctx, eventId: string): Promise<boolean> {
  const found = await findNextRecipients(ctx, eventId)
  if (!found) return true
  const { event, recipients } = found
  const told = 'told' in event.facts ? (event.facts.told ?? []) : []
  const others = recipients.filter(({ userId }) => userId !== event.actorId && !told.includes(userId))
  if (others.length > 0) await tellPeople(ctx, event, others)
  const last = recipients.at(-1)?.userId ?? event.cursor
  const done = recipients.length < peopleAtOnce
  const isMoved = await updateCursor(ctx, event, last, done)
  if (kinds[event.type].category === 'security') await Promise.all(others.map((person) => mailNow(ctx, person)))
  return isMoved ? done : true
}

/** The safety of an account waits neither for more mail nor for the sweep, which repairs what goes wrong here. */
async function mailNow(ctx: Ctx, { userId }: Recipient): Promise<void> {
  try {
    await deliver(ctx, userId, 'mail')
  } catch (error) {
    ctx.log.warn('notification.not_mailed', { userId, error: String(error).split('\nparams:')[0] })
  }
}

async function tellPeople(ctx: Ctx, event: EventRow, people: Recipient[]): Promise<void> {
  const { category } = kinds[event.type]
  const told = await insertLog(
    ctx,
    event,
    category,
    people.flatMap((person) => decisionsFor(ctx, event, person)),
    people.map(({ userId }) => userId),
  )
  const screens = new Set(
    told.filter(({ channel, state }) => channel === 'app' && state === 'sent').map(({ userId }) => userId),
  )
  const heard = await Promise.all(
    people.filter(({ userId }) => screens.has(userId)).map((person) => showAtOnce(ctx, event, person)),
  )
  const studying = heard.filter((one) => one.studying).map(({ userId }) => userId)
  const looking = heard.filter((one) => one.heard && !one.studying).map(({ userId }) => userId)
  const now = ctx.now()
  if (studying.length > 0)
    await updateHeld(ctx, event.id, {
      userIds: studying,
      channels: [...ways],
      dueAt: now + studyHoldMs,
      reason: 'studying',
    })
  if (looking.length > 0 && category !== 'security')
    await updateHeld(ctx, event.id, {
      userIds: looking,
      channels: ['push'],
      dueAt: now + presentWaitMs,
      reason: 'present',
    })
  const waiting = new Set([...studying, ...(category === 'security' ? [] : looking)])
  const pushes = told.filter(
    ({ userId, channel, state, dueAt }) =>
      channel === 'push' && state === 'held' && (dueAt ?? 0) <= now && !waiting.has(userId),
  )
  await enqueue(
    ctx,
    pushes.map(({ userId }): QueueMessage => ({ kind: 'deliver', userId, channel: 'push' })),
  )
}

const decisionsFor = (ctx: Ctx, event: EventRow, person: Recipient): NewLogRow[] => {
  const standing = standingOf(ctx, event, person, person)
  return ways.map((way) => ({ userId: person.userId, channel: way, ...decide(way, standing, ctx.now()) }))
}

/** What a person's screens are told of an event. */
export function noticeOf(event: EventRow, reading: { locale: string; timezone: string }): Notice {
  const { messageId } = 'messageId' in event.facts ? event.facts : { messageId: undefined }
  return {
    id: event.id,
    type: event.type,
    ...wordsFor(event, reading),
    subject: {
      ...(event.channelId === null ? {} : { channelId: event.channelId }),
      ...(event.actorId === null ? {} : { userId: event.actorId }),
      ...(event.subjectId === null ? {} : { id: event.subjectId }),
      ...(messageId === undefined ? {} : { messageId }),
    },
    createdAt: new Date(event.createdAt).toISOString(),
  }
}

/** An inbox that cannot be reached keeps nobody else waiting: the notification is in the list. */
async function showAtOnce(ctx: Ctx, event: EventRow, person: Recipient) {
  const { userId } = person
  const quiet = person.quietWhileStudying && waitsForStudy(kinds[event.type].category)
  try {
    const answer = await reach(
      () => ctx.inbox(userId).notify([noticeOf(event, person)], { unlessStudying: quiet }),
      (error) => ctx.log.warn('inbox.unreachable', { userId, error: String(error) }),
    )
    return { userId, heard: answer.heard, studying: quiet && answer.studying }
  } catch (error) {
    ctx.log.warn('notification.not_shown', { userId, eventId: event.id, error: String(error) })
    return { userId, heard: false, studying: false }
  }
}
