import { setTimeout as pause } from 'node:timers/promises'
import type { Contender } from '../lib/contenders.ts'
import type { Generator } from '../lib/load.ts'
import { freePort } from '../lib/processes.ts'
import { type Running, startNode } from '../lib/servers.ts'
import { number } from '../lib/stats.ts'
import { Studyhall } from '../lib/studyhall.ts'
import type { Target } from '../lib/wire.ts'
import type { Run, Workload } from '../lib/workload.ts'

/** A server that can be killed in mid-sentence and started again on what it had stored. */
interface Mortal {
  label: string
  dialect: Contender['dialect']
  resumes: boolean
  /** One opening request for each of these sockets. */
  targets(sockets: number[]): Promise<Target[]>
  killAndRestart(): Promise<void>
  /** What a client reads over HTTP when the server cannot replay far enough. */
  refetch(socket: number, since: number): Promise<number[]>
  stop(): Promise<void>
}

interface Result {
  label: string
  sent: number
  expected: number
  lost: number
  doubled: number
  reordered: number
  share: number
  cuts: number
  kills: number
  evictionPauses: number
  refetches: number
}

export const p13: Workload = {
  id: 'p13',
  title: 'Links lost again and again, evictions and SIGKILL: share delivered exactly once and in order',
  minutes: 8,
  async run(run) {
    const sockets = run.quick ? 20 : 200
    const results: Result[] = []
    for (const start of [studyhallServer, socketIoServer]) {
      const server = await start(sockets, run.quick)
      results.push(await torment(run, server, sockets))
      await server.stop()
    }
    const [ours] = results
    if (!ours) throw new Error('nothing was measured')
    const met = ours.lost + ours.doubled + ours.reordered === 0 && (run.quick || ours.expected >= 1_000_000)
    return {
      findings: [
        {
          goal: `100.000 % of at least ${run.quick ? 'a few' : '1,000,000'} deliveries exactly once and in order`,
          result: `${(ours.share * 100).toFixed(3)} % of ${ours.expected.toLocaleString('en-US')}`,
          met,
        },
      ],
      tables: [
        {
          title: `${sockets} sockets`,
          columns: [
            'server',
            'share',
            'expected',
            'lost',
            'doubled',
            'out of order',
            'links cut',
            'SIGKILLs',
            'pauses for eviction',
            'refetches',
          ],
          rows: results.map((r) => [
            ...[r.label, `${(r.share * 100).toFixed(3)} %`],
            ...[r.expected, r.lost, r.doubled, r.reordered, r.cuts, r.kills, r.evictionPauses, r.refetches].map((n) =>
              n.toLocaleString('en-US'),
            ),
          ]),
        },
      ],
      notes: [
        'A message that was sent and never acknowledged is sent again with its nonce to Studyhall, as its clients do; Socket.IO with its defaults has nothing that would make that safe.',
        'Socket.IO is measured with its defaults, which promise at most once: the row shows what an application has to add, not a fault.',
      ],
      raw: results,
    }
  },
}

async function torment(run: Run, server: Mortal, sockets: number): Promise<Result> {
  const generator = await run.generator()
  const all = Array.from({ length: sockets }, (_, n) => n)
  const targets = await server.targets(all)
  await generator.order({ do: 'connect', dialect: server.dialect, targets, atOnce: 50, timeoutMs: 29_000 })
  const tally = { cuts: 0, kills: 0, evictionPauses: 0, refetches: 0 }
  const back = async (who: number[]) => {
    const again = await server.targets(who)
    const order = { sockets: who, targets: again, resume: server.resumes, timeoutMs: 20_000 }
    const { resyncs } = await generator.order({ do: 'reconnect', ...order })
    for (const { socket, since } of resyncs) {
      await generator.order({ do: 'refetched', socket, ids: await server.refetch(socket, since) })
      tally.refetches += 1
    }
  }
  const [rate, cycles] = run.quick ? [20, 4] : [110, 10]
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const talk = generator.order({
      do: 'talk',
      ...{ rate, seconds: run.quick ? 3 : 6, warmupSeconds: 0, length: 120, drainMs: 0 },
    })
    // Another fifth each time; one of them stays away longer than the event log remembers.
    const lost = all.filter((n) => n % 5 === cycle % 5)
    await pause(300)
    await generator.order({ do: 'cut', sockets: lost })
    tally.cuts += lost.length
    if (cycle % 4 === 1) {
      await pause(700)
      await server.killAndRestart()
      tally.kills += 1
      await talk
      await back(all)
    } else {
      await pause(run.quick ? 1500 : 5000)
      if (cycle % 4 === 3) await talkOn(generator, run)
      await back(lost)
      await talk
    }
    if (cycle % 4 === 2) {
      // Ten quiet seconds and the runtime evicts an object whose sockets hibernate.
      await pause(run.quick ? 100 : 12_000)
      tally.evictionPauses += 1
    }
    run.say(`${server.label}: cycle ${cycle + 1} of ${cycles}`)
  }
  await pause(2000)
  const { sent, lost, doubled, reordered } = await generator.order({ do: 'counts' })
  await generator.order({ do: 'close' })
  const expected = sent * sockets
  const result = { sent, expected, lost, doubled, reordered, share: 1 - (lost + doubled + reordered) / expected }
  run.say(`${server.label}: lost ${number(lost)}, doubled ${number(doubled)}, out of order ${number(reordered)}`)
  return { label: server.label, ...result, ...tally }
}

/** More than the 2,000 events that a room remembers, so that coming back needs a refetch. */
async function talkOn(generator: Generator, run: Run): Promise<void> {
  const rate = run.quick ? 50 : 400
  await generator.order({ do: 'talk', rate, seconds: run.quick ? 1 : 6, warmupSeconds: 0, length: 120, drainMs: 0 })
}

async function studyhallServer(sockets: number, quick: boolean): Promise<Mortal> {
  // A quick run says too little to outrun the event log, so the log is made shorter.
  const server = await Studyhall.start(quick ? { ROOM_LOG_EVENTS: '40' } : {})
  const people = await server.crowd(sockets)
  const room = await server.room(people)
  return {
    label: 'Studyhall',
    dialect: 'studyhall',
    resumes: true,
    targets: (who) =>
      server.targets(
        room,
        who.map((n) => people[n]!),
        who.length,
        true,
      ),
    killAndRestart: async () => {
      await server.server.kill()
      await server.server.start()
    },
    refetch: async (socket, since) => {
      const ids: number[] = []
      for (let after = since; ; ) {
        const page = await people[socket]!.call<{ data: { seq: number; text: string }[] }>(
          'GET',
          `/channels/${room}/messages?after=${after}&limit=100`,
        )
        const rows = page.data.sort((a, b) => a.seq - b.seq)
        const last = rows.at(-1)
        if (!last) return ids
        ids.push(...rows.map(({ text }) => Number(text.slice(1, 11))))
        after = last.seq
      }
    },
    stop: () => server.stop(),
  }
}

async function socketIoServer(): Promise<Mortal> {
  const port = await freePort()
  let server: Running = await startNode('socket-io.js', { FORM: 'bare' }, port)
  const target = { host: '127.0.0.1', port, path: '/socket.io/?EIO=4&transport=websocket' }
  return {
    label: '(b) Socket.IO alone',
    dialect: 'socketIo',
    resumes: false,
    targets: async (who) => who.map(() => target),
    killAndRestart: async () => {
      await server.kill()
      server = await startNode('socket-io.js', { FORM: 'bare' }, port)
    },
    refetch: async () => [],
    stop: () => server.stop(),
  }
}
