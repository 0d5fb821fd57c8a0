import { env } from 'cloudflare:workers'
import { call, type Reply } from './people'

/** Words that nobody would guess, and no list has. */
export const goodPassword = 'quiet lamps over 9 rivers'

let made = 0

/** What somebody types to register; a new address every time. */
export function newcomer(overrides: Record<string, unknown> = {}) {
  made += 1
  const tag = `${made}${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}`
  return { email: `ada${tag}@school.test`, password: goodPassword, name: `Ada ${tag}`, ...overrides }
}

/** Registers by HTTP, with a real hash. */
export async function register(overrides: Record<string, unknown> = {}, headers?: Record<string, string>) {
  const input = newcomer(overrides)
  const reply = await call('POST', '/auth/register', input, headers)
  return { ...reply, input }
}

export const logIn = (email: string, password: string, headers?: Record<string, string>): Promise<Reply> =>
  call('POST', '/auth/login', { email, password }, headers)

export const refresh = (refreshToken: string): Promise<Reply> => call('POST', '/auth/refresh', { refreshToken })

/** The body of GET /users/me with this token: who one is, or the error. */
export const me = (accessToken: string): Promise<Reply> =>
  call('GET', '/users/me', undefined, { Authorization: `Bearer ${accessToken}` })

export const rows = async (sql: string, ...values: unknown[]) =>
  (
    await env.DB.prepare(sql)
      .bind(...values)
      .all<Record<string, unknown>>()
  ).results

/** The events in the audit log about somebody, oldest first. */
export const auditOf = async (userId: string) =>
  (await rows('SELECT event FROM audit_log WHERE subject_id = ? ORDER BY at, id', userId)).map(({ event }) => event)

/** name=value pairs of the cookies that a reply sets, for a Cookie header. */
export const cookiesOf = (reply: Reply) =>
  reply.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
