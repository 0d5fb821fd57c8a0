import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutation } from '../test/faults/mutations/mutation.ts'
import { mutations } from '../test/faults/mutations.ts'
import { installPackages } from './support/install.ts'
import { gist, main, root, run, Stop, seconds } from './support/run.ts'

/**
 * `bun run faults [what an id begins with …]`: breaks one rule at a time in a copy of the last commit and demands that the
 * test which guards it fails. A test that stays green when its rule is gone proves nothing.
 */
await main(async () => {
  await installPackages()
  const chosen = choose(process.argv.slice(2))
  const copy = await mkdtemp(join(tmpdir(), 'studyhall-faults-'))
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  await copyLastCommit(copy)
  const healthy = await findHealthy(copy, chosen)
  let bad = 0
  for (const mutation of chosen) {
    const { verdict, how, ms } = await tryMutation(copy, mutation, healthy)
    if (verdict !== 'caught') bad += 1
    console.log(`${verdict.padEnd(10)} ${mutation.id.padEnd(34)} ${seconds(ms).padStart(7)}  ${how}`)
  }
  console.log(`${chosen.length - bad} of ${chosen.length} broken rules were noticed.`)
  return bad === 0 ? 0 : 1
})

function choose(beginnings: string[]): readonly Mutation[] {
  if (beginnings.length === 0) return mutations
  const chosen = mutations.filter(({ id }) => beginnings.some((beginning) => id.startsWith(beginning)))
  if (chosen.length === 0)
    throw new Stop(`No mutation begins like that. There are:\n  ${mutations.map(({ id }) => id).join('\n  ')}`)
  return chosen
}

/** Others may be at work in the tree itself; the copy holds what was committed last. */
async function copyLastCommit(copy: string): Promise<void> {
  const { code, output } = await run(['sh', '-c', 'git archive HEAD | tar -x -C "$0"', copy])
  if (code !== 0) throw new Stop(`The last commit could not be copied. git says:\n${gist(output)}`)
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
}

/** The tests that pass while nothing is broken: each file runs once, with all of its titles. */
async function findHealthy(copy: string, chosen: readonly Mutation[]): Promise<Set<string>> {
  const healthy = new Set<string>()
  for (const [file, ofFile] of Map.groupBy(chosen, ({ test }) => test[0])) {
    const titles = [...new Set(ofFile.map(({ test }) => test[1]))]
    const { tests, ms } = await runTests(copy, file, titles)
    for (const title of titles) {
      const own = tests.filter((test) => new RegExp(patternOf(title)).test(test.title))
      if (own.length > 0 && own.every(({ passed }) => passed)) healthy.add(`${file} ${title}`)
    }
    console.log(`unbroken   ${file.padEnd(34)} ${seconds(ms).padStart(7)}`)
  }
  return healthy
}

interface Result {
  verdict: 'caught' | 'survived' | 'misplaced' | 'unhealthy' | 'broken'
  how: string
  ms: number
}

async function tryMutation(copy: string, mutation: Mutation, healthy: Set<string>): Promise<Result> {
  const { file, find, replace, test } = mutation
  const path = join(copy, file)
  const original = await readFile(path, 'utf8')
  const matches = original.split(find).length - 1
  if (matches !== 1) return { verdict: 'misplaced', how: `${file} holds the text ${matches} times`, ms: 0 }
  if (!healthy.has(test.join(' ')))
    return { verdict: 'unhealthy', how: `${test.join(': ')} fails unbroken, too`, ms: 0 }
  await writeFile(
    path,
    original.replace(find, () => replace),
  )
  try {
    const { tests, ms, output } = await runTests(copy, test[0], [test[1]], ['--bail=1'])
    const failed = tests.find(({ passed }) => !passed)
    const how = failed?.reason ?? gist(output, 1).trim()
    // Any nonsense in the place of code would be noticed like that; it says nothing of the rule.
    if (tests.length === 0 || how.startsWith('ReferenceError')) return { verdict: 'broken', how, ms }
    if (failed) return { verdict: 'caught', how, ms }
    return { verdict: 'survived', how: mutation.rule, ms }
  } finally {
    await writeFile(path, original)
  }
}

interface Test {
  title: string
  passed: boolean
  /** The first line of what went wrong. */
  reason: string
}

interface Report {
  testResults: { assertionResults: { status: string; fullName: string; failureMessages: string[] }[] }[]
}

async function runTests(
  copy: string,
  file: string,
  titles: string[],
  options: string[] = [],
): Promise<{ tests: Test[]; ms: number; output: string }> {
  const report = join(copy, 'report.json')
  await rm(report, { force: true })
  const { output, ms } = await run(
    [
      ...['vitest', 'run', file, '--project', projectOf(file), '-t', titles.map(patternOf).join('|')],
      ...['--reporter=json', `--outputFile=${report}`, ...options],
    ],
    { cwd: copy },
  )
  const text = await readFile(report, 'utf8').catch(() => '{"testResults":[]}')
  const { testResults } = JSON.parse(text) as Report
  const tests = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ fullName, status, failureMessages }) => ({
      title: fullName,
      passed: status === 'passed',
      reason: failureMessages[0]?.split('\n')[0]?.slice(0, 100) ?? '',
    }))
  return { tests, ms, output }
}

/** A title as vitest knows it: what stands for a value in a table of cases may be anything. */
function patternOf(title: string): string {
  return title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[a-z]|\\\$\w+/g, '.*')
}

function projectOf(file: string): string {
  return /\.(pure|system)\.test\.ts$/.exec(file)?.[1] ?? 'worker'
}
