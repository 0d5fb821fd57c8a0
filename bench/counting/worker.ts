/**
 * Studyhall with counters around it: the same Worker and the same objects, started by the bench where counts that need
 * no clock are wanted. Never deployed. `GET /__bench/counts` tells and resets; `POST /__bench/sql` runs statements;
 * `POST /__bench/hasten` lets objects do now what they have planned.
 */
import worker, { UserInbox as RealInbox, StudyRoom as RealRoom } from '../../src/index'
import { counts, duringEvent, type ObjectEvent, readCounts, uncounted, watchStorage, watchTimers } from './counts'
import { countingDb } from './database'

watchTimers()

const counted = new WeakMap<Env, Env>()

function withCounters(env: Env): Env {
  let wrapped = counted.get(env)
  if (!wrapped) {
    wrapped = { ...env, DB: countingDb(env.DB) }
    counted.set(env, wrapped)
  }
  return wrapped
}

export class StudyRoom extends RealRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx)
    counts.object.constructed += 1
    super(ctx, withCounters(env))
  }

  async hasten(kind: string): Promise<void> {
    hasten(this.ctx, kind)
  }
}

export class UserInbox extends RealInbox {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx)
    counts.object.constructed += 1
    super(ctx, withCounters(env))
  }

  async hasten(kind: string): Promise<void> {
    hasten(this.ctx, kind)
  }
}

function hasten({ storage }: DurableObjectState, kind: string): void {
  uncounted(() => {
    storage.sql.exec('UPDATE due SET at = ? WHERE kind = ?', Date.now(), kind)
    void storage.setAlarm(Date.now())
  })
}

/** What the runtime calls by itself; whatever else an object offers is called by the Worker or another object. */
const byRuntime: Record<string, ObjectEvent> = {
  fetch: 'fetches',
  webSocketMessage: 'socketMessages',
  webSocketClose: 'socketCloses',
  alarm: 'alarms',
}

/** Methods of the objects' own, which nobody calls from outside. */
const inside = new Set([
  'constructor',
  'webSocketError',
  'makeRoom',
  'prove',
  'read',
  'purge',
  'open',
  'begin',
  'tellOfStudy',
])

/** Puts the counters around each method that is called from outside. */
function countEvents(counting: typeof StudyRoom | typeof UserInbox, real: object): void {
  for (const name of Object.getOwnPropertyNames(real).filter((name) => !inside.has(name))) {
    const method: unknown = Reflect.get(real, name)
    if (typeof method !== 'function') continue
    Object.defineProperty(counting.prototype, name, {
      value(this: { ctx: DurableObjectState }, ...args: unknown[]) {
        const act = () => Reflect.apply(method, this, args)
        return duringEvent(this.ctx, byRuntime[name] ?? 'rpc', counting === StudyRoom, act)
      },
    })
  }
}

countEvents(StudyRoom, RealRoom.prototype)
countEvents(UserInbox, RealInbox.prototype)

export default {
  ...worker,
  async fetch(request, env, execution) {
    const { pathname } = new URL(request.url)
    if (pathname === '/__bench/counts') return Response.json(readCounts())
    if (pathname === '/__bench/sql') {
      const statements: string[] = await request.json()
      const results = await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)))
      return Response.json(results.map(({ results: rows }) => rows))
    }
    if (pathname === '/__bench/hasten') {
      const { kind, room, userIds }: { kind: string; room: string; userIds: string[] } = await request.json()
      const stubs = [env.STUDY_ROOM.getByName(room), ...userIds.map((id) => env.USER_INBOX.getByName(id))]
      for (const stub of stubs) await (stub as unknown as { hasten(kind: string): Promise<void> }).hasten(kind)
      return new Response(null, { status: 204 })
    }
    counts.requests += 1
    return worker.fetch(request, withCounters(env), execution)
  },
} satisfies ExportedHandler<Env>
