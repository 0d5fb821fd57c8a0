import { resolve } from 'node:path'
import { queryD1 } from './d1.ts'
import { root } from './run.ts'
import { inSql } from './sql.ts'
import { type Difference, findDifferences, type StoredStudy } from './study-totals.ts'

export interface RecomputeOptions {
  /** The deployed Studyhall instead of this machine's. */
  remote: boolean
}

/** D1 gives at most so much at once. */
const atOnce = 1000
const shown = 50

/** Adds up all study time again, and tells what is not as it is stored. Changes nothing. Resolves to the exit code. */
export async function recompute({ remote }: RecomputeOptions): Promise<number> {
  const dataDir = resolve(root, process.env.DATA_DIR || '.wrangler/state')
  const where = remote ? ['--remote'] : ['--local', '--persist-to', dataDir]
  const stored = await readStudy(where)
  const differences = findDifferences(stored)
  const people = new Set(stored.sessions.map(({ userId }) => userId)).size
  console.log(`${stored.sessions.length} sessions of ${people} people were added up again from their segments.`)
  if (differences.length === 0) {
    console.log('No difference: sessions, days, ledger, experience and streaks are what the segments add up to.')
    return 0
  }
  for (const difference of differences.slice(0, shown)) console.log(describe(difference))
  if (differences.length > shown) console.log(`… and ${differences.length - shown} more.`)
  console.log(`${differences.length} totals differ. Nothing was changed.`)
  return 1
}

const describe = ({ userId, what, stored, counted }: Difference) =>
  `${userId}  ${what}: stored ${JSON.stringify(stored)}, counted ${JSON.stringify(counted)}`

async function readStudy(where: string[]): Promise<StoredStudy> {
  const [sessions, days, ledger, standings, skips] = [
    await readAll<StoredStudy['sessions'][number]>(
      where,
      'study_sessions',
      ['user_id', 'id'],
      'user_id AS userId, id, ended_at AS endedAt, end_reason AS endReason, seconds, xp, segments, days, timezone, day_start_hour AS dayStartHour',
    ),
    await readAll<StoredStudy['days'][number]>(
      where,
      'study_days',
      ['studied_on', 'user_id'],
      'user_id AS userId, studied_on AS "on", seconds, manual_seconds AS manualSeconds',
    ),
    await readAll<StoredStudy['ledger'][number]>(
      where,
      'xp_ledger',
      ['user_id', 'source_id', 'rule'],
      'user_id AS userId, source_id AS sourceId, amount',
    ),
    await readAll<StoredStudy['standings'][number]>(
      where,
      'study_standings',
      ['user_id'],
      'user_id AS userId, xp, streak_days AS streakDays, streak_longest AS streakLongest, streak_last_on AS streakLastOn',
    ),
    await readAll<StoredStudy['skips'][number] & { from: number }>(
      where,
      'study_zones',
      ['user_id', 'from_at'],
      'user_id AS userId, starts_on AS "on", skipped_days AS days',
    ),
  ]
  return { sessions, days, ledger, standings, skips: skips.filter(({ days }) => days > 0) }
}

/** All rows of a table, page by page along its key. */
async function readAll<Row>(where: string[], table: string, key: string[], columns: string): Promise<Row[]> {
  const all: Row[] = []
  const marks = key.map((column, n) => `${column} AS k${n}`).join(', ')
  for (let after = ''; ; ) {
    const rows = await queryD1<Row & Record<string, string | number>>(
      where,
      `SELECT ${columns}, ${marks} FROM ${table} ${after} ORDER BY ${key.join(', ')} LIMIT ${atOnce}`,
    )
    all.push(...rows)
    const last = rows.at(-1)
    if (!last || rows.length < atOnce) return all
    after = `WHERE (${key.join(', ')}) > (${key.map((_, n) => inSql(last[`k${n}`] ?? null)).join(', ')})`
  }
}
