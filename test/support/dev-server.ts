import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localSecrets } from '../../scripts/local-secrets'
import { migrateLocally } from '../../scripts/support/migrate'

const wrangler = ['node_modules/wrangler/bin/wrangler.js']
const quiet = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // Wrangler's local tracing reports every frame of every socket to a Worker of its own and takes half of the speed.
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_SEND_METRICS: 'false',
  CI: '1',
  NO_COLOR: '1',
}

export interface DevServerOptions {
  /** Settings beside the secrets, such as raised limits. */
  settings?: Record<string, string>
  /** A wrangler configuration in place of the project's own. */
  config?: string
  /** Configurations of other Workers that it is served together with. */
  beside?: string[]
  /** What runs wrangler: the Node that runs this, unless told otherwise. */
  runner?: [string, ...string[]]
}

/** A real `wrangler dev` with storage of its own, that can be killed and started again on the same storage. */
export class DevServer {
  private process: ChildProcess | null = null
  private output = ''

  private constructor(
    private readonly folder: string,
    readonly port: number,
    readonly inspectorPort: number,
    private readonly command: [string, ...string[]],
    private readonly config: string[],
    private readonly beside: string[],
  ) {}

  static async create(options: DevServerOptions = {}): Promise<DevServer> {
    const folder = mkdtempSync(join(tmpdir(), 'studyhall-'))
    const settings = Object.entries({ ...(await localSecrets()), ...options.settings })
    writeFileSync(join(folder, 'secrets.env'), settings.map(([name, value]) => `${name}='${value}'\n`).join(''))
    const config = options.config === undefined ? [] : ['--config', options.config]
    const [command, ...before] = options.runner ?? [process.execPath]
    const beside = (options.beside ?? []).flatMap((path) => ['--config', path])
    const run: [string, ...string[]] = [command, ...before, ...wrangler]
    const server = new DevServer(folder, await freePort(), await freePort(), run, config, beside)
    const migrated = await migrateLocally(server.dataDir, async (args) =>
      spawnSync(command, [...before, ...wrangler, ...config, ...args], { env: quiet, encoding: 'utf8' }),
    )
    if (migrated.status !== 0) throw new Error(`the migrations failed:\n${migrated.stdout}\n${migrated.stderr}`)
    return server
  }

  /** The id of wrangler's process, the first of its group. */
  get pid(): number {
    if (!this.process?.pid) throw new Error('the server does not run')
    return this.process.pid
  }

  /** What `DATA_DIR` says to the scripts. */
  get dataDir(): string {
    return join(this.folder, 'state')
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    this.output = ''
    const args = [
      'dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(this.port),
      '--inspector-port',
      String(this.inspectorPort),
    ]
    const more = ['--persist-to', this.dataDir, '--env-file', join(this.folder, 'secrets.env')]
    // A process group of its own, so that wrangler and its workerd can be killed in one blow.
    const [command, ...before] = this.command
    const child = spawn(command, [...before, ...this.config, ...this.beside, ...args, ...more], {
      env: quiet,
      detached: true,
    })
    this.process = child
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data) => {
        this.output = (this.output + String(data)).slice(-20_000)
      })
    const deadline = Date.now() + 60_000
    while (Date.now() < deadline) {
      const ready = await fetch(`${this.url}/api/v1/health/ready`, { signal: AbortSignal.timeout(2000) }).catch(
        () => null,
      )
      if (ready?.ok) return
      if (child.exitCode !== null) break
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`wrangler dev did not become ready:\n${this.output}`)
  }

  /** SIGKILL to all of it at once: nothing gets a chance to flush. */
  async kill(): Promise<void> {
    const child = this.process
    if (!child?.pid) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    process.kill(-child.pid, 'SIGKILL')
    await gone
    this.process = null
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
