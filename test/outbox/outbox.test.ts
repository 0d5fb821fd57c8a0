import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Ctx, UserCtx } from '../../src/app/context'
import { onCron } from '../../src/app/cron'
import { makeCtx } from '../../src/app/request-context'
import worker from '../../src/index'
import { tellEvent } from '../../src/notifications/actions/tell-event'
import { enqueueDueEvents, recordEvent, takeEvents, takeRecorded, withdrawEvents } from '../../src/outbox/actions'
import type { QueueMessage, StoredEvent } from '../../src/outbox/contract'
import { replayDeadLetter } from '../../src/outbox/dead-letters/actions'
import { cancelReminders, fireDueReminders, scheduleReminder } from '../../src/outbox/reminders/actions'
import { fireReminders } from '../../src/outbox/reminders/store'
import { newId } from '../../src/shared/ids'
import { auditOf, rows } from '../support/accounts'
import { call, type Person, signUp } from '../support/people'

let ada: Person
let ben: Person
let admin: Person

beforeAll(async () => {
  ada = await signUp()
  ben = await signUp()
  admin = await signUp({ role: 'admin' })
})

/** A context whose queue only notes what is sent, at a time of the test's choosing. */
async function ctxAt(now: () => number = Date.now) {
  const sent: QueueMessage[] = []
  const ctx = await makeCtx(env, { kind: 'cron' }, { later: () => {} })
  const queue: Ctx['queue'] = {
    send: async (message) => sent.push(message),
    sendBatch: async (messages) => sent.push(...messages.map(({ body }) => body)),
  }
  return { ctx: { ...ctx, queue, now } as Ctx, sent }
}

const eventsAbout = (subjectId: string) =>
  rows('SELECT id, type, recipients, next_at, withdrawn_at FROM outbox WHERE subject_id = ?', subjectId)

const asked = (subjectId: string, to: string[] | 'moderators' = [ben.id]) =>
  ({ type: 'friend.requested', to, actorId: ada.id, subjectId, facts: {} }) as const

describe('an event', () => {
  test('is one row in the batch of its cause, and none where the cause was refused or nobody is to hear', async () => {
    const { ctx } = await ctxAt()
    const refused = ctx.newId('friendRequest')
    const no = sql`EXISTS (SELECT 1 FROM users WHERE id = 'usr_nobody')`
    await ctx.db.batch([
      recordEvent(ctx, asked('freq_1')),
      recordEvent(ctx, asked(refused), no),
      recordEvent(ctx, asked('freq_nobody', [])),
    ])
    expect(await eventsAbout('freq_1')).toMatchObject([
      { type: 'friend.requested', recipients: JSON.stringify([ben.id]) },
    ])
    expect(await eventsAbout(refused)).toEqual([])
    expect(await eventsAbout('freq_nobody')).toEqual([])
    // Of what was never written there is nothing to tell.
    for (const id of takeRecorded(ctx)) expect(await tellEvent(ctx, id)).toBe(true)
    expect(await rows('SELECT 1 FROM notification_log WHERE user_id = ?', ben.id)).toHaveLength(3)
    expect(takeRecorded(ctx)).toEqual([])
  })

  test('of a batch that failed is not told of', async () => {
    const { ctx } = await ctxAt()
    const failing = ctx.db.run(sql`INSERT INTO users (id) VALUES (NULL)`)
    await expect(ctx.db.batch([recordEvent(ctx, asked('freq_failed')), failing])).rejects.toThrow()
    expect(await eventsAbout('freq_failed')).toEqual([])
  })

  test('that no request told of is sent to the queue by the sweep, once for overlapping runs, and later each time', async () => {
    let now = Date.now()
    const { ctx, sent } = await ctxAt(() => now)
    await ctx.db.batch([recordEvent(ctx, asked('freq_lost'))])
    const [{ id } = { id: '' }] = await eventsAbout('freq_lost')
    const mine = () => sent.filter((message) => message.kind === 'event' && message.eventId === id).length
    await enqueueDueEvents(ctx, 500)
    expect(mine()).toBe(0)
    now += 31_000
    await Promise.all([1, 2, 3, 4].map(() => enqueueDueEvents(ctx, 500)))
    expect(mine()).toBe(1)
    now += 59_000
    await enqueueDueEvents(ctx, 500)
    expect(mine()).toBe(1)
    now += 2000
    await enqueueDueEvents(ctx, 500)
    expect(mine()).toBe(2)
    now += 61_000
    await enqueueDueEvents(ctx, 500)
    expect(mine()).toBe(2)
  })

  test('is withdrawn with what it is about', async () => {
    const { ctx } = await ctxAt()
    await ctx.db.batch([recordEvent(ctx, asked('freq_gone')), recordEvent(ctx, asked('freq_stays'))])
    await ctx.db.batch([withdrawEvents(ctx, 'freq_gone')])
    expect(await eventsAbout('freq_gone')).toMatchObject([{ withdrawn_at: expect.any(Number) }])
    expect(await eventsAbout('freq_stays')).toMatchObject([{ withdrawn_at: null }])
  })

  test('from a room comes once, however often the room repeats it', async () => {
    const { ctx } = await ctxAt()
    const event: StoredEvent<'message.direct'> = {
      id: newId('event'),
      type: 'message.direct',
      actorId: ada.id,
      channelId: newId('conversation'),
      subjectId: 'msg_1',
      audience: 'listed',
      recipients: [ben.id],
      facts: { messageId: 'msg_1', seq: 3 },
      createdAt: 5,
      expiresAt: null,
    }
    await takeEvents(ctx, [event])
    await takeEvents(ctx, [event])
    const [row, ...more] = await rows('SELECT * FROM outbox WHERE id = ?', event.id)
    expect(more).toEqual([])
    expect(row).toMatchObject({
      actor_id: ada.id,
      channel_id: event.channelId,
      recipients: JSON.stringify([ben.id]),
      facts: JSON.stringify(event.facts),
      created_at: 5,
      expires_at: null,
    })
  })
})

describe('a reminder', () => {
  const due = (subjectId: string, dueAt: number, userId = ben.id) =>
    ({
      subjectId,
      userId,
      kind: 'due',
      type: 'todo.due',
      facts: { todoId: subjectId, text: 'Read chapter 3', dueAt },
      dueAt,
    }) as const

  test('becomes one event at its time, however many runs overlap', async () => {
    let now = Date.now()
    const { ctx } = await ctxAt(() => now)
    const subjects = Array.from({ length: 40 }, (_, n) => `todo_${n}`)
    await ctx.db.batch(subjects.map((id) => scheduleReminder(ctx, due(id, now + 1000))) as never)
    await fireDueReminders(ctx, 100)
    expect(await eventsAbout('todo_0')).toEqual([])
    now += 1000
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => fireDueReminders(ctx, 100)))
    const fired = await rows(`SELECT subject_id, count(*) AS n FROM outbox WHERE type = 'todo.due' GROUP BY subject_id`)
    expect(fired).toHaveLength(40)
    expect(fired.every(({ n }) => n === 1)).toBe(true)
    expect(await rows('SELECT * FROM reminders')).toEqual([])
  })

  test('is cancelled by what makes it moot, and moved by scheduling it again', async () => {
    let now = Date.now()
    const { ctx } = await ctxAt(() => now)
    await ctx.db.batch([
      scheduleReminder(ctx, due('todo_done', now + 1000)),
      scheduleReminder(ctx, due('todo_moved', now + 1000)),
      scheduleReminder(ctx, due('todo_shared', now + 1000, ada.id)),
      scheduleReminder(ctx, due('todo_shared', now + 1000, ben.id)),
    ])
    await ctx.db.batch([
      cancelReminders(ctx, { subjectId: 'todo_done' }),
      scheduleReminder(ctx, due('todo_moved', now + 60_000)),
      cancelReminders(ctx, { subjectId: 'todo_shared', userId: ada.id }),
    ])
    now += 2000
    await fireDueReminders(ctx, 100)
    // A run that had read where it was due before it was moved.
    const asRead = { ...due('todo_moved', now - 1000), eventId: newId('event') }
    await fireReminders(ctx, [asRead])
    expect(await eventsAbout('todo_done')).toEqual([])
    expect(await eventsAbout('todo_moved')).toEqual([])
    expect(await eventsAbout('todo_shared')).toMatchObject([{ recipients: JSON.stringify([ben.id]) }])
    now += 60_000
    await fireDueReminders(ctx, 100)
    expect(await eventsAbout('todo_moved')).toHaveLength(1)
  })

  test('is found by its time, however many wait', async () => {
    const plan = await rows(
      'EXPLAIN QUERY PLAN SELECT subject_id, user_id, kind, due_at FROM reminders WHERE due_at <= 5 ORDER BY due_at LIMIT 100',
    )
    expect(plan.map(({ detail }) => detail)).toEqual(['SEARCH reminders USING INDEX reminders_due (due_at<?)'])
  })
})

describe('dead letters', () => {
  async function deliver(queue: string, body: unknown, attempts = 1) {
    const id = newId('change')
    const batch = createMessageBatch(queue, [{ id, timestamp: new Date(), attempts, body }])
    const execution = createExecutionContext()
    await worker.queue(batch, env, execution)
    return { id, result: await getQueueResult(batch, execution) }
  }

  test('a message that nobody understands is tried again, and does not hold up others', async () => {
    const { result } = await deliver('studyhall-events', { kind: 'nonsense' })
    expect(result.explicitAcks).toEqual([])
    expect(result.retryMessages).toHaveLength(1)
  })

  test('what the queue gives up on is stored once, and listed for admins only', async () => {
    const { id, result } = await deliver('studyhall-dead-letters', { kind: 'nonsense', n: 1 }, 4)
    expect(result.ackAll).toBe(true)
    const batch = createMessageBatch('studyhall-dead-letters', [{ id, timestamp: new Date(), attempts: 4, body: 7 }])
    await worker.queue(batch, env, createExecutionContext())
    expect(await rows('SELECT body FROM dead_letters WHERE id = ?', id)).toEqual([
      { body: '{"kind":"nonsense","n":1}' },
    ])
    const { body } = await admin.call('GET', '/admin/dead-letters')
    expect(body.data[0]).toMatchObject({ id, body: { kind: 'nonsense', n: 1 }, attempts: 4, replayedAt: null })
    for (const path of ['/admin/dead-letters', `/admin/dead-letters/${id}/replay`]) {
      const method = path.endsWith('replay') ? 'POST' : 'GET'
      expect((await ada.call(method, path)).status).toBe(403)
      expect((await call(method, path)).status).toBe(401)
    }
    expect(await auditOf(id)).toEqual([])
  })

  test('they are listed page by page, the newest first', async () => {
    for (let n = 0; n < 3; n += 1) await deliver('studyhall-dead-letters', { kind: 'event', eventId: `evt_${n}` })
    const first = await admin.call('GET', '/admin/dead-letters?limit=2')
    expect(first.body.data).toHaveLength(2)
    const second = await admin.call('GET', `/admin/dead-letters?limit=2&cursor=${first.body.nextCursor}`)
    const ids = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect((await admin.call('GET', '/admin/dead-letters?cursor=nonsense')).body.code).toBe('page.bad_cursor')
  })

  test('an event that was tried too often is one, and is told of when it is sent again', async () => {
    let now = Date.now()
    const { ctx, sent } = await ctxAt(() => now)
    await ctx.db.batch([recordEvent(ctx, asked('freq_hard'))])
    const [{ id } = { id: '' }] = await eventsAbout('freq_hard')
    for (let tries = 0; tries < 18; tries += 1) {
      now += 7 * 60 * 60_000
      await enqueueDueEvents(ctx, 500)
    }
    expect(sent.filter((message) => message.kind === 'event' && message.eventId === id)).toHaveLength(16)
    const { data } = (await admin.call('GET', '/admin/dead-letters')).body
    expect(data.find((letter: { id: string }) => letter.id === id)).toMatchObject({
      ...{ body: { kind: 'event', eventId: id }, attempts: 16, replayedAt: null },
    })
    const log = () => rows('SELECT channel FROM notification_log WHERE event_id = ?', String(id))
    await tellEvent(ctx, String(id))
    expect(await log()).toEqual([])
    expect((await admin.call('POST', `/admin/dead-letters/${id}/replay`)).status).toBe(200)
    expect(await eventsAbout('freq_hard')).toMatchObject([{ next_at: expect.any(Number) }])
    await tellEvent(ctx, String(id))
    expect(await log()).toHaveLength(3)
    expect(await eventsAbout('freq_hard')).toMatchObject([{ next_at: null }])
  })

  test('what everybody was told of is not told anew by a letter that is sent again', async () => {
    const { ctx } = await ctxAt()
    await ctx.db.batch([recordEvent(ctx, asked('freq_told'))])
    const [{ id: eventId } = { id: '' }] = await eventsAbout('freq_told')
    await tellEvent(ctx, String(eventId))
    const { id } = await deliver('studyhall-dead-letters', { kind: 'event', eventId })
    expect((await admin.call('POST', `/admin/dead-letters/${id}/replay`)).status).toBe(200)
    expect(await eventsAbout('freq_told')).toMatchObject([{ next_at: null }])
  })

  test('one is sent again once, with an audit row; again is refused and leaves none', async () => {
    const { id } = await deliver('studyhall-dead-letters', { kind: 'event', eventId: 'evt_replayed' })
    const { ctx, sent } = await ctxAt()
    const actor = { kind: 'user', userId: admin.id } as UserCtx['actor']
    const replayed = await replayDeadLetter({ ...ctx, actor }, id)
    expect(sent).toEqual([{ kind: 'event', eventId: 'evt_replayed' }])
    expect(replayed).toMatchObject({ replayedAt: expect.any(String), replayedBy: admin.id })
    expect((await admin.call('POST', `/admin/dead-letters/${id}/replay`)).body.code).toBe(
      'dead_letter.already_replayed',
    )
    expect(await auditOf(id)).toEqual(['dead_letter.replayed'])
    expect((await admin.call('POST', '/admin/dead-letters/none/replay')).status).toBe(404)
  })

  test('of several who send one again in the same moment, one has done it', async () => {
    const { id } = await deliver('studyhall-dead-letters', { kind: 'event', eventId: 'evt_twice' })
    const { ctx } = await ctxAt()
    const actor = { kind: 'user', userId: admin.id } as UserCtx['actor']
    const replays = [1, 2, 3].map(() => replayDeadLetter({ ...ctx, actor }, id))
    const replayed = (await Promise.allSettled(replays)).filter(({ status }) => status === 'fulfilled')
    expect(replayed).toHaveLength(1)
    expect(await auditOf(id)).toEqual(['dead_letter.replayed'])
  })
})

test('cron forgets events and dead letters after 90 days', async () => {
  const { ctx } = await ctxAt(() => Date.now() - 91 * 24 * 60 * 60_000)
  const old = 'evt_00000000000000000000000001'
  await takeEvents(ctx, [
    {
      ...asked('freq_old'),
      id: old,
      channelId: null,
      audience: 'listed',
      recipients: [ben.id],
      createdAt: ctx.now(),
      expiresAt: null,
    },
  ])
  await onCron((await ctxAt()).ctx)
  expect(await rows('SELECT id FROM outbox WHERE id = ?', old)).toEqual([])
  expect((await rows('SELECT count(*) AS n FROM outbox'))[0]?.n).toBeGreaterThan(0)
})
