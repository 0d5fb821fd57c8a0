import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Person } from '../../scripts/demo/client'
import { freePort, root, Started } from '../lib/processes.ts'
import { temporaryFolder } from '../lib/servers.ts'
import { number, shown, spread } from '../lib/stats.ts'
import type { Workload } from '../lib/workload.ts'

const mostSeconds = 30

export const p9: Workload = {
  id: 'p9',
  title: 'From a clean checkout to the first message in a room, packages already cached',
  minutes: 4,
  async run(run) {
    const rounds: { cloned: number; ready: number; message: number }[] = []
    for (let round = 0; round < (run.quick ? 1 : 3); round += 1) {
      rounds.push(await fromNothing())
      run.say(`round ${round + 1}: ${number(rounds.at(-1)?.message ?? Number.NaN)} s`)
    }
    const of = (field: 'cloned' | 'ready' | 'message') => spread(rounds.map((r) => r[field]))
    return {
      findings: [
        {
          goal: `at most ${mostSeconds} s`,
          result: shown(of('message'), ' s'),
          met: of('message').median <= mostSeconds,
        },
      ],
      tables: [
        {
          title: 'Seconds since the beginning',
          columns: ['cloned', 'installed, migrated and listening', 'first message heard'],
          rows: [[shown(of('cloned')), shown(of('ready')), shown(of('message'))]],
        },
      ],
      notes: ['What is committed is what is cloned. Bun is there already; `npx bun start` fetches it once before.'],
      raw: rounds,
    }
  },
}

async function fromNothing() {
  const folder = temporaryFolder('clone')
  const startedAt = performance.now()
  const since = () => (performance.now() - startedAt) / 1000
  const clone = join(folder.path, 'studyhall')
  const cloned = spawnSync('git', ['clone', '--quiet', root, clone], { encoding: 'utf8' })
  if (cloned.status !== 0) throw new Error(`the clone failed: ${cloned.stderr}`)
  const times = { cloned: since(), ready: 0, message: 0 }
  const port = await freePort()
  const env = { ...process.env, PORT: String(port), HOST: '127.0.0.1' }
  const started = new Started(null, process.execPath, ['scripts/start.ts'], { cwd: clone, env })
  started.afterwards = folder.remove
  try {
    const base = `http://127.0.0.1:${port}`
    await started.until(async () => (await fetch(`${base}/api/v1/health`).catch(() => null))?.ok === true, 'bun start')
    times.ready = since()
    const person = await Person.register(base, 'First')
    const room = await person.call<{ id: string }>('POST', '/rooms', { name: 'First room' })
    const link = await person.connect(room.id)
    link.send({ type: 'message.send', nonce: 'first', text: 'Here we are.' })
    await link.until(({ type }) => type === 'message.created')
    times.message = since()
    link.close()
    await pause(100)
  } finally {
    await started.stop()
  }
  return times
}
