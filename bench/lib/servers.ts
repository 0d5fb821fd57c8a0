import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cores, family, freePort, listeningPorts, node, root, runtimes, Started, setToolsAside } from './processes.ts'

const peersFolder = join(root, 'bench/peers')
export const quiet = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // Wrangler's local tracing reports every frame of every socket to a Worker of its own and takes half of the speed.
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_SEND_METRICS: 'false',
  CI: '1',
  NO_COLOR: '1',
}

/** A server under test: where it listens, which processes it is made of, how to end it. */
export interface Running {
  port: number
  /** The port of the runtime itself, behind the development proxy; the same as `port` where there is none. */
  directPort(): Promise<number>
  pids(): number[]
  stop(): Promise<void>
  /** SIGKILL: it gets no chance to say goodbye. */
  kill(): Promise<void>
}

/** What the peers need is installed beside them on first use. */
export function installPeers(): void {
  if (existsSync(join(peersFolder, 'node_modules'))) return
  console.log('Installing the peers, once …')
  const bun = 'bun' in process.versions ? process.execPath : 'bun'
  const installed = spawnSync(bun, ['install', '--frozen-lockfile'], { cwd: peersFolder, encoding: 'utf8' })
  if (installed.status !== 0) throw new Error(`the peers could not be installed:\n${installed.stderr}`)
}

export function temporaryFolder(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `studyhall-bench-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function postgresBinaries(): string | null {
  const versions = '/usr/lib/postgresql'
  if (!existsSync(versions)) return null
  const newest = readdirSync(versions)
    .filter((version) => existsSync(join(versions, version, 'bin/postgres')))
    .sort((a, b) => Number(b) - Number(a))[0]
  return newest ? join(versions, newest, 'bin') : null
}

/** Why the stored peer cannot run here, or null. */
export function missingForStored(): string | null {
  const missing = []
  if (spawnSync('redis-server', ['--version']).status !== 0) missing.push('redis-server')
  if (!postgresBinaries()) missing.push('postgresql')
  return missing.length === 0 ? null : `${missing.join(' and ')} not installed; run bench/setup (Debian) and try again`
}

export async function startRedis(): Promise<Running> {
  const port = await freePort()
  const folder = temporaryFolder('redis')
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder.path]
  const started = new Started(cores.server, 'redis-server', args)
  await started.until(() => started.output.includes('Ready to accept connections'), 'redis-server')
  started.afterwards = folder.remove
  return running(started, port)
}

/** Settings as installed but for the address; a commit is on the disk when it is acknowledged. */
export async function startPostgres(): Promise<Running & { url: string }> {
  const binaries = postgresBinaries()
  if (!binaries) throw new Error('PostgreSQL is not installed')
  const port = await freePort()
  const folder = temporaryFolder('postgres')
  // PostgreSQL refuses to run as root.
  const asRoot = process.getuid?.() === 0
  const drop = asRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  if (asRoot) {
    chmodSync(folder.path, 0o777)
  }
  const data = join(folder.path, 'data')
  const [command = '', ...before] = [...drop, join(binaries, 'initdb')]
  const made = spawnSync(command, [...before, '-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--locale=C'], {
    cwd: '/',
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const [server = '', ...args] = [...drop, join(binaries, 'postgres')]
  const place = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const started = new Started(cores.server, server, [...args, ...place], { cwd: '/' })
  started.afterwards = folder.remove
  started.signal = 'SIGINT'
  await started.until(() => started.output.includes('ready to accept connections'), 'postgres')
  return { ...running(started, port), url: `postgres://bench@127.0.0.1:${port}/postgres` }
}

export async function startNode(script: string, env: Record<string, string>, wantedPort?: number): Promise<Running> {
  installPeers()
  const port = wantedPort ?? (await freePort())
  const started = new Started(cores.server, node, [script], {
    cwd: peersFolder,
    env: { ...process.env, ...env, NODE_ENV: 'production', PORT: String(port) },
  })
  await started.until(() => answers(`http://127.0.0.1:${port}/health`), script)
  return running(started, port)
}

export async function startWrangler(config: string, args: string[], health: string, env = quiet): Promise<Running> {
  const port = await freePort()
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const place = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--config', config]
  const started = new Started(cores.server, node, [wrangler, 'dev', ...place, ...args], { env })
  await started.until(() => answers(`http://127.0.0.1:${port}${health}`), 'wrangler dev')
  setToolsAside(started.pid)
  return {
    ...running(started, port),
    pids: () => runtimes(started.pid),
    directPort: () => runtimePort(started.pid, port, health),
  }
}

/** `wrangler dev` puts a proxy before the runtime, for reloads, each of which moves it; deployed there is none. */
export async function runtimePort(pid: number, front: number, health: string): Promise<number> {
  for (const member of runtimes(pid))
    for (const port of listeningPorts(member))
      if (port !== front && (await answers(`http://127.0.0.1:${port}${health}`))) return port
  return front
}

async function answers(url: string): Promise<boolean> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null)
  return reply?.ok === true
}

function running(started: Started, port: number): Running {
  return {
    port,
    directPort: async () => port,
    pids: () => family(started.pid),
    stop: () => started.stop(),
    kill: () => {
      started.signal = 'SIGKILL'
      return started.stop()
    },
  }
}
