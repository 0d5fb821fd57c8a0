import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { localSecrets } from '../local-secrets.ts'
import { root } from './run.ts'

/**
 * Mail and codes are kept and shown at /dev/outbox. That may be on only while PUBLIC_URL is not the address of a deployed
 * Studyhall, which wrangler.toml may name.
 */
const outboxSettings = { DEV_OUTBOX: 'on', PUBLIC_URL: '' }

/** Adds the settings that .dev.vars lacks, and never touches one that is there. Resolves to the names of those added. */
export async function completeDevVars(file = join(root, '.dev.vars')): Promise<string[]> {
  const present = await readFile(file, 'utf8').catch(() => '')
  const known = new Set([...present.matchAll(/^\s*(?:export\s+)?([A-Z0-9_]+)\s*=/gm)].map(([, name]) => name))
  const isChosen = Object.keys(outboxSettings).some((name) => known.has(name))
  const wanted = { ...(await localSecrets()), ...(isChosen ? {} : outboxSettings) }
  const missing = Object.entries(wanted).filter(([name]) => !known.has(name))
  if (missing.length === 0) return []
  const before = present === '' || present.endsWith('\n') ? present : `${present}\n`
  const lines = missing.map(([name, value]) => `${name}='${value}'\n`)
  await writeFile(file, before + lines.join(''), { mode: 0o600 })
  await chmod(file, 0o600)
  return missing.map(([name]) => name)
}
