import type { Contender } from '../lib/contenders.ts'
import { number, ratios, shown, spread } from '../lib/stats.ts'
import type { Outcome, Run, Workload } from '../lib/workload.ts'
import { startAll, talkOnce, unlessItFails } from './p1.ts'

const rate = 50

interface Round {
  contender: string
  sockets: number
  p50: number
  p99: number
  ackP50: number
  ackP99: number
  lost: number
  closed: Record<string, number>
  troubles: string[]
}

export const p2: Workload = {
  id: 'p2',
  title: 'Time from send to every receiver at 50 messages per second',
  minutes: 6,
  async run(run) {
    const contenders = await startAll(run)
    const sizes = run.quick ? [20] : [100, 500]
    const rounds: Round[] = []
    for (const sockets of sizes)
      for (let round = 0; round < run.rounds && Date.now() < run.deadline; round += 1)
        for (const contender of contenders) {
          const step = await unlessItFails(run, contender, () => talk(run, contender, sockets))
          if (!step) continue
          const { latency, ackLatency, lost, closed, troubles } = step
          const times = { p50: latency.p50, p99: latency.p99, ackP50: ackLatency.p50, ackP99: ackLatency.p99 }
          rounds.push({ contender: contender.id, sockets, ...times, lost, closed, troubles })
          const said = `p50 ${number(latency.p50)} ms, p99 ${number(latency.p99)} ms, lost ${lost}`
          run.say(`${sockets} sockets, round ${round + 1}: ${contender.label}: ${said}`)
        }
    for (const contender of contenders) await contender.stop()

    const values = (id: string, sockets: number, field: 'p50' | 'p99' | 'ackP50' | 'ackP99') =>
      rounds.filter((r) => r.contender === id && r.sockets === sockets).map((r) => r[field])
    const ours = contenders.filter(({ id }) => id === 'studyhall' || id === 'studyhall-apart')
    const against = (id: string, sockets: number, field: 'p50' | 'p99') =>
      ratios(values(id, sockets, field), values('socketio', sockets, field))
    const outcome: Outcome = {
      findings: sizes.flatMap((sockets) =>
        ours.flatMap(({ id, label }) => [
          {
            goal: `${label}, ${sockets} sockets: p50 within 1.2 × that of (b)`,
            result: shown(against(id, sockets, 'p50'), '×'),
            met: against(id, sockets, 'p50').median <= 1.2,
          },
          {
            goal: `${label}, ${sockets} sockets: p99 not above that of (b)`,
            result: shown(against(id, sockets, 'p99'), '×'),
            met: against(id, sockets, 'p99').median <= 1,
          },
        ]),
      ),
      tables: sizes.map((sockets) => ({
        title: `${sockets} sockets, ${rate} messages per second, ms`,
        columns: ['server', 'p50', 'p99', 'ack p50', 'ack p99', 'lost'],
        rows: contenders.map(({ id, label }) => [
          label,
          ...(['p50', 'p99', 'ackP50', 'ackP99'] as const).map((field) => shown(spread(values(id, sockets, field)))),
          String(rounds.filter((r) => r.contender === id && r.sockets === sockets).reduce((sum, r) => sum + r.lost, 0)),
        ]),
      })),
      raw: rounds,
    }
    return outcome
  },
}

async function talk(run: Run, contender: Contender, sockets: number) {
  const generator = await run.generator()
  const targets = await contender.targets(sockets)
  const { dialect } = contender
  await generator.order({ do: 'connect', dialect, targets, atOnce: 100, timeoutMs: 25_000 })
  const step = await talkOnce(run, contender, rate, run.quick ? 1.5 : 4)
  await generator.order({ do: 'close' })
  return step
}
