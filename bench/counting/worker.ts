/**
 * Studyhall with counters around it: the same Worker and the same object, started by the bench where counts that need
 * no clock are wanted. Never deployed. `GET /__bench/counts` tells and resets.
 */
import worker, { StudyRoom as RealRoom } from '../../src/index'
import { counts, duringEvent, readCounts, watchSql } from './counts'
import { countingDb } from './database'

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
    watchSql(ctx)
    counts.object.constructed += 1
    super(ctx, withCounters(env))
  }

  override apply(...args: Parameters<RealRoom['apply']>) {
    return duringEvent(this.ctx, 'rpc', () => super.apply(...args))
  }

  override issueTicket(...args: Parameters<RealRoom['issueTicket']>) {
    return duringEvent(this.ctx, 'rpc', () => super.issueTicket(...args))
  }

  override command(...args: Parameters<RealRoom['command']>) {
    return duringEvent(this.ctx, 'rpc', () => super.command(...args))
  }

  override listMessages(...args: Parameters<RealRoom['listMessages']>) {
    return duringEvent(this.ctx, 'rpc', () => super.listMessages(...args))
  }

  override fetch(request: Request) {
    return duringEvent(this.ctx, 'fetches', () => super.fetch(request))
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer) {
    return duringEvent(this.ctx, 'socketMessages', () => super.webSocketMessage(socket, data))
  }

  override webSocketClose(socket: WebSocket) {
    return duringEvent(this.ctx, 'socketCloses', () => super.webSocketClose(socket))
  }

  override alarm() {
    return duringEvent(this.ctx, 'alarms', () => super.alarm())
  }
}

export default {
  ...worker,
  async fetch(request, env, execution) {
    if (new URL(request.url).pathname === '/__bench/counts') return Response.json(readCounts())
    counts.requests += 1
    return worker.fetch(request, withCounters(env), execution)
  },
} satisfies ExportedHandler<Env>
