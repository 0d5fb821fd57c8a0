import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { root, Stop, toolsEnv } from './run.ts'
import { makeLogReader } from './worker-log.ts'

export interface LocalServerOptions {
  host: string
  port: number
  /** Where the databases, objects and files live between runs. */
  dataDir: string
  /** Show everything that wrangler and the Worker print. */
  verbose: boolean
}

export interface LocalServer {
  url: string
  /** Resolves when every dependency answers; throws a Stop that says which does not. */
  ready(timeoutMs: number): Promise<void>
  /** Resolves with the exit code when the server ends by itself, never after `stop`. */
  ended: Promise<number>
  stop(): Promise<void>
}

/** @throws Stop when somebody else has the port */
export async function requireFreePort(host: string, port: number): Promise<void> {
  for (const address of host === 'localhost' ? ['127.0.0.1', '::1'] : [host]) {
    const problem = await new Promise<NodeJS.ErrnoException | null>((done) => {
      const server = createServer()
      server.once('error', done)
      server.listen({ port, host: address, exclusive: true }, () => server.close(() => done(null)))
    })
    if (problem?.code === 'EADDRINUSE')
      throw new Stop(
        `Port ${port} is in use. Stop what listens there, or choose another: PORT=${port + 1} npx bun start`,
      )
    if (problem?.code === 'EACCES') throw new Stop(`Port ${port} needs more rights than you have; try PORT=8787.`)
    if (problem && host !== 'localhost') throw new Stop(`Cannot listen on ${host}: ${problem.message}`)
  }
}

/** Where people on this machine reach the server. */
export function urlOf({ host, port }: Pick<LocalServerOptions, 'host' | 'port'>): string {
  const shownHost = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${port}`
}

export const wranglerArgs = ({ host, port, dataDir }: Omit<LocalServerOptions, 'verbose'>) => [
  // Inspector port 0: two servers on one machine do not fight about it.
  ...['dev', '--local', '--ip', host, '--port', String(port), '--inspector-port', '0'],
  ...['--persist-to', dataDir, '--show-interactive-dev-session=false'],
  // Mail that no request has asked for links here, too.
  ...['--var', `LOCAL_URL:${urlOf({ host, port })}`],
]

export function startLocalServer(options: LocalServerOptions): LocalServer {
  const url = urlOf(options)
  const child = spawn(
    'wrangler',
    wranglerArgs(options),
    // A process group of its own, so that all of it can be ended at once.
    { cwd: root, env: toolsEnv as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const log = makeLogReader(options.verbose, (text) => console.log(text))
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', log.take)

  const ended = new Promise<number>((done) => {
    child.on('error', () => done(127))
    child.on('exit', (code) => done(code ?? 1))
  })
  const guard = endGroupWhenWeDie(child)
  let stopping = false
  return {
    url,
    ended: new Promise((done) => void ended.then((code) => stopping || done(code))),
    async ready(timeoutMs) {
      const deadline = performance.now() + timeoutMs
      let waitingFor = 'the server to listen'
      let over = false
      void ended.then(() => {
        over = true
      })
      while (performance.now() < deadline) {
        if (over && !stopping) throw new Stop(`wrangler dev ended before Studyhall was ready.\n${log.problems()}`)
        // wrangler would wait for somebody to mend it.
        if (log.problems().includes('Build failed')) throw new Stop(`The Worker could not be built.\n${log.problems()}`)
        const answer = await askReady(url)
        if (answer === 'ready') return log.start()
        if (answer !== null) waitingFor = answer
        await new Promise((done) => setTimeout(done, 100))
      }
      throw new Stop(
        `Studyhall was not ready within ${timeoutMs / 1000} s; it waits for ${waitingFor}.\n${log.problems()}`,
      )
    },
    async stop() {
      stopping = true
      guard.kill('SIGKILL')
      endGroup(child, 'SIGTERM')
      const late = setTimeout(() => endGroup(child, 'SIGKILL'), 5000)
      await ended
      clearTimeout(late)
      // wrangler may go before the runtime that it started.
      endGroup(child, 'SIGKILL')
    },
  }
}

/** 'ready', the names of what is not, or null while nobody listens. */
async function askReady(url: string): Promise<string | null> {
  try {
    const reply = await fetch(`${url}/api/v1/health/ready`, { signal: AbortSignal.timeout(5000) })
    const { ready, dependencies } = (await reply.json()) as {
      ready: boolean
      dependencies: Record<string, { ok: boolean }>
    }
    if (ready) return 'ready'
    return Object.entries(dependencies)
      .filter(([, { ok }]) => !ok)
      .map(([name]) => name)
      .join(', ')
  } catch {
    return null
  }
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Nobody of the group is left.
  }
}

/** A shell that reads until our end of the pipe closes, which it does even when this process is killed outright. */
function endGroupWhenWeDie(child: ChildProcess): ChildProcess {
  const group = `-${child.pid}`
  const script = `cat >/dev/null; kill -s TERM -- ${group}; sleep 3; kill -s KILL -- ${group}`
  const guard = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  guard.on('error', () => {})
  guard.stdin?.on('error', () => {})
  return guard
}
