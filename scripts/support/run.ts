import { spawn } from 'node:child_process'
import { delimiter, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

/** A failure whose message is all that a reader needs. */
export class Stop extends Error {}

type Environment = Record<string, string | undefined>

/** The tools of node_modules first, so that they run on the Node that came with them, whatever the machine has. */
export const toolsEnv: Environment = {
  ...process.env,
  PATH: [resolve(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_LOG_PATH: resolve(root, '.wrangler/logs'),
  // Without it wrangler fetches an example of Request.cf and complains when the machine is offline.
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // Wrangler's local tracing reports every frame of every socket to a Worker of its own and takes half of the speed.
  X_LOCAL_OBSERVABILITY: 'false',
}

export interface Finished {
  code: number
  /** Both streams, in the order in which they came, without colours. */
  output: string
  ms: number
}

const environment = (more: Environment = {}) => ({ ...toolsEnv, ...more }) as NodeJS.ProcessEnv

/** Runs a command to its end without showing what it prints. */
export function run(
  command: string[],
  options: { input?: string; env?: Environment; cwd?: string } = {},
): Promise<Finished> {
  const [file = '', ...args] = command
  const startedAt = performance.now()
  return new Promise((done) => {
    const child = spawn(file, args, { cwd: options.cwd ?? root, env: environment(options.env), stdio: 'pipe' })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    const finish = (code: number, extra = '') =>
      done({ code, output: plain(Buffer.concat(chunks).toString() + extra), ms: performance.now() - startedAt })
    child.on('error', (error) => finish(127, `${file}: ${error.message}`))
    child.on('close', (code) => finish(code ?? 1))
  })
}

/** Runs a command that talks to the person at the terminal, and resolves to its exit code. */
export function runInFront(command: string[], env: Environment = {}): Promise<number> {
  const [file = '', ...args] = command
  return new Promise((done, fail) => {
    const child = spawn(file, args, { cwd: root, env: environment(env), stdio: 'inherit' })
    child.on('error', (error) => fail(new Stop(`${file} could not be started: ${error.message}`)))
    child.on('close', (code) => done(code ?? 1))
  })
}

export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are written with the escape character
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/** The lines of a tool's output that say what went wrong, few enough to read. */
export function gist(output: string, most = 8): string {
  const lines = output
    .split('\n')
    .map((text) => text.trimEnd())
    .filter((text) => text.trim() !== '' && !text.includes('Logs were written to'))
  const first = lines.findIndex((text) => /error|failed|✘/i.test(text))
  return (first < 0 ? lines.slice(-most) : lines.slice(first, first + most)).map((text) => `  ${text}`).join('\n')
}

/** Runs a script's work and turns a failure into one clear message and exit code 1. */
export async function main(work: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await work()) ?? 0
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error)
    process.exitCode = 1
  }
}
