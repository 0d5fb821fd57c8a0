import { gist, run, Stop } from './run.ts'

/** Runs statements in order, as one batch, here or on the deployed database. @returns the rows of each */
export async function queryAllD1(where: string[], statements: string[]): Promise<unknown[][]> {
  const command = ['wrangler', 'd1', 'execute', 'DB', ...where, '--json', '--command', `${statements.join(';\n')};`]
  const { code, output } = await run(command)
  if (code !== 0 && /no such table/.test(output))
    throw new Stop(
      'The database has no tables yet. Start Studyhall once (npx bun start), or deploy it, then try again.',
    )
  if (code !== 0) throw new Stop(`The database did not answer.\n${whyFailed(output)}`)
  // Around it there may be warnings, in brackets of their own.
  const [json] = /^\[[\s\S]*\]$/m.exec(output.trim()) ?? []
  if (json === undefined) throw new Stop(`The answer of the database could not be read.\n${gist(output)}`)
  return (JSON.parse(json) as { results?: unknown[] }[]).map(({ results }) => results ?? [])
}

/** The same. @returns the rows of the last one */
export async function queryD1<Row>(where: string[], ...statements: string[]): Promise<Row[]> {
  return ((await queryAllD1(where, statements)).at(-1) ?? []) as Row[]
}

/** With `--json` wrangler says in JSON what went wrong. */
function whyFailed(output: string): string {
  const [json] = /^\{[\s\S]*\}$/m.exec(output.trim()) ?? []
  try {
    const { error } = JSON.parse(json ?? '') as { error: { text: string; notes?: { text: string }[] } }
    return [error, ...(error.notes ?? [])].map(({ text }) => `  ${text}`).join('\n')
  } catch {
    return gist(output)
  }
}
