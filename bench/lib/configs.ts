import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localSecrets } from '../../scripts/local-secrets'
import type { DevServerOptions } from '../../test/support/dev-server'
import { root } from './processes.ts'

/** Limits that a load test has to lift; everything else is as deployed. Printed with the results. */
export const raisedLimits = {
  REGISTRATIONS_PER_ADDRESS: '1000000',
  TICKETS_PER_USER: '1000000',
  REFRESHES_PER_SESSION: '1000000',
  ROOMS_PER_OWNER: '1000',
  ROOM_FRAMES_PER_MINUTE: '1000000',
  ROOM_SOCKETS: '8000',
  ROOM_SOCKETS_PER_USER: '8',
  NOTES_PER_USER: '1000000',
  LOG_REQUESTS: 'failed',
}

/** The project's own configuration with the shield's limits raised, which settings cannot do, and perhaps another entry. */
export function benchConfig(entry: string): string {
  return save(entry.replace(/\W+/g, '-'), configOf(entry))
}

/**
 * Three Workers served together: the project's own, which takes every request; its code once more, of which only the
 * objects are used; and one for the pages.
 */
export async function apartConfigs(): Promise<DevServerOptions> {
  const settings = { ...(await localSecrets()), ...raisedLimits }
  const pages = '[[services]]\nbinding = "ASSETS"\nservice = "studyhall-pages"\n\n'
  const front = configOf('src/index.ts')
    .replace(/^\[assets\]\n(?:.+\n)*\n/m, pages)
    .replace(/^class_name = .*$/gm, '$&\nscript_name = "studyhall-objects"')
    .replace(/^\[\[migrations\]\]\n(?:.+\n)*\n/gm, '')
    .replace(/^\[durable_objects.code_update_strategy\]\n(?:.+\n)*\n/m, '')
  // Settings that are given on the command line reach the first of several Workers only.
  const asVars = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`)
  const objects = configOf('bench/lib/only-objects.ts')
    .replace(/^name = .*$/m, 'name = "studyhall-objects"')
    .replace(/^\[assets\]\n(?:.+\n)*\n/m, pages)
    .replace(/^\[\[queues.consumers\]\]\n(?:.+\n)*\n/gm, '')
    .replace(/^\[triggers\]\n(?:.+\n)*\n/m, '')
    .replace(/^\[vars\]\n/m, `$&${asVars.join('')}`)
  const ofPages = `name = "studyhall-pages"
main = "../../bench/lib/pages.js"
compatibility_date = "2026-10-01"
send_metrics = false

[assets]
directory = "../../public"
binding = "ASSETS"
run_worker_first = true
`
  return {
    settings,
    config: save('apart', front),
    beside: [save('apart-objects', objects), save('apart-pages', ofPages)],
  }
}

function configOf(entry: string): string {
  return readFileSync(join(root, 'wrangler.toml'), 'utf8')
    .replace(/^main = .*$/m, `main = "../../${entry}"`)
    .replace(/^directory = "/m, 'directory = "../../')
    .replace(/^migrations_dir = "/m, 'migrations_dir = "../../')
    .replace(/= "\.\/src\//g, '= "../../src/')
    .replace(/simple = \{ limit = \d+/g, 'simple = { limit = 1000000')
}

function save(name: string, text: string): string {
  const folder = join(root, '.wrangler/bench')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.toml`)
  writeFileSync(path, text)
  return path
}
