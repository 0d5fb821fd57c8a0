import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect } from 'vitest'
import worker from '../../src/index'
import { Link } from '../live/links'
import { countingEnv, origin, type Person, replyOf, requestOf, signUp } from './people'

/** A room of this person, by HTTP. */
export async function makeRoom(owner: Person, fields: object = {}): Promise<string> {
  const { status, body } = await owner.call('POST', '/rooms', { name: 'Quiet hours', ...fields })
  expect(status).toBe(201)
  return body.id
}

export async function joinRoom(person: Person, room: string): Promise<void> {
  expect((await person.call('POST', `/rooms/${room}/join`)).status).toBe(201)
}

/** A public room with its owner and so many members. */
export async function makeRoomWith(count: number) {
  const owner = await signUp()
  const room = await makeRoom(owner)
  const members = await Promise.all(Array.from({ length: count }, () => signUp()))
  await Promise.all(members.map((member) => joinRoom(member, room)))
  return { owner, members, room }
}

/** A socket of this person in a channel, with a real ticket. */
export async function openSocket(person: Person, channelId: string): Promise<Link> {
  const { body } = await person.call('POST', '/ws/tickets', { channelId })
  const reply = await exports.default.fetch(`${origin}/ws/channels/${channelId}`, {
    headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${body.ticket}` },
  })
  if (!reply.webSocket) throw new Error(`no socket: ${reply.status}`)
  return new Link(reply.webSocket, reply.headers.get('Sec-WebSocket-Protocol'))
}

/** The same Worker with other settings. */
export function withSettings(settings: Record<string, string>) {
  const { fetch } = countingEnv(settings as Partial<Env>)
  return (person: Person, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(requestOf(method, path, body, { Authorization: `Bearer ${person.accessToken}`, ...headers }))
}

/** How many rows there are. @param from a table, with its condition */
export async function stored(from: string, ...values: unknown[]): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${from}`)
    .bind(...values)
    .first<{ n: number }>()
  return row?.n ?? -1
}

/**
 * A request in which something else happens between what it reads and the batch that it writes.
 * @param pattern tells that batch by one of its statements
 */
export function interrupted(pattern: RegExp, meanwhile: () => Promise<unknown>) {
  let waiting = true
  const queries = new WeakMap<D1PreparedStatement, string>()
  const remember = (statement: D1PreparedStatement, query: string): D1PreparedStatement => {
    queries.set(statement, query)
    const bind = statement.bind.bind(statement)
    return Object.assign(statement, { bind: (...values: unknown[]) => remember(bind(...values), query) })
  }
  const batch = async (statements: D1PreparedStatement[]) => {
    if (waiting && statements.some((statement) => pattern.test(queries.get(statement) ?? ''))) {
      waiting = false
      await meanwhile()
    }
    return env.DB.batch(statements)
  }
  const DB = { prepare: (query: string) => remember(env.DB.prepare(query), query), batch } as unknown as D1Database
  return async (person: Person, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const execution = createExecutionContext()
    const request = requestOf(method, path, body, { Authorization: `Bearer ${person.accessToken}`, ...headers })
    const reply = await replyOf(await worker.fetch(request, { ...env, DB }, execution))
    await waitOnExecutionContext(execution)
    expect(waiting, 'the batch to interrupt was not met').toBe(false)
    return reply
  }
}
