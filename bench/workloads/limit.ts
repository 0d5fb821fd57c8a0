import { gatheringObject } from '../lib/contenders.ts'
import { number, shown, spread } from '../lib/stats.ts'
import type { Finding, Table, Workload } from '../lib/workload.ts'
import { talkOnce } from './p1.ts'

/** The rooms of P1, at the rates where they end. */
const rooms = [
  { sockets: 500, rates: [50, 200, 400, 800] },
  { sockets: 100, rates: [1600, 3200, 6400] },
]
const mostMs = 100
/** Small objects beside the room; 50,000 of them take 4.6 MB. */
const sizes = [0, 25_000, 50_000, 100_000]

interface Round {
  sockets: number
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
      for (const { sockets, rates } of objects === 0 ? rooms : rooms.slice(0, 1)) {
        const targets = await contender.targets(run.quick ? 20 : sockets)
        await generator.order({ do: 'connect', dialect: contender.dialect, targets, atOnce: 100, timeoutMs: 25_000 })
        for (let round = 0; round < run.rounds; round += 1)
          for (const rate of rates) {
            const { latency } = await talkOnce(run, contender, rate)
            rounds.push({ sockets, objects, rate, p50: latency.p50, p99: latency.p99 })
            const at = `${sockets} sockets, ${rate}/s`
            run.say(`${contender.label}, ${at}: p50 ${number(latency.p50)} ms, p99 ${number(latency.p99)} ms`)
          }
        await generator.order({ do: 'close' })
      }
      await contender.stop()
    }
    return {
      findings: rooms.flatMap(({ sockets }) => findings(rounds.filter((round) => round.sockets === sockets))),
      tables: rooms.map(({ sockets, rates }) => table(rounds, sockets, rates)),
      raw: rounds,
    }
  },
}

const sizesIn = (rounds: Round[]) => [...new Set(rounds.map(({ objects }) => objects))]

function findings(rounds: Round[]): Finding[] {
  return sizesIn(rounds).map((objects) => {
    const own = rounds.filter((round) => round.objects === objects)
    const beside = `beside ${objects.toLocaleString('en-US')} objects`
    return {
      goal: `${own[0]?.sockets} sockets, ${beside}: steps with p99 under ${mostMs} ms (no goal)`,
      result: `${own.filter(({ p99 }) => p99 < mostMs).length} of ${own.length}`,
      met: null,
    }
  })
}

function table(rounds: Round[], sockets: number, rates: number[]): Table {
  const own = rounds.filter((round) => round.sockets === sockets)
  return {
    title: `${sockets} sockets, p99 in ms by messages per second`,
    columns: ['objects beside the room', ...rates.map(String)],
    rows: sizesIn(own).map((objects) => [
      objects.toLocaleString('en-US'),
      ...rates.map((rate) =>
        shown(spread(own.filter((r) => r.objects === objects && r.rate === rate).map(({ p99 }) => p99))),
      ),
    ]),
  }
}
