import { spawnSync } from 'node:child_process'

/**
 * Calls `end` once, when a signal asks for it or when what started us is gone. Neither npx nor `bun run` passes every
 * signal on, and a server without an owner would keep its port.
 */
export function whenAskedToStop(end: () => void): void {
  let asked = false
  const ask = () => {
    if (!asked) end()
    asked = true
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)

  const owners = findOwners()
  setInterval(() => owners.every(isAlive) || ask(), 1000).unref()
}

/** The processes between this one and the `npx` or `bun run` that was typed; none when the script was called directly. */
function findOwners(): number[] {
  if (process.env.npm_lifecycle_event === undefined) return []
  const owners = [process.ppid]
  let above = process.ppid
  for (let level = 0; level < 4; level += 1) {
    const { stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(above)], { encoding: 'utf8' })
    const [, parent, args = ''] = /^\s*(\d+)\s+(.*)/.exec(stdout ?? '') ?? []
    if (/\bnpm exec\b|\bnpx\b/.test(args)) return [...owners, above]
    if (!parent || Number(parent) <= 1) break
    above = Number(parent)
  }
  return owners
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
