import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localSecrets } from './local-secrets.ts'
import { installPackages } from './support/install.ts'
import { gist, main, root, run, runInFront, Stop } from './support/run.ts'

const maxGzipKiB = 400

/**
 * `bun run deploy`: puts Studyhall on the Cloudflare account that wrangler is signed in to. It makes secrets that are
 * missing there, never replaces one, and migrates the database before the new Worker takes over.
 * `--dry-run` only builds and measures.
 */
await main(async () => {
  await installPackages()
  if (process.argv.includes('--dry-run')) return dryRun()

  await requireSignIn()
  await requireDatabase()
  const secrets = await missingSecrets()
  await dryRun()
  console.log('Migrating the database …')
  if ((await runInFront(['wrangler', 'd1', 'migrations', 'apply', 'DB', '--remote'])) !== 0)
    throw new Stop('The migration failed, so nothing was deployed; the running Worker is as it was.')
  return deploy(secrets)
})

async function dryRun(): Promise<number> {
  const { code, output } = await run(['wrangler', 'deploy', '--dry-run'])
  const gzip = Number(/gzip: ([\d.]+) KiB/.exec(output)?.[1])
  if (code !== 0 || Number.isNaN(gzip)) throw new Stop(`The Worker could not be built.\n${gist(output, 20)}`)
  if (gzip > maxGzipKiB) throw new Stop(`The Worker is ${gzip} KiB gzipped; at most ${maxGzipKiB} are allowed.`)
  console.log(`The Worker builds: ${gzip} KiB gzipped, of ${maxGzipKiB} allowed.`)
  return 0
}

async function requireSignIn(): Promise<void> {
  const { code } = await run(['wrangler', 'whoami', '--json'])
  if (code !== 0)
    throw new Stop('wrangler is not signed in. Sign in with: npx bun run wrangler login (or set CLOUDFLARE_API_TOKEN)')
}

async function requireDatabase(): Promise<void> {
  const settings = await readFile(join(root, 'wrangler.toml'), 'utf8')
  const id = /^database_id\s*=\s*"([^"]*)"/m.exec(settings)?.[1] ?? ''
  if (/[1-9a-f]/.test(id)) return
  throw new Stop(`wrangler.toml has no real database_id yet. Create what Studyhall needs, once:

  npx bun run wrangler d1 create studyhall
  npx bun run wrangler r2 bucket create studyhall-files
  npx bun run wrangler queues create studyhall-events
  npx bun run wrangler queues create studyhall-dead-letters

The first command prints a database_id: put it into wrangler.toml, then deploy again.`)
}

/** Fresh values for the secrets that the deployed Worker does not have. */
async function missingSecrets(): Promise<Record<string, string>> {
  const { code, output } = await run(['wrangler', 'secret', 'list', '--format', 'json'])
  const neverDeployed = code !== 0 && /10007|not found|does not exist/i.test(output)
  if (code !== 0 && !neverDeployed) throw new Stop(`The secrets of the Worker could not be listed.\n${gist(output)}`)
  const listed = neverDeployed ? '[]' : (/\[[\s\S]*\]/.exec(output)?.[0] ?? null)
  // Guessing here could replace a signing key and sign everybody out.
  if (listed === null) throw new Stop(`The list of secrets could not be read.\n${gist(output)}`)
  const present = new Set((JSON.parse(listed) as { name: string }[]).map(({ name }) => name))
  return Object.fromEntries(Object.entries(await localSecrets()).filter(([name]) => !present.has(name)))
}

/** New secrets travel with the new version, so that no version ever runs without them. */
async function deploy(secrets: Record<string, string>): Promise<number> {
  const names = Object.keys(secrets)
  if (names.length === 0) return runInFront(['wrangler', 'deploy'])
  console.log(`Making secrets that the Worker does not have yet: ${names.join(', ')}`)
  const folder = await mkdtemp(join(tmpdir(), 'studyhall-'))
  try {
    const file = join(folder, 'secrets.json')
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 })
    return await runInFront(['wrangler', 'deploy', '--secrets-file', file])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
