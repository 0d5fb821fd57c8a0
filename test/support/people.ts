import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { readConfig } from '../../src/app/config'
import { makeAccessToken } from '../../src/auth/access-tokens'
import { sessionAbsoluteMs, sessionIdleMs } from '../../src/auth/rules'
import { sessions } from '../../src/auth/tables'
import worker from '../../src/index'
import { openDb } from '../../src/shared/db'
import { newId } from '../../src/shared/ids'
import { type UserRow, users } from '../../src/users/tables'

export const origin = 'https://studyhall.test'

export interface Reply {
  status: number
  headers: Headers
  /** Parsed JSON, or null. Loosely typed, so that a test can reach into it; the schemas are checked elsewhere. */
  body: ReturnType<typeof JSON.parse>
}

export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>

export interface Person {
  id: string
  username: string
  name: string
  sessionId: string
  accessToken: string
  /** A request with this person's access token; see `call`. */
  call: Call
}

/** The request behind `call`. @param path below /api/v1, or from the root when it starts with `//` */
export function requestOf(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Request {
  const url = path.startsWith('//') ? origin + path.slice(1) : `${origin}/api/v1${path}`
  return new Request(url, {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

export async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : null }
}

/** A request without a session. A string body is sent as it is, anything else as JSON. */
export const call: Call = async (method, path, body, headers) =>
  replyOf(await exports.default.fetch(requestOf(method, path, body, headers)))

let made = 0

/**
 * A person with a session, written straight into D1: no password is hashed, so a hundred of them take no time. The
 * access token is a real one.
 */
export async function signUp(overrides: Partial<UserRow> = {}): Promise<Person> {
  made += 1
  const now = Date.now()
  const id = newId('user')
  const username = `person_${made}_${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}`
  const user = {
    id,
    email: `${username}@studyhall.test`,
    username,
    name: `Person ${made}`,
    createdAt: now,
    updatedAt: now,
    lastActiveAt: now,
    ...overrides,
  }
  await openDb(env.DB).insert(users).values(user)
  return startSession(user)
}

/** One more session of somebody who is there already. */
export async function startSession(user: { id: string; username: string; name: string }): Promise<Person> {
  const now = Date.now()
  const sessionId = newId('session')
  await openDb(env.DB)
    .insert(sessions)
    .values({
      id: sessionId,
      userId: user.id,
      refreshSalt: 'made without a refresh token',
      refreshKeyId: 'none',
      transport: 'bearer',
      createdAt: now,
      lastUsedAt: now,
      expiresAt: now + sessionIdleMs,
      endsAt: now + sessionAbsoluteMs,
    })
  const read = readConfig(env)
  if (!read.ok) throw new Error(read.problems.join('; '))
  const claims = { userId: user.id, sessionId }
  const accessToken = await makeAccessToken({ config: read.config, now: Date.now, newId }, claims)
  return {
    id: user.id,
    username: user.username,
    name: user.name,
    sessionId,
    accessToken,
    call: (method, path, body, headers) =>
      call(method, path, body, { Authorization: `Bearer ${accessToken}`, ...headers }),
  }
}

export interface Counts {
  rowsRead: number
  rowsWritten: number
  statements: number
  /** How often D1 was asked; a batch is one. */
  roundTrips: number
  sql: string[]
}

export const noCounts = (): Counts => ({ rowsRead: 0, rowsWritten: 0, statements: 0, roundTrips: 0, sql: [] })

/**
 * An environment that counts what a request asks of D1.
 * @example const counting = countingEnv(); await counting.fetch(requestOf('GET', '/rooms')); counting.counts.rowsRead
 */
export function countingEnv(overrides: Partial<Env> = {}) {
  const counts = noCounts()
  const counted = { ...env, ...overrides, DB: countingDb(env.DB, counts) } as Env
  const fetch = async (request: Request): Promise<Reply> => {
    const execution = createExecutionContext()
    const response = await worker.fetch(request, counted, execution)
    const reply = await replyOf(response)
    await waitOnExecutionContext(execution)
    return reply
  }
  return { env: counted, counts, fetch }
}

/** What tells others of an event after the reply has bounds of its own, in test/notifications. */
const telling =
  /e\.next_at|AS MATERIALIZED|INTO notification_log|INTO deliveries|AS told\b|SET cursor|UPDATE deliveries/

/** A database that counts what it is asked: for what asks it without a request in front. */
export function countingDb(db: D1Database, counts: Counts): D1Database {
  const originals = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; query: string }>()
  const add = <T>(query: string, result: D1Result<T>) => {
    counts.statements += 1
    counts.rowsRead += result.meta.rows_read
    counts.rowsWritten += result.meta.rows_written
    counts.sql.push(query)
    return result
  }
  const wrap = (statement: D1PreparedStatement, query: string): D1PreparedStatement => {
    const all = async <T>() => {
      if (telling.test(query)) return statement.all<T>()
      counts.roundTrips += 1
      return add(query, await statement.all<T>())
    }
    const wrapped: Pick<D1PreparedStatement, 'bind' | 'all' | 'run'> = {
      bind: (...values) => wrap(statement.bind(...values), query),
      all,
      run: all,
    }
    const others = {
      async first(column?: string) {
        const row = (await all<Record<string, unknown>>()).results[0]
        return row === undefined ? null : column === undefined ? row : row[column]
      },
      /** D1 gives no counts with raw rows: a SELECT is asked a second time for them, a write is made once and unfolded. */
      async raw() {
        const { results } = await all<Record<string, unknown>>()
        return /^\s*select/i.test(query) ? statement.raw() : results.map((row) => Object.values(row))
      },
    }
    const double = Object.assign(wrapped, others) as unknown as D1PreparedStatement
    originals.set(double, { statement, query })
    return double
  }
  const batch = async <T>(statements: D1PreparedStatement[]) => {
    const queries = statements.map((statement) => originals.get(statement)?.query ?? '?')
    if (queries.every((query) => telling.test(query)))
      return db.batch<T>(statements.map((statement) => originals.get(statement)?.statement ?? statement))
    counts.roundTrips += 1
    const known = statements.map((statement) => originals.get(statement) ?? { statement, query: '?' })
    const results = await db.batch<T>(known.map(({ statement }) => statement))
    return results.map((result, at) => add(known[at]?.query ?? '?', result))
  }
  return { prepare: (query: string) => wrap(db.prepare(query), query), batch } as unknown as D1Database
}
