import {
  bareSocketIo,
  type Contender,
  coalescedSocketIo,
  plainObject,
  storedSocketIo,
  studyhall,
  studyhallApart,
} from '../lib/contenders.ts'
import { generatorLimit } from '../lib/load.ts'
import type { Talked } from '../lib/orders.ts'
import { cpuSeconds, memoryBytes } from '../lib/processes.ts'
import { missingForStored } from '../lib/servers.ts'
import { number, ratios, shown, spread } from '../lib/stats.ts'
import type { Finding, Outcome, Plot, Run, Table, Workload } from '../lib/workload.ts'

const length = 120
const mostMs = 100
const warmSeconds = 4
const allRates = [50, 200, 400, 800, 1600, 3200, 6400]

interface Step extends Talked {
  /** Seconds of CPU per second that the server's processes used from the warm-up to the last delivery. */
  serverCpu: number
  serverMemory: number
  verdict: 'held' | 'late' | 'lost' | 'generator'
}

interface Round {
  contender: string
  sockets: number
  round: number
  joinMs: number
  /** The most deliveries a second with p99 under 100 ms and nothing lost. */
  best: number
  bestRate: number
  /** The generator ran out before the server did: the server can do at least this. */
  atLeast: boolean
  steps: Step[]
}

export const p1: Workload = {
  id: 'p1',
  title: 'Deliveries per second in one room while p99 stays under 100 ms',
  minutes: 30,
  async run(run) {
    const contenders = await startAll(run)
    const sizes = run.quick ? [20] : [100, 500]
    const rates = run.quick ? [50, 200] : allRates
    const rounds: Round[] = []
    for (const sockets of sizes) {
      const firstRate = new Map<string, number>()
      for (let round = 0; round < run.rounds && !spent(run, sizes, sockets); round += 1)
        for (const contender of contenders) {
          // What the development proxy takes is shown by two rounds as well as by five.
          if (contender.id === 'studyhall-proxied' && round > 1) continue
          const known = firstRate.get(contender.id) ?? 0
          const from = rates.slice(Math.max(0, known))
          const one = await unlessItFails(run, contender, () => climb(run, contender, sockets, round, from))
          if (!one) continue
          rounds.push(one)
          // What certainly holds need not be climbed again: later rounds begin two steps below the first one's best.
          if (round === 0) firstRate.set(contender.id, rates.indexOf(one.bestRate) - 2)
          run.say(`${sockets} sockets, round ${round + 1}: ${contender.label}: ${describe(one)}`)
        }
    }
    for (const contender of contenders) await contender.stop()
    return report(contenders, sizes, rounds)
  },
}

/** A round that could not be held is said and left out; the others go on. */
export async function unlessItFails<T>(run: Run, { label }: Contender, act: () => Promise<T>): Promise<T | null> {
  try {
    return await act()
  } catch (error) {
    run.say(`${label}: left out of this round: ${error instanceof Error ? error.message : error}`)
    await (await run.generator()).order({ do: 'close' })
    return null
  }
}

/** Each size gets an equal part of the time. */
function spent(run: Run, sizes: number[], sockets: number): boolean {
  const left = sizes.length - 1 - sizes.indexOf(sockets)
  return Date.now() > run.deadline - left * 14 * 60_000
}

export async function startAll(run: Run, coalesced = true): Promise<Contender[]> {
  const missing = missingForStored()
  if (missing) run.say(`Left out: (a), because ${missing}.`)
  const [direct, proxied] = await studyhall()
  const stored = missing ? [] : [await storedSocketIo()]
  const peers = [...stored, await bareSocketIo(), await plainObject()]
  const apart = await studyhallApart()
  return [direct, apart, ...peers, ...(coalesced ? [await coalescedSocketIo()] : []), proxied]
}

async function climb(run: Run, contender: Contender, sockets: number, round: number, rates: number[]): Promise<Round> {
  const generator = await run.generator()
  const targets = await contender.targets(sockets)
  const order = { do: 'connect', dialect: contender.dialect, targets, atOnce: 100, timeoutMs: 25_000 } as const
  const { ms } = await generator.order(order)
  const result: Round = {
    ...{ contender: contender.id, sockets, round, joinMs: ms, best: 0, bestRate: 0 },
    ...{ atLeast: false, steps: [] },
  }
  // What joining leaves to be collected is P3's; a room is measured in its stride, for every server alike.
  const warm = await talkOnce(run, contender, allRates[0] ?? 50, run.quick ? 0.5 : warmSeconds)
  let lostBefore = warm.lost
  const attempt = async (rate: number) => {
    const step = await talkOnce(run, contender, rate)
    step.lost -= lostBefore
    lostBefore += step.lost
    step.verdict = verdictOf(step)
    result.steps.push(step)
    return step
  }
  for (const rate of rates) {
    let step = await attempt(rate)
    // Once more for everybody: a hiccup of the machine is not the end of a server.
    if (step.verdict === 'late') step = await attempt(rate)
    if (step.verdict === 'held') Object.assign(result, { best: step.deliveriesPerSecond, bestRate: rate })
    else {
      result.atLeast = step.verdict === 'generator'
      break
    }
  }
  result.atLeast ||= result.bestRate === rates.at(-1)
  await generator.order({ do: 'close' })
  return result
}

export async function talkOnce(
  run: Run,
  contender: Contender,
  rate: number,
  seconds = run.quick ? 1.5 : 2,
): Promise<Step> {
  const generator = await run.generator()
  const pids = contender.pids()
  const before = { cpu: cpuSeconds(pids), at: performance.now() }
  const warmupSeconds = run.quick ? 0.3 : 0.7
  const talked = await generator.order({ do: 'talk', rate, seconds, warmupSeconds, length, drainMs: 3000 })
  const serverCpu = (cpuSeconds(pids) - before.cpu) / ((performance.now() - before.at) / 1000)
  return { ...talked, serverCpu, serverMemory: memoryBytes(pids), verdict: 'held' }
}

function verdictOf(step: Step): Step['verdict'] {
  if (step.cpu >= generatorLimit) return 'generator'
  if (step.lost > 0 || Object.keys(step.closed).length > 0) return 'lost'
  return step.latency.p99 < mostMs && step.sentPerSecond > step.rate * 0.9 ? 'held' : 'late'
}

function describe({ best, bestRate, atLeast, steps }: Round): string {
  const last = steps.at(-1)
  const end = last && last.verdict !== 'held' ? `; at ${last.rate}/s ${last.verdict} (p99 ${last.latency.p99} ms)` : ''
  return `${atLeast ? 'at least ' : ''}${number(best)} deliveries/s at ${bestRate} messages/s${end}`
}

function report(contenders: Contender[], sizes: number[], rounds: Round[]): Outcome {
  const of = (id: string, sockets: number) => rounds.filter((r) => r.contender === id && r.sockets === sockets)
  const best = (id: string, sockets: number) => of(id, sockets).map((r) => r.best)
  const tables: Table[] = sizes.flatMap((sockets) => [
    {
      title: `${sockets} sockets`,
      columns: ['server', 'Studyhall is faster by', 'deliveries/s, p99 < 100 ms', 'lost', 'doubled', 'reordered'],
      rows: contenders.map(({ id, label }) => {
        const own = of(id, sockets)
        const sum = (field: 'doubled' | 'reordered') =>
          own.reduce((total, { steps }) => total + Math.max(0, ...steps.map((step) => step[field])), 0)
        const lost = own.reduce((total, { steps }) => total + steps.reduce((all, step) => all + step.lost, 0), 0)
        const least = own.some(({ atLeast }) => atLeast) ? '≥ ' : ''
        return [
          label,
          id === 'studyhall' ? '' : shown(ratios(best('studyhall', sockets), best(id, sockets)), '×'),
          `${least}${shown(spread(best(id, sockets)))}`,
          ...[lost, sum('doubled'), sum('reordered')].map((count) => count.toLocaleString('en-US')),
        ]
      }),
    },
    stepTable(contenders, sockets, rounds),
  ])
  const plots: Plot[] = sizes.map((sockets) => ({
    name: `p1-${sockets}`,
    title: `p99 from send to every one of ${sockets} receivers`,
    x: 'messages per second',
    y: 'p99 in ms',
    series: contenders.map(({ id, label }) => ({ label, points: p99ByRate(of(id, sockets)) })),
  }))
  const ours = contenders.filter(({ id }) => id === 'studyhall' || id === 'studyhall-apart')
  const findings: Finding[] = sizes.flatMap((sockets) =>
    ours.flatMap((our) =>
      ['socketio-stored', 'socketio', 'plain-object']
        .filter((id) => of(id, sockets).length > 0)
        .map((id) => {
          const wanted = id === 'plain-object' ? 10 : sockets >= 500 ? 8 : 3
          const ratio = ratios(best(our.id, sockets), best(id, sockets))
          const { label = id } = contenders.find((one) => one.id === id) ?? {}
          return {
            goal: `${our.label}, ${sockets} sockets: at least ${wanted} × ${label}`,
            result: shown(ratio, '×'),
            met: Number.isFinite(ratio.median) ? ratio.median >= wanted : null,
          }
        }),
    ),
  )
  return { findings, tables, plots, raw: rounds }
}

function p99ByRate(rounds: Round[]): [number, number][] {
  const steps = rounds.flatMap((round) => round.steps).filter(({ verdict }) => verdict !== 'generator')
  const rates = [...new Set(steps.map(({ rate }) => rate))].sort((a, b) => a - b)
  return rates.map((rate) => [rate, spread(steps.filter((s) => s.rate === rate).map((s) => s.latency.p99)).median])
}

function stepTable(contenders: Contender[], sockets: number, rounds: Round[]): Table {
  const rows = contenders.flatMap(({ id, label }) => {
    const steps = rounds.filter((r) => r.contender === id && r.sockets === sockets).flatMap((r) => r.steps)
    return [...new Set(steps.map(({ rate }) => rate))]
      .sort((a, b) => a - b)
      .map((rate) => {
        const own = steps.filter((step) => step.rate === rate && step.verdict !== 'generator')
        const of = (value: (step: Step) => number) => shown(spread(own.map(value)))
        return [
          ...[
            label,
            String(rate),
            of((s) => s.latency.p50),
            of((s) => s.latency.p99),
            of((s) => s.deliveriesPerSecond),
          ],
          ...[of((s) => s.framesIn / s.seconds), of((s) => s.serverCpu * 100), of((s) => s.cpu * 100)],
          of((s) => s.serverMemory / 2 ** 20),
          of((s) => (s.serverCpu / (s.framesIn / s.seconds)) * 1e6),
        ]
      })
  })
  const columns = ['server', 'messages/s', 'p50 ms', 'p99 ms', 'deliveries/s', 'frames/s', 'server CPU %']
  return {
    title: `${sockets} sockets, each step`,
    columns: [...columns, 'generator CPU %', 'server MiB', 'server CPU, us a frame'],
    rows,
  }
}
