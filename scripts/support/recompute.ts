import { resolve } from 'node:path'
import { queryAllD1 } from './d1.ts'
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

const tables = {
  sessions: {
    from: 'study_sessions',
    key: ['user_id', 'id'],
    columns:
      'user_id AS userId, id, ended_at AS endedAt, end_reason AS endReason, seconds, xp, segments, days, timezone, day_start_hour AS dayStartHour',
  },
  days: {
    from: 'study_days',
    key: ['user_id', 'studied_on'],
    columns: 'user_id AS userId, studied_on AS "on", seconds, manual_seconds AS manualSeconds',
  },
  ledger: {
    from: 'xp_ledger',
    key: ['user_id', 'source_id', 'rule'],
    columns: 'user_id AS userId, source_id AS sourceId, amount',
  },
  standings: {
    from: 'study_standings',
    key: ['user_id'],
    columns:
      'user_id AS userId, xp, streak_days AS streakDays, streak_longest AS streakLongest, streak_last_on AS streakLastOn',
  },
  skips: {
    from: 'study_zones',
    key: ['user_id', 'from_at'],
    columns: 'user_id AS userId, starts_on AS "on", skipped_days AS days',
  },
} satisfies Record<keyof StoredStudy, { from: string; key: string[]; columns: string }>

type Table = keyof typeof tables
type KeyedRow = Record<string, string | number>

/** All rows of all tables, page by page along their keys: each round asks for the next of every table that has more. */
async function readStudy(where: string[]): Promise<StoredStudy> {
  const stored: Record<Table, KeyedRow[]> = { sessions: [], days: [], ledger: [], standings: [], skips: [] }
  let left = Object.keys(tables) as Table[]
  while (left.length > 0) {
    const pages = await queryAllD1(
      where,
      left.map((table) => selectPage(table, stored[table].at(-1))),
    )
    left = left.filter((table, n) => {
      const rows = (pages[n] ?? []) as KeyedRow[]
      stored[table].push(...rows)
      return rows.length === atOnce
    })
  }
  const all = stored as unknown as StoredStudy
  return { ...all, skips: all.skips.filter(({ days }) => days > 0) }
}

function selectPage(table: Table, last: KeyedRow | undefined): string {
  const { from, key, columns } = tables[table]
  const marks = key.map((column, n) => `${column} AS k${n}`).join(', ')
  const after = last
    ? `WHERE (${key.join(', ')}) > (${key.map((_, n) => inSql(last[`k${n}`] ?? null)).join(', ')})`
    : ''
  return `SELECT ${columns}, ${marks} FROM ${from} ${after} ORDER BY ${key.join(', ')} LIMIT ${atOnce}`
}
