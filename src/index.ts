import { app } from './app/api'
import { onCron } from './app/cron'
import { onQueue } from './app/queue'
import { makeCtx } from './app/request-context'

export { StudyRoom } from '../durable-objects/study-room'
export { UserInbox } from '../durable-objects/user-inbox'

export default {
  fetch: app.fetch,
  async queue(batch, env, execution) {
    await onQueue(await makeCtx(env, { kind: 'queue' }, { later: (work) => execution.waitUntil(work) }), batch)
  },
  async scheduled(_controller, env, execution) {
    await onCron(await makeCtx(env, { kind: 'cron' }, { later: (work) => execution.waitUntil(work) }))
  },
} satisfies ExportedHandler<Env>
