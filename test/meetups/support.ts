import { env } from 'cloudflare:workers'
import { makeCtx } from '../../src/app/request-context'
import { runMeetups } from '../../src/meetups/jobs'
import { localOf } from '../../src/shared/zones'
import type { Person } from '../support/people'

export const minute = 60_000
export const day = 24 * 60 * minute
const zone = 'Europe/Berlin'

/** What clocks in Berlin show this long from now, to the minute. */
export function localIn(ms: number): string {
  const { date, time } = localOf(Date.now() + ms, zone)
  return `${date}T${time}`
}

export async function roomOf(owner: Person, ...others: Person[]): Promise<string> {
  const { body } = await owner.call('POST', '/rooms', { name: 'Algebra', maxParticipants: 200 })
  for (const one of others) await one.call('POST', `/rooms/${body.id}/join`)
  return body.id
}

export const meetup = (over: object = {}) => ({
  ...{ title: 'Chapter 4', startsAt: localIn(2 * day), durationMinutes: 60, timezone: zone },
  ...over,
})

/** Plans a meetup and returns its reply's body. */
export async function plan(host: Person, roomId: string, over: object = {}) {
  const { status, body } = await host.call('POST', `/rooms/${roomId}/meetups`, meetup(over))
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body
}

export const answer = (person: Person, id: string, status: string, more: object = {}) =>
  person.call('PUT', `/meetups/${id}/rsvp`, { status, ...more })

/** What cron does every minute. */
export async function tick(): Promise<void> {
  const later: Promise<unknown>[] = []
  await runMeetups(await makeCtx(env, { kind: 'cron' }, { later: (work) => void later.push(work) }))
  await Promise.all(later)
}
