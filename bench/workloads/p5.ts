import type { Counts } from '../counting/counts.ts'
import { fewAtOnce, Studyhall } from '../lib/studyhall.ts'
import type { Run, Workload } from '../lib/workload.ts'

const page = 50

interface Asked {
  route: string
  status: number
  small: Counts
  large: Counts
}

export const p5: Workload = {
  id: 'p5',
  title: 'Rows read and queries per request, with little data and with a hundred times as much',
  minutes: 8,
  async run(run) {
    const server = await Studyhall.start({}, 'bench/counting/worker.ts')
    const [small, large] = run.quick ? [3, 30] : [60, 6000]
    const world = await World.make(server, run, small)
    const before = await world.askAll()
    await world.grow(large)
    const after = await world.askAll()
    await server.stop()
    const asked: Asked[] = before.map(({ route, status, counts }, n) => ({
      ...{ route, status, small: counts },
      large: after[n]?.counts ?? counts,
    }))
    const read = (c: Counts) => c.d1.rowsRead + c.object.rowsRead
    const most = 4 * page
    const over = asked.filter(({ large: c }) => read(c) > most)
    // The guard takes one round trip; then at most two more with at most three queries.
    const chatty = asked.filter(({ large: c }) => c.d1.roundTrips > 3)
    const failed = asked.filter(({ status }) => status >= 300)
    const names = (list: Asked[]) => (list.length === 0 ? 'none' : list.map(({ route }) => route).join(', '))
    return {
      findings: [
        { goal: 'routes that could not be asked', result: names(failed), met: failed.length === 0 },
        {
          goal: `routes that read more than ${most} rows at ${large} rooms and messages`,
          result: names(over),
          met: over.length === 0,
        },
        {
          goal: 'routes with more than two round trips to D1 after the guard',
          result: names(chatty),
          met: chatty.length === 0,
        },
      ],
      tables: [
        {
          title: `Default page of ${page}; ${small} and ${large} rooms and messages, up to 1,000 members`,
          columns: ['route', 'rows read, little', 'rows read, much', 'D1 round trips', 'D1 queries', 'rows written'],
          rows: asked.map(({ route, small: a, large: b }) =>
            [route, read(a), read(b), b.d1.roundTrips, b.d1.queries, b.d1.rowsWritten + b.object.rowsWritten].map(
              String,
            ),
          ),
        },
      ],
      notes: [
        'Rows are those that D1 and the object report, guard and joins included. The guard is one round trip of the total.',
      ],
      raw: asked,
    }
  },
}

type Person = Awaited<ReturnType<Studyhall['crowd']>>[number]

/** Rooms, members and messages, and a student who asks for all of it. */
class World {
  private rooms = 0
  private members = 0
  private messages = 0

  private constructor(
    private readonly server: Studyhall,
    private readonly run: Run,
    private readonly owner: Person,
    private readonly room: string,
  ) {}

  static async make(server: Studyhall, run: Run, size: number): Promise<World> {
    const [owner] = await server.crowd(1)
    if (!owner) throw new Error('nobody registered')
    const body = { name: 'Bench', maxParticipants: 1000 }
    const { id } = await owner.call<{ id: string }>('POST', '/rooms', body)
    const world = new World(server, run, owner, id)
    await world.grow(size)
    return world
  }

  async grow(size: number): Promise<void> {
    const rooms = Array.from({ length: size - this.rooms }, (_, n) => this.rooms + n)
    // A person may own a hundred rooms by default and a thousand here.
    const owners = await this.server.crowd(Math.max(1, Math.ceil(size / 900)))
    await fewAtOnce(rooms, (n) => owners[n % owners.length]!.call('POST', '/rooms', { name: `Room ${n} of readers` }))
    this.rooms = size
    const people = await this.server.crowd(Math.min(size, this.run.quick ? 30 : 1000))
    await fewAtOnce(people.slice(Math.max(1, this.members)), (one) => one.call('POST', `/rooms/${this.room}/join`))
    this.members = people.length
    await this.say(size - this.messages)
    this.messages = size
  }

  private async say(count: number): Promise<void> {
    const generator = await this.run.generator()
    const targets = await this.server.targets(this.room, [this.owner], 1, true)
    await generator.order({ do: 'connect', dialect: 'studyhall', targets, atOnce: 1, timeoutMs: 10_000 })
    const rate = 400
    const seconds = count / rate
    await generator.order({ do: 'talk', rate, seconds, warmupSeconds: 0, length: 120, drainMs: 5000 })
    await generator.order({ do: 'close' })
  }

  async askAll(): Promise<{ route: string; status: number; counts: Counts }[]> {
    const paths = [
      '/users/me',
      `/users/${this.owner.id}`,
      '/auth/sessions',
      '/rooms',
      '/rooms?sort=name',
      '/rooms?sort=members',
      '/rooms?query=readers',
      '/rooms/mine',
      '/rooms/:room',
      '/rooms/:room/members',
      '/rooms/:room/invite-links',
      '/rooms/:room/presence',
      '/channels/:room/messages',
    ]
    const asked: { route: string; status: number; counts: Counts }[] = []
    for (const path of paths) {
      const url = new URL(`/api/v1${path.replace(':room', this.room)}`, this.server.base)
      await this.server.counts()
      const reply = await fetch(url, { headers: { Authorization: `Bearer ${this.owner.bearer}` } })
      await reply.arrayBuffer()
      asked.push({ route: `GET ${path}`, status: reply.status, counts: await this.server.counts() })
    }
    return asked
  }
}
