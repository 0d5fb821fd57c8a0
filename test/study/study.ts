import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { rows } from '../support/accounts'
import { type Person, type Reply, startSession } from '../support/people'

export const minute = 60_000
const halfDay = 720 * minute

/** The next noon in UTC: study that goes on past midnight is cut there, which may cost a second. */
export function nextNoon(): number {
  const half = Math.floor(Date.now() / halfDay) + 1
  return (half + ((half + 1) % 2)) * halfDay
}

/** Moves the clock that the Worker and the objects see. */
export const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** One person who goes on while the clock is moved: signs in anew for each request, as access tokens last 15 minutes. */
export function student(person: Person) {
  const call: Person['call'] = async (...args) => (await startSession(person)).call(...args)
  const command = (what: string, id: string, body?: unknown): Promise<Reply> =>
    call('POST', `/study/sessions/${id}/${what}`, body)
  return {
    ...person,
    call,
    command,
    start: (body: unknown = {}) => call('POST', '/study/sessions', body),
    current: async () => (await call('GET', '/study/sessions/current')).body.session,
    /** Studies for so many minutes, with a ping in each and proof in every tenth, and stops. */
    async study(minutes: number, body: unknown = {}) {
      const { body: session } = await call('POST', '/study/sessions', body)
      const inbox = env.USER_INBOX.getByName(person.id)
      for (let at = 1; at <= minutes; at += 1) {
        pass(minute)
        await inbox.study(person.id, { do: 'ping', id: session.id, active: at % 10 === 0 })
      }
      return (await command('end', session.id)).body
    },
  }
}

export const ledgerOf = (userId: string) =>
  rows('SELECT source_id, rule, amount FROM xp_ledger WHERE user_id = ? ORDER BY source_id, rule', userId)

export const daysOf = (userId: string) =>
  rows('SELECT studied_on, seconds, manual_seconds FROM study_days WHERE user_id = ? ORDER BY studied_on', userId)

export const standingOf = async (userId: string) =>
  (await rows('SELECT * FROM study_standings WHERE user_id = ?', userId))[0]

export const storedOf = (userId: string) =>
  rows('SELECT id, seconds, end_reason, xp FROM study_sessions WHERE user_id = ? ORDER BY id', userId)
