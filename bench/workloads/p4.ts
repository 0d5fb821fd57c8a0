import { bareSocketIo, type Contender } from '../lib/contenders.ts'
import { cpuSeconds, memoryBytes } from '../lib/processes.ts'
import { number } from '../lib/stats.ts'
import { Studyhall } from '../lib/studyhall.ts'
import type { Run, Workload } from '../lib/workload.ts'

const wakeKinds = ['fetches', 'rpc', 'socketMessages', 'socketCloses', 'alarms'] as const

export const p4: Workload = {
  id: 'p4',
  title: 'Idle sockets with heartbeats: wake-ups of the object, memory per socket',
  minutes: 6,
  async run(run) {
    const sockets = run.quick ? 40 : 2000
    const seconds = run.quick ? 5 : 60
    const server = await Studyhall.start({}, 'bench/counting/worker.ts')
    const people = await server.crowd(Math.min(sockets, 1000))
    const room = await server.room(people)
    const targets = await server.bearerTargets(room, people, sockets, true)
    const ours = await idle(
      run,
      'studyhall',
      targets,
      () => server.pids(),
      seconds,
      () => server.counts(),
    )
    await server.stop()

    const peer = await bareSocketIo()
    const theirs = await idle(run, peer.dialect, await peer.targets(sockets), peer.pids, seconds, async () => null)
    await peer.stop()

    const wakes = ours.counts?.room
    const byHeartbeats = wakes ? wakes.socketMessages + wakes.rpc + wakes.fetches : Number.NaN
    return {
      findings: [
        {
          goal: `no wake-up by heartbeats (${sockets} sockets, ${seconds} s, ${ours.heartbeats} heartbeats)`,
          result: `${byHeartbeats} wake-ups, ${wakes?.alarms ?? '–'} alarms of the sweep apart`,
          met: byHeartbeats === 0,
        },
        { goal: 'memory per socket (no goal)', result: `${number(ours.kibPerSocket)} KiB`, met: null },
      ],
      tables: [
        {
          title: `${sockets} idle sockets for ${seconds} s`,
          columns: ['server', 'KiB per socket', 'CPU % while idle', ...wakeKinds],
          rows: [
            [
              'Studyhall',
              number(ours.kibPerSocket),
              number(ours.cpuShare * 100),
              ...wakeKinds.map((kind) => String(wakes?.[kind] ?? '–')),
            ],
            [
              '(b) Socket.IO alone',
              number(theirs.kibPerSocket),
              number(theirs.cpuShare * 100),
              ...wakeKinds.map(() => '–'),
            ],
          ],
        },
      ],
      notes: [
        'Memory is that of all processes that serve, so with Studyhall that of the proxy of the development tools too.',
        `Counted are the wake-ups of the room. Inboxes were woken ${inboxWakes(ours.counts)} times meanwhile, by notifications of who had joined.`,
      ],
      raw: { ours, theirs },
    }
  },
}

type Counts = Awaited<ReturnType<Studyhall['counts']>>

const inboxWakes = (counts: Counts | null) =>
  counts === null ? '–' : wakeKinds.reduce((sum, kind) => sum + counts.object[kind] - counts.room[kind], 0)

async function idle(
  run: Run,
  dialect: Contender['dialect'],
  targets: Awaited<ReturnType<Studyhall['bearerTargets']>>,
  pids: () => number[],
  seconds: number,
  read: () => Promise<Counts | null>,
) {
  const generator = await run.generator()
  const before = memoryBytes(pids())
  await generator.order({ do: 'connect', dialect, targets, atOnce: 100, timeoutMs: 120_000 })
  // The last words about newcomers, and what clients acknowledge of them, are not heartbeats.
  await generator.order({ do: 'idle', seconds: 4 })
  await read()
  const cpu = cpuSeconds(pids())
  const start = await generator.order({ do: 'counts' })
  const { heartbeats, troubles } = await generator.order({ do: 'idle', seconds })
  const cpuShare = (cpuSeconds(pids()) - cpu) / seconds
  const counts = await read()
  const kibPerSocket = (memoryBytes(pids()) - before) / 1024 / targets.length
  await generator.order({ do: 'close' })
  return { heartbeats: heartbeats - start.heartbeats, cpuShare, counts, kibPerSocket, troubles }
}
