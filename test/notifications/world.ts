import { env } from 'cloudflare:workers'
import type { Ctx } from '../../src/app/context'
import { onQueue } from '../../src/app/queue'
import { makeCtx } from '../../src/app/request-context'
import { tell } from '../../src/app/tell'
import type { InboxObject, Notice } from '../../src/inbox/contract'
import type { Mail } from '../../src/mail/adapters/contract'
import { sweepDeliveries } from '../../src/notifications/jobs'
import type { QueueMessage } from '../../src/outbox/contract'
import { remind, sweepEvents } from '../../src/outbox/jobs'

/** What dies with it does nothing any more. */
export class Crash extends Error {}

type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>

const goOn: Step = (_, work) => work()

/** Dies at the nth thing that is asked of the outside, before or after it took place; then everything is dead. */
export function dyingAt(n: number, when: 'before' | 'after') {
  const steps: string[] = []
  let dead = false
  const step: Step = async (name, work) => {
    if (dead) throw new Crash(name)
    steps.push(name)
    const here = steps.length === n
    if (here && when === 'before') dead = true
    if (dead) throw new Crash(name)
    const result = await work()
    if (here) dead = true
    if (dead) throw new Crash(name)
    return result
  }
  return { step, steps, died: () => dead }
}

function steppedDb(db: D1Database, step: Step, count: (...results: D1Result[]) => void): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>()
  const counted = <T extends D1Result>(result: T) => {
    count(result)
    return result
  }
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: () => step('d1', async () => counted(await statement.all())),
      run: () => step('d1', async () => counted(await statement.run())),
      raw: () => step('d1', () => statement.raw()),
      first: () => step('d1', () => statement.first()),
    } as unknown as D1PreparedStatement
    originals.set(wrapped, statement)
    return wrapped
  }
  return {
    prepare: (query: string) => wrap(db.prepare(query)),
    batch: (statements: D1PreparedStatement[]) =>
      step('d1', async () => {
        const results = await db.batch(statements.map((one) => originals.get(one) ?? one))
        count(...results)
        return results
      }),
  } as unknown as D1Database
}

/** The outside of the engine, with real D1 and rooms, and a queue, inboxes and a mail service that only remember. */
export class World {
  now = Date.now()
  readonly queue: QueueMessage[] = []
  readonly notices: { userId: string; notice: Notice }[] = []
  readonly mails: Mail[] = []
  readonly online = new Set<string>()
  readonly studying = new Set<string>()
  mailFails: Error | null = null
  /** What happens, once, while a mail is on its way. */
  whileMailing: (() => Promise<void>) | null = null
  counts = { rowsRead: 0, rowsWritten: 0, trips: 0, queued: 0, rpcs: 0 }
  settings: Record<string, unknown> = {}

  async ctx(step: Step = goOn): Promise<Ctx> {
    const stepped = {
      ...env,
      ...this.settings,
      DB: steppedDb(env.DB, step, (...results) => {
        this.counts.trips += 1
        for (const { meta } of results) {
          this.counts.rowsRead += meta.rows_read
          this.counts.rowsWritten += meta.rows_written
        }
      }),
    } as Env
    const ctx = await makeCtx(stepped, { kind: 'queue' }, { later: () => {} })
    return {
      ...ctx,
      now: () => this.now,
      queue: {
        send: (message) => step('queue', async () => void this.enqueue(message)),
        sendBatch: (messages) => step('queue', async () => messages.forEach(({ body }) => void this.enqueue(body))),
      },
      inbox: (userId) => this.inboxOf(userId, step),
      push: ctx.push && {
        ...ctx.push,
        send: (target, message) => step('push', async () => ctx.push?.send(target, message)),
      },
      mail: {
        name: 'remembers',
        send: (mail) =>
          step('mail', async () => {
            const { whileMailing } = this
            this.whileMailing = null
            await whileMailing?.()
            if (this.mailFails) throw this.mailFails
            this.mails.push(mail)
            return { providerId: null }
          }),
      },
    }
  }

  private enqueue(message: QueueMessage) {
    this.counts.queued += 1
    this.queue.push(message)
  }

  private inboxOf(userId: string, step: Step): InboxObject {
    const notify: InboxObject['notify'] = (notices, options) =>
      step('inbox', async () => {
        this.counts.rpcs += 1
        const studying = this.studying.has(userId)
        if (studying && options?.unlessStudying) return { heard: false, studying }
        for (const notice of notices) this.notices.push({ userId, notice })
        return { heard: this.online.has(userId) && notices.length > 0, studying }
      })
    return { notify } as InboxObject
  }

  /** Does what is queued until nothing is, or this often. */
  async drain(step?: Step, rounds = 200): Promise<void> {
    for (let round = 0; round < rounds && this.queue.length > 0; round += 1) {
      const bodies = this.queue.splice(0, 10)
      const messages = bodies.map((body, n) => ({
        id: `m${n}`,
        timestamp: new Date(this.now),
        attempts: 1,
        body,
        ack: () => {},
        retry: () => {},
      }))
      await onQueue(await this.ctx(step), { queue: 'studyhall-events', messages } as unknown as MessageBatch)
    }
  }

  /** One minute after the other: what cron does for notifications, and what it queues. */
  async pass(minutes: number, step?: Step): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.now += 60_000
      await this.tick(step)
    }
  }

  /** One run of cron, and of the queue. */
  async tick(step?: Step): Promise<void> {
    const ctx = await this.ctx()
    for (const job of [remind, sweepEvents, sweepDeliveries]) await job(ctx)
    await tell(ctx)
    await this.drain(step)
  }

  noticesOf(userId: string): Notice[] {
    return this.notices.filter((one) => one.userId === userId).map(({ notice }) => notice)
  }

  mailsTo(address: string): Mail[] {
    return this.mails.filter(({ to }) => to.address === address)
  }
}
