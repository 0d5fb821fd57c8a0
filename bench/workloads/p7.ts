import { installPeers, startWrangler, temporaryFolder } from '../lib/servers.ts'
import { number, ratios, shown, spread } from '../lib/stats.ts'
import type { Workload } from '../lib/workload.ts'

const contenders = ['studyhall', 'argon2-wasm-edge', 'noble-hashes'] as const

export const p7: Workload = {
  id: 'p7',
  title: 'Password hash (argon2id, m = 19456, t = 2, p = 1) in the Worker',
  minutes: 3,
  async run(run) {
    installPeers()
    const folder = temporaryFolder('hashes')
    const args = ['--persist-to', folder.path]
    const server = await startWrangler('bench/peers/hashes/wrangler.toml', args, '/health')
    const times = run.quick ? 3 : 20
    const ask = async (name: string, count: number) => {
      const startedAt = performance.now()
      const reply = await fetch(`http://127.0.0.1:${server.port}/${name}?times=${count}`)
      if (!reply.ok) throw new Error(`${name} answered ${reply.status}: ${(await reply.text()).slice(0, 300)}`)
      return performance.now() - startedAt
    }
    const measured = new Map<string, number[]>(contenders.map((name) => [name, []]))
    for (const name of contenders) await ask(name, 1)
    for (let round = 0; round < run.rounds && Date.now() < run.deadline; round += 1)
      for (const name of contenders) {
        // What the request itself takes is measured by one that hashes nothing.
        const empty = await ask(name, 0)
        const ms = ((await ask(name, times)) - empty) / times
        measured.get(name)?.push(ms)
        run.say(`round ${round + 1}: ${name}: ${number(ms)} ms`)
      }
    await server.stop()
    folder.remove()
    const of = (name: string) => measured.get(name) ?? []
    const others = contenders.filter((name) => name !== 'studyhall')
    const fastest = others.every((name) => ratios(of(name), of('studyhall')).median > 1)
    return {
      findings: [
        { goal: 'the fastest of those that run there', result: shown(spread(of('studyhall')), ' ms'), met: fastest },
      ],
      tables: [
        {
          title: `Mean of ${times} hashes`,
          columns: ['hash', 'Studyhall is faster by', 'ms'],
          rows: contenders.map((name) => [
            name,
            name === 'studyhall' ? '' : shown(ratios(of(name), of('studyhall')), '×'),
            shown(spread(of(name))),
          ]),
        },
      ],
      notes: [
        '@node-rs/argon2 is left out: its add-on cannot load in the runtime, its WebAssembly build wants 62 MiB of shared memory of the 128 an isolate has. hash-wasm is refused by the runtime.',
      ],
      raw: Object.fromEntries(measured),
    }
  },
}
