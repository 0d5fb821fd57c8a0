import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './run.ts'

/**
 * What to tell wrangler so that a local database has every migration. `migrations apply` starts a runtime of its own for
 * each of them, which takes half a second; an empty database gets all of them, and wrangler's note of each, in one batch,
 * which like any batch takes place completely or not at all.
 * @param use runs wrangler with the arguments that it is given
 */
export async function migrateLocally<T>(dataDir: string, use: (wranglerArgs: string[]) => Promise<T>): Promise<T> {
  const where = ['--local', '--persist-to', dataDir]
  if (existsSync(join(dataDir, 'v3/d1'))) return use(['d1', 'migrations', 'apply', 'DB', ...where])
  const folder = mkdtempSync(join(tmpdir(), 'studyhall-migrations-'))
  try {
    const file = join(folder, 'all.sql')
    writeFileSync(file, allMigrations())
    return await use(['d1', 'execute', 'DB', ...where, '--yes', '--file', file])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The table is the one that wrangler makes, so that `migrations apply` goes on from here. */
function allMigrations(): string {
  const folder = join(root, 'migrations')
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const noted = names.sort().map((name) => {
    const statements = readFileSync(join(folder, name), 'utf8').trimEnd()
    return `${statements.endsWith(';') ? statements : `${statements};`}\nINSERT INTO d1_migrations (name) VALUES ('${name}');`
  })
  return `CREATE TABLE IF NOT EXISTS d1_migrations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
  );\n${noted.join('\n')}\n`
}
