import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export const root = join(import.meta.dirname, '../..')
/** The Node that the project brings, whatever runs the harness. */
export const node = join(root, 'node_modules/node/bin/node')

/** Servers share one core, the generator has another; on a machine with a single core nothing is pinned. */
export const cores = availableParallelism() >= 2 ? { server: '0', generator: '1' } : { server: null, generator: null }

const alive = new Set<Started>()

/** A process of ours: pinned, with its output kept, stopped by its own id and nothing else. */
export class Started {
  output = ''
  readonly child: ChildProcess
  /** What is cleaned up once it has ended. */
  afterwards = () => {}
  /** How it is asked to end. */
  signal: NodeJS.Signals = 'SIGTERM'

  constructor(core: string | null, command: string, args: string[], options: SpawnOptions = {}) {
    const pinned = core === null ? [command, ...args] : ['taskset', '-c', core, command, ...args]
    this.child = spawn(pinned[0]!, pinned.slice(1), { cwd: root, detached: true, ...options })
    this.child.on('error', (error) => {
      this.output += error.message
    })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (data) => {
        this.output = (this.output + String(data)).slice(-20_000)
      })
    alive.add(this)
  }

  get pid(): number {
    if (!this.child.pid) throw new Error(`a process did not start: ${this.output}`)
    return this.child.pid
  }

  async until(ready: () => Promise<boolean> | boolean, what: string, atMostMs = 60_000): Promise<void> {
    const deadline = Date.now() + atMostMs
    while (Date.now() < deadline && this.child.exitCode === null) {
      if (await ready()) return
      await pause(50)
    }
    throw new Error(`${what} did not become ready:\n${this.output}`)
  }

  async stop(): Promise<void> {
    alive.delete(this)
    await this.end(this.signal)
    this.afterwards()
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null || !this.child.pid) return
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    killGroup(this.child.pid, signal)
    if ((await Promise.race([gone, pause(5000, 'late')])) === 'late') {
      killGroup(this.child.pid, 'SIGKILL')
      await gone
    }
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has gone by itself.
  }
}

const whenStopping: (() => Promise<void>)[] = []

/** For what is stopped in a way of its own. */
export function onStop(stop: () => Promise<void>): void {
  whenStopping.push(stop)
}

/** Whatever happens, nothing that was started outlives the harness. */
export async function stopAll(): Promise<void> {
  const others = whenStopping.splice(0)
  await Promise.allSettled([...[...alive].map((started) => started.stop()), ...others.map((stop) => stop())])
}

/** The process and all that came of it. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(stat(Number(name))?.[1])
    if (parent) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found = [pid]
  for (const member of found) found.push(...(children.get(member) ?? []))
  return found
}

/** Fields of /proc/pid/stat from the state on: [0] state, [1] parent, [11] user ticks, [12] system ticks. */
function stat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/** Seconds of CPU that these processes have used so far; the kernel counts in hundredths. */
export function cpuSeconds(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = stat(pid)
    return sum + (fields ? (Number(fields[11]) + Number(fields[12])) / 100 : 0)
  }, 0)
}

/** Resident memory in bytes. */
export function memoryBytes(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
      return sum + Number(line?.[1] ?? 0) * 1024
    } catch {
      return sum
    }
  }, 0)
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').join(' ').trim()
  } catch {
    return ''
  }
}

const isRuntime = (pid: number) => /workerd.* serve /.test(commandOf(pid))

/** Of all that `wrangler dev` has started, what serves. */
export const runtimes = (pid: number) => family(pid).filter(isRuntime)

/**
 * Moves what `wrangler dev` runs beside the runtime to the generator's core: it serves nobody, and looks through all
 * sources for changes again and again.
 */
export function setToolsAside(pid: number): void {
  if (cores.generator === null) return
  for (const member of family(pid))
    if (!isRuntime(member)) spawnSync('taskset', ['-acp', cores.generator, String(member)])
}

/** TCP ports on which this process listens. */
export function listeningPorts(pid: number): number[] {
  const inodes = new Set<string>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))
      if (inode?.[1]) inodes.add(inode[1])
    } catch {
      // Closed since it was listed.
    }
  }
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && inodes.has(fields[9] ?? ''))
      .map((fields) => Number.parseInt(fields[1]!.split(':').at(-1)!, 16)),
  )
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
