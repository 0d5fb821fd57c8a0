import type { Counts } from '../counting/counts.ts'
import { Studyhall } from '../lib/studyhall.ts'
import type { Workload } from '../lib/workload.ts'
import { World } from '../lib/world.ts'

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
    const before = await askAll(server, world)
    await world.grow(large)
    const after = await askAll(server, world)
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
    const failed = asked.filter(({ status }) => status >= 400)
    const names = (list: Asked[]) => (list.length === 0 ? 'none' : list.map(({ route }) => route).join(', '))
    return {
      findings: [
        { goal: 'routes that could not be asked', result: names(failed), met: failed.length === 0 },
        {
          goal: `routes that read more than ${most} rows at ${large} rows of each kind`,
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
          title: `Default page of ${page}; ${small} and ${large} rows of each kind, fewer where a limit of the README says so`,
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
        'The first search after messages were said writes them into the index, up to 10,000 at a time; that is not in these numbers.',
      ],
      raw: asked,
    }
  },
}

async function askAll(server: Studyhall, world: World): Promise<{ route: string; status: number; counts: Counts }[]> {
  const asked: { route: string; status: number; counts: Counts }[] = []
  // What was said is indexed by the first search after it, and told to D1 within seconds.
  await ask(server, world, '/api/v1/channels/{id}/search?q=characters')
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  for (const path of await world.paths()) {
    await server.counts()
    const status = await ask(server, world, path)
    asked.push({ route: `GET ${path.replace('/api/v1', '')}`, status, counts: await server.counts() })
  }
  return asked
}

async function ask(server: Studyhall, world: World, path: string): Promise<number> {
  const headers = { Authorization: `Bearer ${world.owner.bearer}` }
  const reply = await fetch(new URL(world.fill(path), server.base), { headers, redirect: 'manual' })
  await reply.arrayBuffer()
  return reply.status
}
