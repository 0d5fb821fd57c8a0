import { gatheringObject } from '../lib/contenders.ts'
import { number, shown, spread } from '../lib/stats.ts'
import type { Workload } from '../lib/workload.ts'
import { talkOnce } from './p1.ts'

const sockets = 500
const rates = [50, 200, 400, 800]
const mostMs = 100
/** Small objects beside the room; 50,000 of them take 4.6 MB. */
const sizes = [0, 25_000, 50_000, 100_000]

interface Round {
  objects: number
  rate: number
  p50: number
  p99: number
}

/** What a room can do in this runtime when it does nothing but gather and send, and what else lives beside it decides. */
export const limit: Workload = {
  id: 'limit',
  title: 'The smallest object that gathers, and what else lives in its isolate',
  minutes: 10,
  async run(run) {
    const rounds: Round[] = []
    for (const objects of run.quick ? sizes.slice(0, 1) : sizes) {
      const contender = await gatheringObject(objects)
      const generator = await run.generator()
      const targets = await contender.targets(run.quick ? 20 : sockets)
      await generator.order({ do: 'connect', dialect: contender.dialect, targets, atOnce: 100, timeoutMs: 25_000 })
      for (let round = 0; round < run.rounds; round += 1)
        for (const rate of rates) {
          const { latency } = await talkOnce(run, contender, rate)
          rounds.push({ objects, rate, p50: latency.p50, p99: latency.p99 })
          run.say(`${contender.label}, ${rate}/s: p50 ${number(latency.p50)} ms, p99 ${number(latency.p99)} ms`)
        }
      await generator.order({ do: 'close' })
      await contender.stop()
    }
    const measured = [...new Set(rounds.map(({ objects }) => objects))]
    return {
      findings: measured.map((objects) => {
        const own = rounds.filter((round) => round.objects === objects)
        return {
          goal: `beside ${objects.toLocaleString('en-US')} objects: steps with p99 under ${mostMs} ms (no goal)`,
          result: `${own.filter(({ p99 }) => p99 < mostMs).length} of ${own.length}`,
          met: null,
        }
      }),
      tables: [
        {
          title: `${sockets} sockets, p99 in ms by messages per second`,
          columns: ['objects beside the room', ...rates.map(String)],
          rows: measured.map((objects) => [
            objects.toLocaleString('en-US'),
            ...rates.map((rate) =>
              shown(spread(rounds.filter((r) => r.objects === objects && r.rate === rate).map(({ p99 }) => p99))),
            ),
          ]),
        },
      ],
      raw: rounds,
    }
  },
}
