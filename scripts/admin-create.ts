import { parseArgs } from 'node:util'
import { installPackages } from './support/install.ts'
import { main, Stop } from './support/run.ts'

/**
 * `bun run admin:create`: makes the first admin, here or, with --remote, on the deployed Studyhall. Asks for what --email
 * and --name do not say. The password is made, shown once, and stored only as a hash. Somebody who has an account already
 * becomes an admin with --promote.
 */
await main(async () => {
  const options = readOptions()
  await installPackages()
  // Only now are the packages there that it needs.
  const { createAdmin } = await import('./support/admin.ts')
  return createAdmin(options)
})

function readOptions() {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ options: { email: text, name: text, remote: flag, promote: flag } }).values
  } catch {
    throw new Stop('npx bun run admin:create [--email ada@example.org] [--name "Ada Lovelace"] [--promote] [--remote]')
  }
}
