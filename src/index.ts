import { WorkerEntrypoint } from 'cloudflare:workers'
import { answer } from './app/api'
import { onCron } from './app/cron'
import { onQueue } from './app/queue'
import { makeCtx } from './app/request-context'
import { tellForRoom } from './app/tell'
import { endStudyQuiet } from './notifications/actions/hold'
import type { StoredEvent } from './outbox/contract'

export { StudyRoom } from '../durable-objects/study-room'
export { UserInbox } from '../durable-objects/user-inbox'

/** What a room's object asks of the Worker: to tell others of what was said there. */
export class RoomEvents extends WorkerEntrypoint<Env> {
  async take(events: StoredEvent[]): Promise<void> {
    const later = (work: Promise<unknown>) => this.ctx.waitUntil(work)
    await tellForRoom(await makeCtx(this.env, { kind: 'queue' }, { later }), events)
  }
}

/** What a person's object asks of the Worker: to tell them now what was held back while they studied. */
export class StudyQuiet extends WorkerEntrypoint<Env> {
  async end(userId: string): Promise<void> {
    const later = (work: Promise<unknown>) => this.ctx.waitUntil(work)
    await endStudyQuiet(await makeCtx(this.env, { kind: 'queue' }, { later }), userId)
  }
}

export default {
  fetch: answer,
  async queue(batch, env, execution) {
    await onQueue(await makeCtx(env, { kind: 'queue' }, { later: (work) => execution.waitUntil(work) }), batch)
  },
  async scheduled(_controller, env, execution) {
    await onCron(await makeCtx(env, { kind: 'cron' }, { later: (work) => execution.waitUntil(work) }))
  },
} satisfies ExportedHandler<Env>
