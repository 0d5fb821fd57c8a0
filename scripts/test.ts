import { installPackages } from './support/install.ts'
import { main, runInFront } from './support/run.ts'

/** `bun run test [what vitest takes]`: installs what is missing and runs the tests once. */
await main(async () => {
  await installPackages()
  return runInFront(['vitest', 'run', ...process.argv.slice(2)])
})
