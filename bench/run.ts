/**
 * Measures Studyhall beside what it replaces: `bun run bench` for everything, `bun run bench p1 p2` for some of it,
 * `--quick` for one short round that shows that all of it works and proves nothing about speed.
 */
import { existsSync } from 'node:fs'
import { Generator } from './lib/load.ts'
import { stopAll } from './lib/processes.ts'
import { save } from './lib/report.ts'
import type { Run, Workload } from './lib/workload.ts'
import { limit } from './workloads/limit.ts'
import { p1 } from './workloads/p1.ts'
import { p2 } from './workloads/p2.ts'
import { p3 } from './workloads/p3.ts'
import { p4 } from './workloads/p4.ts'
import { p5 } from './workloads/p5.ts'
import { p6 } from './workloads/p6.ts'
import { p7 } from './workloads/p7.ts'
import { p8 } from './workloads/p8.ts'
import { p9 } from './workloads/p9.ts'
import { p10 } from './workloads/p10.ts'
import { p12 } from './workloads/p12.ts'
import { p13 } from './workloads/p13.ts'
import { p14 } from './workloads/p14.ts'

const workloads: Workload[] = [p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p12, p13, p14, limit]

const args = process.argv.slice(2).map((arg) => arg.toLowerCase())
const quick = args.includes('--quick')
const unknown = args.filter((arg) => arg !== '--quick' && !workloads.some(({ id }) => id === arg))
const wanted = args.filter((arg) => !arg.startsWith('--'))

if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(' ')}. There are ${workloads.map(({ id }) => id).join(', ')} and --quick.`)
  process.exit(2)
}

// The disks of shared machines vary from minute to minute: the data of every server lies in memory, where there is room.
if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm'

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void stopAll().finally(() => process.exit(130))
  })

async function measure(workload: Workload): Promise<boolean> {
  const startedAt = Date.now()
  const rounds = quick ? 1 : 5
  console.log(`\n${workload.id.toUpperCase()}  ${workload.title}${quick ? '  (quick: no evidence of speed)' : ''}`)
  let generator: Generator | null = null
  const run: Run = {
    quick,
    rounds,
    deadline: startedAt + workload.minutes * 60_000,
    say: (line) => console.log(`  ${line}`),
    generator: async () => {
      generator ??= new Generator()
      return generator
    },
  }
  try {
    const outcome = await workload.run(run)
    for (const { goal, result, met } of outcome.findings)
      console.log(`  ${met === null ? '     ' : met ? 'met  ' : 'MISS '} ${goal}: ${result}`)
    console.log(
      `  ${save(workload, outcome, { startedAt, rounds, quick })}, ${Math.round((Date.now() - startedAt) / 1000)} s`,
    )
    return true
  } catch (error) {
    console.error(
      `  ${workload.id} could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    return false
  } finally {
    await stopAll()
  }
}

let failed = 0
for (const workload of workloads)
  if (wanted.length === 0 || wanted.includes(workload.id)) failed += (await measure(workload)) ? 0 : 1
process.exit(failed > 0 ? 1 : 0)
