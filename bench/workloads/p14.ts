import { number, shown, spread } from '../lib/stats.ts'
import { Studyhall } from '../lib/studyhall.ts'
import type { Workload } from '../lib/workload.ts'

const goalMs = 300

export const p14: Workload = {
  id: 'p14',
  title: 'One message to a full room: time to the last receiver',
  minutes: 7,
  async run(run) {
    const server = await Studyhall.start()
    const tried: string[] = []
    for (const sockets of run.quick ? [40] : [8000, 5000]) {
      const people = await server.crowd(Math.min(sockets, 1000))
      const room = await server.room(people)
      const generator = await run.generator()
      const targets = await server.bearerTargets(room, people, sockets, true)
      try {
        await generator.order({ do: 'connect', dialect: 'studyhall', targets, atOnce: 100, timeoutMs: 180_000 })
      } catch (error) {
        tried.push(`${sockets} sockets: ${error instanceof Error ? error.message : error}`)
        run.say(tried.at(-1) ?? '')
        await generator.order({ do: 'close' })
        continue
      }
      await generator.order({ do: 'idle', seconds: 4 })
      const rounds: { p50: number; last: number; lost: number; cpu: number }[] = []
      for (let round = 0; round < run.rounds * 2; round += 1) {
        const told = await generator.order({ do: 'burst', messages: 1, length: 120, from: 0, drainMs: 5000 })
        rounds.push({ p50: told.latency.p50, last: told.latency.max, lost: told.lost, cpu: told.cpu })
        run.say(`round ${round + 1}: last of ${sockets} after ${number(told.latency.max)} ms, lost ${told.lost}`)
        await generator.order({ do: 'idle', seconds: 1 })
      }
      await generator.order({ do: 'close' })
      await server.stop()
      const last = spread(rounds.map((r) => r.last))
      return {
        findings: [
          { goal: `${sockets} sockets: at most ${goalMs} ms`, result: shown(last, ' ms'), met: last.median <= goalMs },
        ],
        tables: [
          {
            title: `${sockets} sockets, one message`,
            columns: ['half of them after, ms', 'the last after, ms', 'lost'],
            rows: [
              [shown(spread(rounds.map((r) => r.p50))), shown(last), String(Math.max(...rounds.map((r) => r.lost)))],
            ],
          },
        ],
        notes: tried,
        raw: rounds,
      }
    }
    throw new Error(`no size fitted: ${tried.join('; ')}`)
  },
}
