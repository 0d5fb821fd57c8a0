import { gist, run, Stop } from './run.ts'

/** Runs statements in order, as one batch, here or on the deployed database. @returns the rows of the last one */
export async function queryD1<Row>(where: string[], ...statements: string[]): Promise<Row[]> {
  const command = ['wrangler', 'd1', 'execute', 'DB', ...where, '--json', '--command', `${statements.join(';\n')};`]
  const { code, output } = await run(command)
  if (/no such table/.test(output))
    throw new Stop(
      'The database has no tables yet. Start Studyhall once (npx bun start), or deploy it, then try again.',
    )
  if (code !== 0) throw new Stop(`The database did not answer.\n${gist(output)}`)
  const results: unknown = JSON.parse(output.slice(output.indexOf('[')))
  const last = Array.isArray(results) ? results.at(-1) : null
  return last?.results ?? []
}
