import type { DialectName } from './dialects.ts'
import { type Running, startNode, startPostgres, startRedis, startWrangler, temporaryFolder } from './servers.ts'
import { Studyhall } from './studyhall.ts'
import type { Target } from './wire.ts'

/** A server that takes part, started once and then measured in turn with the others. */
export interface Contender {
  id: string
  label: string
  dialect: DialectName
  pids(): number[]
  /**
   * One opening request per socket, made no longer ago than tickets live.
   * @param fresh in a room that nobody has been in; otherwise people come back to the one they had
   */
  targets(sockets: number, fresh?: boolean): Promise<Target[]>
  stop(): Promise<void>
}

/** Distinct people, up to this many; with more sockets than that people have several. */
const mostPeople = 1000

export async function studyhall(settings?: Record<string, string>): Promise<[Contender, Contender]> {
  const through = wayInto(await Studyhall.start(settings))
  return [
    through('studyhall', 'Studyhall', true),
    through('studyhall-proxied', 'Studyhall, through the development proxy', false),
  ]
}

/** As on the network, where objects run by themselves; `wrangler dev` runs them in the isolate that answers requests. */
export async function studyhallApart(): Promise<Contender> {
  const through = wayInto(await Studyhall.startApart())
  return through('studyhall-apart', 'Studyhall, objects in an isolate of their own', true)
}

const wayInto = (server: Studyhall) => {
  const rooms = new Map<string, string>()
  return (id: string, label: string, direct: boolean): Contender => ({
    id,
    label,
    dialect: 'studyhall',
    pids: () => server.pids(),
    targets: async (sockets, fresh) => {
      const people = await server.crowd(Math.min(sockets, mostPeople))
      const key = `${sockets} ${direct}`
      const room = (fresh ? null : rooms.get(key)) ?? (await server.room(people))
      rooms.set(key, room)
      return server.targets(room, people, sockets, direct)
    },
    stop: () => server.stop(),
  })
}

export async function storedSocketIo(): Promise<Contender> {
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()])
  const server = await startNode('socket-io.js', {
    FORM: 'stored',
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    DATABASE_URL: postgres.url,
  })
  const parts: Running[] = [server, redis, postgres]
  return {
    ...socketIo('socketio-stored', '(a) Express, Socket.IO, Redis, PostgreSQL', server),
    pids: () => parts.flatMap((part) => part.pids()),
    stop: async () => {
      for (const part of parts) await part.stop()
    },
  }
}

export async function bareSocketIo(): Promise<Contender> {
  return socketIo('socketio', '(b) Socket.IO alone', await startNode('socket-io.js', { FORM: 'bare' }))
}

export async function coalescedSocketIo(): Promise<Contender> {
  const server = await startNode('socket-io.js', { FORM: 'coalesced' })
  return socketIo('socketio-coalesced', '(d) Socket.IO, our coalescing', server)
}

function socketIo(id: string, label: string, server: Running): Contender {
  const target = { host: '127.0.0.1', port: server.port, path: '/socket.io/?EIO=4&transport=websocket' }
  return {
    id,
    label,
    dialect: 'socketIo',
    pids: server.pids,
    targets: async (sockets) => Array.from({ length: sockets }, () => target),
    stop: server.stop,
  }
}

export async function plainObject(): Promise<Contender> {
  return object('plain-object', '(c) Durable Object, a send per message and socket')
}

/** @param objects how many small objects its isolate holds besides the room */
export async function gatheringObject(objects: number): Promise<Contender> {
  const label = `a Durable Object that gathers, beside ${objects.toLocaleString('en-US')} objects`
  return object('gathering-object', label, ['--var', `BALLAST_OBJECTS:${objects}`])
}

async function object(id: string, label: string, args: string[] = []): Promise<Contender> {
  const folder = temporaryFolder('object')
  const all = ['--persist-to', folder.path, ...args]
  const server = await startWrangler(`bench/peers/${id}/wrangler.toml`, all, '/health')
  return {
    id,
    label,
    dialect: 'plain',
    pids: server.pids,
    targets: async (sockets) => {
      const path = `/${crypto.randomUUID()}`
      const port = await server.directPort()
      return Array.from({ length: sockets }, () => ({ host: '127.0.0.1', port, path }))
    },
    stop: async () => {
      await server.stop()
      folder.remove()
    },
  }
}
