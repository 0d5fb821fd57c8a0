import {
  bareSocketIo,
  type Contender,
  plainObject,
  storedSocketIo,
  studyhall,
  studyhallApart,
} from '../lib/contenders.ts'
import { missingForStored } from '../lib/servers.ts'
import { number, ratios, shown, spread } from '../lib/stats.ts'
import type { Run, Workload } from '../lib/workload.ts'
import { unlessItFails } from './p1.ts'

interface Round {
  contender: string
  sockets: number
  /** From the first opening request to the last `ready`, everything needed for it in hand. */
  ms: number
  /** With room, memberships and tickets made before it. */
  fullPathMs: number
  bytesPerSocket: number
}

export const p3: Workload = {
  id: 'p3',
  title: 'Many sockets join one room at once: time until all are ready',
  minutes: 10,
  async run(run) {
    const missing = missingForStored()
    if (missing) run.say(`Left out: (a), because ${missing}.`)
    const [direct] = await studyhall()
    const stored = missing ? [] : [await storedSocketIo()]
    const apart = await studyhallApart()
    const contenders: Contender[] = [direct, apart, ...stored, await bareSocketIo(), await plainObject()]
    const sizes = run.quick ? [20, 40] : [500, 1000]
    const most = sizes.at(-1) ?? 0
    const rounds: Round[] = []
    for (let round = 0; round < run.rounds && Date.now() < run.deadline; round += 1)
      for (const sockets of sizes)
        for (const contender of contenders) {
          const joined = await unlessItFails(run, contender, () => join(run, contender, sockets))
          if (!joined) continue
          rounds.push({ contender: contender.id, sockets, ...joined })
          run.say(`${sockets} sockets, round ${round + 1}: ${contender.label}: ${number(joined.ms)} ms`)
        }
    for (const contender of contenders) await contender.stop()

    const values = (id: string, sockets: number, field: 'ms' | 'fullPathMs' | 'bytesPerSocket') =>
      rounds.filter((r) => r.contender === id && r.sockets === sockets).map((r) => r[field])
    const ours = [direct, apart].map(({ id, label }) => {
      const ratio = ratios(values(id, most, 'ms'), values('socketio', most, 'ms'))
      return {
        goal: `${label}, ${most} sockets: at most 1.5 × (b)`,
        result: shown(ratio, '×'),
        met: ratio.median <= 1.5,
      }
    })
    const runtime = ratios(values('plain-object', most, 'ms'), values('socketio', most, 'ms'))
    const growth = ratios(values('studyhall', most, 'bytesPerSocket'), values('studyhall', sizes[0]!, 'bytesPerSocket'))
    return {
      findings: [
        ...ours,
        {
          goal: `${most} sockets: the smallest object that opens sockets, (c), against (b) (no goal)`,
          result: shown(runtime, '×'),
          met: null,
        },
        {
          goal: `bytes per socket stay the same from ${sizes[0]} to ${most} sockets (linear in all)`,
          result: shown(growth, '×'),
          met: growth.median <= 1.2,
        },
      ],
      tables: sizes.map((sockets) => ({
        title: `${sockets} sockets`,
        columns: ['server', 'all ready, ms', 'full path with room, memberships and tickets, ms', 'bytes per socket'],
        rows: contenders.map(({ id, label }) => [
          label,
          ...(['ms', 'fullPathMs', 'bytesPerSocket'] as const).map((field) =>
            shown(spread(values(id, sockets, field))),
          ),
        ]),
      })),
      raw: rounds,
    }
  },
}

async function join(run: Run, contender: Contender, sockets: number) {
  const generator = await run.generator()
  const startedAt = performance.now()
  const targets = await contender.targets(sockets, true)
  const { dialect } = contender
  const { ms } = await generator.order({ do: 'connect', dialect, targets, atOnce: sockets, timeoutMs: 29_000 })
  const fullPathMs = performance.now() - startedAt
  // What is said of the newcomers comes a window or a second later and belongs to the bytes.
  await generator.order({ do: 'idle', seconds: run.quick ? 0.5 : 2 })
  const bytesPerSocket = (await generator.order({ do: 'counts' })).bytesIn / sockets
  await generator.order({ do: 'close' })
  return { ms, fullPathMs, bytesPerSocket }
}
