import { resolve } from 'node:path'
import { installPackages } from './support/install.ts'
import { requireFreePort, startLocalServer } from './support/local-server.ts'
import { completeDevVars } from './support/local-settings.ts'
import { migrateLocally } from './support/migrate.ts'
import { gist, main, root, run, Stop, seconds } from './support/run.ts'
import { whenAskedToStop } from './support/stop.ts'

/**
 * `bun start`: everything on this machine, nothing installed before, data kept between runs.
 * PORT and HOST say where it listens, DATA_DIR where it keeps its data, VERBOSE=1 shows all that is printed inside.
 */
await main(async () => {
  const startedAt = performance.now()
  const port = readPort(process.env.PORT)
  const host = process.env.HOST || 'localhost'
  const dataDir = resolve(root, process.env.DATA_DIR || '.wrangler/state')

  await requireFreePort(host, port)
  await installPackages()
  const added = await completeDevVars()
  if (added.length > 0) console.log(`Made local settings in .dev.vars: ${added.join(', ')}`)
  await migrate(dataDir)

  process.stdout.write('Starting … ')
  const server = startLocalServer({ host, port, dataDir, verbose: process.env.VERBOSE === '1' })
  const stopped = new Promise<'stopped'>((done) => {
    whenAskedToStop(() => void server.stop().then(() => done('stopped')))
  })
  try {
    if ((await Promise.race([server.ready(60_000), stopped])) === 'stopped') return 0
  } catch (error) {
    console.log('failed')
    await server.stop()
    throw error
  }
  console.log(`ready after ${seconds(performance.now() - startedAt)}\n`)
  console.log(`  Studyhall         ${server.url}`)
  console.log(`  API, to read      ${server.url}/docs`)
  console.log(`  API, for tools    ${server.url}/api/v1/openapi.json`)
  console.log(`  Mail and codes    ${server.url}/dev/outbox\n`)
  console.log('See three people meet in a room: npx bun run demo   (in another terminal)')
  console.log('Stop with Ctrl-C; what was stored stays. Below: warnings and errors only, VERBOSE=1 shows all.\n')

  const cron = callCronEveryMinute(server.url)
  const code = await Promise.race([stopped, server.ended])
  clearInterval(cron)
  if (code !== 'stopped') {
    await server.stop()
    throw new Stop(`wrangler dev ended by itself (exit code ${code}).`)
  }
  console.log('Stopped.')
  return 0
})

function readPort(text: string | undefined): number {
  const port = Number(text || 8787)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Stop(`PORT must be 1 to 65535, not "${text}".`)
  return port
}

async function migrate(dataDir: string): Promise<void> {
  const { code, output } = await migrateLocally(dataDir, (args) => run(['wrangler', ...args]))
  if (code === 127) throw new Stop('wrangler could not be started. Remove node_modules and start again.')
  if (code !== 0) throw new Stop(`A database migration failed; nothing was started.\n${gist(output)}`)
}

/** Cloudflare calls the Worker every minute; on this machine we do. */
function callCronEveryMinute(url: string): NodeJS.Timeout {
  return setInterval(() => {
    fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent('* * * * *')}`).catch(() => {
      // The server says itself what is wrong; the next minute tries again.
    })
  }, 60_000)
}
