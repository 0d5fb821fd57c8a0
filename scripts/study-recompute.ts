import { parseArgs } from 'node:util'
import { installPackages } from './support/install.ts'
import { main, Stop } from './support/run.ts'

/**
 * `bun run study:recompute`: adds up all study time again from the segments of the sessions, here or, with --remote, on
 * the deployed Studyhall, and tells which totals differ. Changes nothing; exits with 1 when something differs.
 */
await main(async () => {
  const options = readOptions()
  await installPackages()
  // Only now are the packages there that it needs.
  const { recompute } = await import('./support/recompute.ts')
  return recompute(options)
})

function readOptions() {
  try {
    return parseArgs({ options: { remote: { type: 'boolean', default: false } } }).values
  } catch {
    throw new Stop('npx bun run study:recompute [--remote]')
  }
}
