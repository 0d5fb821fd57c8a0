import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { installPackages } from './support/install.ts'
import { type Finished, gist, main, root, run, seconds } from './support/run.ts'

/** `bun run check`: everything a machine can say about the code without running it, side by side, one line each. */
await main(async () => {
  await installPackages()
  const startedAt = performance.now()
  const results = await Promise.all([
    check('types', () => run(['tsc', '--pretty', 'false'])),
    check('lint and format', () => run(['biome', 'ci', '--colors=off', '.'])),
    check('structure', () => run(['vitest', 'run', '--project', 'pure', 'test/architecture.pure.test.ts'])),
    // Without an env file, or the names in a .dev.vars would count as part of the types.
    check('types of the bindings', () =>
      run(['wrangler', 'types', '--check', '--include-runtime=false', '--env-file', '/dev/null']),
    ),
    check('migrations', checkMigrations),
  ])
  const failed = results.filter((ok) => !ok).length
  const time = seconds(performance.now() - startedAt)
  console.log(failed === 0 ? `All is well (${time}).` : `${failed} of ${results.length} checks failed (${time}).`)
  return failed === 0 ? 0 : 1
})

async function check(name: string, work: () => Promise<Finished>): Promise<boolean> {
  const { code, output, ms } = await work()
  console.log(`${code === 0 ? 'ok    ' : 'failed'}  ${name.padEnd(22)} ${seconds(ms).padStart(7)}`)
  if (code !== 0) console.log(gist(output, 30))
  return code === 0
}

/** The snapshots agree with each other, and generating from today's tables would write nothing new. */
async function checkMigrations(): Promise<Finished> {
  const checked = await run(['drizzle-kit', 'check'])
  if (checked.code !== 0) return checked
  await mkdir(join(root, '.wrangler'), { recursive: true })
  const copy = await mkdtemp(join(root, '.wrangler/migrations-'))
  try {
    await cp(join(root, 'migrations'), copy, { recursive: true })
    const before = await readdir(copy)
    // drizzle-kit takes either a config file or flags: these are what drizzle.config.ts says, but for the folder.
    const generated = await run([
      ...['drizzle-kit', 'generate', '--dialect', 'sqlite', '--schema', './src/**/tables.ts'],
      ...['--casing', 'snake_case', '--prefix', 'index', '--out', relative(root, copy)],
    ])
    const added = (await readdir(copy)).filter((name) => !before.includes(name))
    const ms = checked.ms + generated.ms
    if (added.length === 0) return { ...generated, ms }
    const output = `error: the tables have changed since the last migration.\nWrite it with: npx bun run drizzle-kit generate --name <what changes>`
    return { code: 1, output, ms }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}
