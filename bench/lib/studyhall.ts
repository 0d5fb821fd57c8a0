import { Person } from '../../scripts/demo/client'
import { DevServer, type DevServerOptions } from '../../test/support/dev-server'
import type { Counts } from '../counting/counts.ts'
import { apartConfigs, benchConfig, raisedLimits } from './configs.ts'
import { cores, node, onStop, runtimes, setToolsAside } from './processes.ts'
import { runtimePort } from './servers.ts'
import type { Target } from './wire.ts'

/** Studyhall as people run it: `wrangler dev`, real people, real rooms. */
export class Studyhall {
  private people: Person[] = []
  private freshAt = Date.now()

  private constructor(readonly server: DevServer) {}

  /** @param entry another main module, for runs that count instead of measuring time */
  static async start(settings: Record<string, string> = {}, entry = 'src/index.ts'): Promise<Studyhall> {
    return Studyhall.serve({ settings: { ...raisedLimits, ...settings }, config: benchConfig(entry) })
  }

  /** The same with its objects in an isolate of their own, and pages beside the Worker instead of before it. */
  static async startApart(): Promise<Studyhall> {
    return Studyhall.serve(await apartConfigs())
  }

  private static async serve(options: DevServerOptions): Promise<Studyhall> {
    const runner: [string, ...string[]] = cores.server === null ? [node] : ['taskset', '-c', cores.server, node]
    const server = await DevServer.create({ ...options, runner })
    onStop(() => server.remove())
    await server.start()
    setToolsAside(server.pid)
    return new Studyhall(server)
  }

  get base(): string {
    return this.server.url
  }

  pids(): number[] {
    return runtimes(this.server.pid)
  }

  /** People who are signed in now; they are registered on first use and kept. */
  async crowd(size: number): Promise<Person[]> {
    if (this.people.length < size) {
      const missing = Array.from({ length: size - this.people.length }, (_, n) => n)
      await fewAtOnce(missing, async (n) => {
        this.people.push(await Person.register(this.base, `Student ${n}`))
      })
    }
    // Access tokens live for 15 minutes.
    if (Date.now() - this.freshAt > 8 * 60_000) {
      await fewAtOnce(this.people, (person) => person.refresh())
      this.freshAt = Date.now()
    }
    return this.people.slice(0, size)
  }

  /** A new room of which all of them are members. */
  async room(people: Person[]): Promise<string> {
    const [owner, ...others] = people
    if (!owner) throw new Error('a room needs somebody')
    const body = { name: 'Bench', maxParticipants: Math.max(2, Math.min(1000, people.length)) }
    const { id } = await owner.call<{ id: string }>('POST', '/rooms', body)
    await fewAtOnce(others, (person) => person.call('POST', `/rooms/${id}/join`))
    return id
  }

  /** A ticket for each socket; they live for 30 s. With more sockets than people, people have several. */
  async targets(room: string, people: Person[], sockets: number, direct: boolean): Promise<Target[]> {
    const port = await this.port(direct)
    const turns = Array.from({ length: sockets }, (_, n) => people[n % people.length]!)
    return fewAtOnce(turns, async (person) => {
      const { ticket } = await person.call<{ ticket: string }>('POST', '/ws/tickets', { channelId: room })
      return {
        host: '127.0.0.1',
        port,
        path: `/ws/channels/${room}`,
        protocols: ['studyhall.v1', `ticket.${ticket}`],
      }
    })
  }

  /** Sockets opened with the access token, as programs may: no ticket that runs out while thousands queue. */
  async bearerTargets(room: string, people: Person[], sockets: number, direct: boolean): Promise<Target[]> {
    const port = await this.port(direct)
    return Array.from({ length: sockets }, (_, n) => ({
      host: '127.0.0.1',
      port,
      path: `/ws/channels/${room}`,
      protocols: ['studyhall.v1'],
      headers: { Authorization: `Bearer ${people[n % people.length]!.bearer}` },
    }))
  }

  /** The development proxy's port, or that of the runtime behind it. */
  async port(direct: boolean): Promise<number> {
    const { port, pid } = this.server
    return direct ? runtimePort(pid, port, '/api/v1/health') : port
  }

  /** What the counting entry has counted since it was last asked. */
  async counts(): Promise<Counts> {
    return (await (await fetch(`${this.base}/__bench/counts`)).json()) as Counts
  }

  /** Opens the inboxes of these people, and keeps them open with heartbeats. @returns how to close them */
  async inboxes(people: Person[]): Promise<() => void> {
    const port = await this.port(true)
    const sockets = await fewAtOnce(people, async (person) => {
      const { ticket } = await person.call<{ ticket: string }>('POST', '/ws/tickets', { inbox: true })
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/inbox`, ['studyhall.v1', `ticket.${ticket}`])
      await new Promise((resolve, reject) => {
        socket.addEventListener('message', resolve)
        socket.addEventListener('close', ({ code }) => reject(new Error(`an inbox closed with ${code}`)))
      })
      return socket
    })
    const heartbeats = setInterval(() => {
      for (const socket of sockets) socket.send('ping')
    }, 25_000)
    return () => {
      clearInterval(heartbeats)
      for (const socket of sockets) socket.close()
    }
  }

  /** Lets the room and the inboxes of these people do now what they have planned of a kind. */
  async hasten(kind: string, room: string, people: Person[]): Promise<void> {
    const body = JSON.stringify({ kind, room, userIds: people.map(({ id }) => id) })
    const { status } = await fetch(`${this.base}/__bench/hasten`, { method: 'POST', body })
    if (status !== 204) throw new Error(`hasten: ${status}`)
  }

  async stop(): Promise<void> {
    await this.server.remove()
  }
}

/** In order, eight at a time. */
export async function fewAtOnce<T, R>(items: T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const n = next
      next += 1
      results[n] = await act(items[n] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(8, items.length) }, worker))
  return results
}
