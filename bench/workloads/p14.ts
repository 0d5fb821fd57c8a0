import { number, shown, spread } from '../lib/stats.ts'
import { Studyhall } from '../lib/studyhall.ts'
import type { Run, Workload } from '../lib/workload.ts'

const goalMs = 300

const servers: [label: string, start: () => Promise<Studyhall>][] = [
  ['Studyhall', () => Studyhall.start()],
  ['Studyhall, objects in an isolate of their own', () => Studyhall.startApart()],
]

interface Told {
  sockets: number
  rounds: { p50: number; last: number; lost: number; cpu: number }[]
}

export const p14: Workload = {
  id: 'p14',
  title: 'One message to a full room: time to the last receiver',
  minutes: 14,
  async run(run) {
    const tried: string[] = []
    const all: (Told & { label: string })[] = []
    for (const [label, start] of servers) {
      const server = await start()
      all.push({ label, ...(await tellFullRoom(run, server, label, tried)) })
      await server.stop()
    }
    const last = ({ rounds }: Told) => spread(rounds.map((round) => round.last))
    return {
      findings: all.map((told) => ({
        goal: `${told.label}, ${told.sockets} sockets: at most ${goalMs} ms`,
        result: shown(last(told), ' ms'),
        met: last(told).median <= goalMs,
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
async function tellFullRoom(run: Run, server: Studyhall, label: string, tried: string[]): Promise<Told> {
  for (const sockets of run.quick ? [40] : [8000, 5000]) {
    const people = await server.crowd(Math.min(sockets, 1000))
    const room = await server.room(people)
    const generator = await run.generator()
    const targets = await server.bearerTargets(room, people, sockets, true)
    try {
      await generator.order({ do: 'connect', dialect: 'studyhall', targets, atOnce: 100, timeoutMs: 180_000 })
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
