import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { node, root } from '../lib/processes.ts'
import { quiet, temporaryFolder } from '../lib/servers.ts'
import { number, shown, spread } from '../lib/stats.ts'
import type { Workload } from '../lib/workload.ts'

const mostKiB = 400
const mostMs = 100

interface Profile {
  startTime: number
  endTime: number
  nodes: { id: number; callFrame: { functionName: string } }[]
  samples: number[]
  timeDeltas: number[]
}

export const p8: Workload = {
  id: 'p8',
  title: 'Size of the Worker, gzipped, and the CPU time of its start',
  minutes: 3,
  async run(run) {
    const folder = temporaryFolder('bundle')
    wrangler(['deploy', '--dry-run', '--outdir', folder.path])
    const files = readdirSync(folder.path)
      .filter((name) => !/\.(map|md)$/.test(name))
      .map((name) => ({
        name,
        bytes: statSync(join(folder.path, name)).size,
        gzipped: gzipSync(readFileSync(join(folder.path, name))).length,
      }))
    const kib = files.reduce((sum, { gzipped }) => sum + gzipped, 0) / 1024
    const starts: number[] = []
    for (let round = 0; round < run.rounds; round += 1) {
      const profile = join(folder.path, `start-${round}.cpuprofile`)
      wrangler(['check', 'startup', '--outfile', profile])
      if (existsSync(profile)) starts.push(busyMs(JSON.parse(readFileSync(profile, 'utf8')) as Profile))
    }
    folder.remove()
    const start = spread(starts)
    return {
      findings: [
        { goal: `at most ${mostKiB} KiB gzipped`, result: `${number(kib)} KiB`, met: kib <= mostKiB },
        { goal: `at most ${mostMs} ms of CPU to start`, result: shown(start, ' ms'), met: start.median <= mostMs },
      ],
      tables: [
        {
          title: 'What is uploaded',
          columns: ['file', 'KiB', 'KiB gzipped'],
          rows: files.map(({ name, bytes, gzipped }) => [name, number(bytes / 1024), number(gzipped / 1024)]),
        },
      ],
      notes: [
        'Start: time in the profile that was not idle. It is measured here, not on the machines that will run it.',
      ],
      raw: { files, starts },
    }
  },
}

function wrangler(args: string[]): void {
  const done = spawnSync(node, ['node_modules/wrangler/bin/wrangler.js', ...args], {
    cwd: root,
    env: quiet,
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`wrangler ${args.join(' ')} failed:\n${done.stdout}\n${done.stderr}`)
}

function busyMs({ nodes, samples, timeDeltas }: Profile): number {
  const idle = new Set(
    nodes.filter(({ callFrame }) => /^\((idle|program)\)$/.test(callFrame.functionName)).map(({ id }) => id),
  )
  return timeDeltas.reduce((sum, delta, n) => sum + (idle.has(samples[n] ?? -1) ? 0 : Math.max(0, delta)), 0) / 1000
}
