import { type Contender, plainObject } from '../lib/contenders.ts'
import { number, shown, spread } from '../lib/stats.ts'
import { Studyhall } from '../lib/studyhall.ts'
import type { Run, Workload } from '../lib/workload.ts'

const goalMs = 300

type Server = Pick<Contender, 'dialect' | 'targets' | 'stop'>

const servers: [label: string, start: () => Promise<Server>, hasGoal: boolean][] = [
  ['Studyhall', async () => studyhall(await Studyhall.start()), true],
  ['Studyhall, objects in an isolate of their own', async () => studyhall(await Studyhall.startApart()), true],
  // What the runtime takes for the frames alone.
  ['(c) Durable Object, a send per message and socket', plainObject, false],
]

function studyhall(server: Studyhall): Server {
  return {
    dialect: 'studyhall',
    targets: async (sockets) => {
      const people = await server.crowd(Math.min(sockets, 1000))
      return server.bearerTargets(await server.room(people), people, sockets, true)
    },
    stop: () => server.stop(),
  }
}

interface Told {
  sockets: number
  rounds: { p50: number; last: number; lost: number; cpu: number }[]
}

export const p14: Workload = {
  id: 'p14',
  title: 'One message to a full room: time to the last receiver',
  minutes: 18,
  async run(run) {
    const tried: string[] = []
    const all: (Told & { label: string; hasGoal: boolean })[] = []
    for (const [label, start, hasGoal] of servers) {
      const server = await start()
      all.push({ label, hasGoal, ...(await tellFullRoom(run, server, label, tried)) })
      await server.stop()
    }
    const last = ({ rounds }: Told) => spread(rounds.map((round) => round.last))
    return {
      findings: all.map((told) => ({
        goal: `${told.label}, ${told.sockets} sockets: ${told.hasGoal ? `at most ${goalMs} ms` : 'the same (no goal)'}`,
        result: shown(last(told), ' ms'),
        met: told.hasGoal ? last(told).median <= goalMs : null,
      })),
      tables: [
        {
          title: 'One message to a full room',
          columns: ['server', 'sockets', 'half of them after, ms', 'the last after, ms', 'lost'],
          rows: all.map((told) => [
            told.label,
            String(told.sockets),
            shown(spread(told.rounds.map(({ p50 }) => p50))),
            shown(last(told)),
            String(Math.max(...told.rounds.map(({ lost }) => lost))),
          ]),
        },
      ],
      notes: tried,
      raw: all,
    }
  },
}

/** @param tried takes the sizes that did not fit, and why */
async function tellFullRoom(run: Run, server: Server, label: string, tried: string[]): Promise<Told> {
  for (const sockets of run.quick ? [40] : [8000, 5000]) {
    const generator = await run.generator()
    const targets = await server.targets(sockets)
    try {
      await generator.order({ do: 'connect', dialect: server.dialect, targets, atOnce: 100, timeoutMs: 180_000 })
    } catch (error) {
      tried.push(`${label}, ${sockets} sockets: ${error instanceof Error ? error.message : error}`)
      run.say(tried.at(-1) ?? '')
      await generator.order({ do: 'close' })
      continue
    }
    await generator.order({ do: 'idle', seconds: 4 })
    const rounds: Told['rounds'] = []
    for (let round = 0; round < run.rounds * 2; round += 1) {
      const told = await generator.order({ do: 'burst', messages: 1, length: 120, from: 0, drainMs: 5000 })
      rounds.push({ p50: told.latency.p50, last: told.latency.max, lost: told.lost, cpu: told.cpu })
      run.say(
        `${label}, round ${round + 1}: last of ${sockets} after ${number(told.latency.max)} ms, lost ${told.lost}`,
      )
      await generator.order({ do: 'idle', seconds: 1 })
    }
    await generator.order({ do: 'close' })
    return { sockets, rounds }
  }
  throw new Error(`no size fitted: ${tried.join('; ')}`)
}
