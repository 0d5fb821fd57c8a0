import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { syncChannel } from '../../../src/channels/actions'
import { makeTestCtx } from '../../support/ctx'
import { type Person, type Reply, signUp } from '../../support/people'

/** Several people who do opposite things at once, and what has to be true whoever was first. */
export interface Opposites {
  doings: (() => Promise<Reply>)[]
  /** Statuses below 300 are what took place. */
  settled(replies: Reply[]): Promise<void>
}

export interface Cast {
  owner: Person
  first: Person
  second: Person
  ada: Person
  ben: Person
  cem: Person
  subjectId: string
}

/** By what they do at once. */
export type Scenarios = Record<string, (cast: Cast) => Promise<Opposites>>

export async function assemble(): Promise<Cast> {
  const all = await Promise.all(Array.from({ length: 6 }, () => signUp({ emailVerifiedAt: Date.now() })))
  const [owner, first, second, ada, ben, cem] = all as [Person, Person, Person, Person, Person, Person]
  for (const person of [ada, ben])
    await person.call('PATCH', '/users/me/settings', { privacy: { mayMessage: 'everyone' } })
  const subjectId = (await owner.call('GET', '/subjects?limit=1')).body.data[0].id
  return { owner, first, second, ada, ben, cem, subjectId }
}

export const took = (reply: Reply | undefined) => reply !== undefined && reply.status < 300

export const stored = async (sql: string, ...values: unknown[]) =>
  (
    await env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`)
      .bind(...values)
      .first<{ n: number }>()
  )?.n ?? -1

/**
 * A room of the owner with these people in it; the first and the second are its moderators. They are written in as rows,
 * which the object is then told: how they come in by themselves is tried elsewhere.
 */
export async function makeRoom({ owner, first, second }: Cast, members: Person[], fields: object = {}) {
  const { body } = await owner.call('POST', '/rooms', { name: 'Race', ...fields })
  const id: string = body.id
  const insert =
    env.DB.prepare(`INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id)
    VALUES (?1, ?2, ?3, 'active', ?4, ?4, 'cast')`)
  const now = Date.now()
  const roleOf = (person: Person) => (person === first || person === second ? 'moderator' : 'member')
  if (members.length > 0) {
    await env.DB.batch(members.map((person) => insert.bind(id, person.id, roleOf(person), now)))
    expect(await syncChannel(await makeTestCtx(), id)).toBe(true)
  }
  return { id, path: `/rooms/${id}` }
}

export async function makeGroup({ owner, subjectId }: Cast, others: Person[], fields: object = {}) {
  const { body } = await owner.call('POST', '/groups', { title: 'Race', subjectId, ...fields })
  for (const person of others) await person.call('POST', `/groups/${body.id}/join`)
  return { id: body.id as string, path: `/groups/${body.id}` }
}

export const say = async (person: Person, channelId: string, text = 'Hello') =>
  (await person.call('POST', `/channels/${channelId}/messages`, { nonce: crypto.randomUUID(), text })).body

interface ChannelState {
  owner_id: string
  deleted_at: number | null
  member_count: number
  max_members: number
}

/** What is true of every channel at rest: one owner, as many members as are counted, and an object that agrees. */
export async function expectWhole(cast: Cast, channelId: string) {
  const [channels, members, waiting] = await env.DB.batch([
    env.DB.prepare('SELECT owner_id, deleted_at, member_count, max_members FROM channels WHERE id = ?').bind(channelId),
    env.DB.prepare(`SELECT user_id, role FROM memberships WHERE channel_id = ? AND state = 'active'`).bind(channelId),
    env.DB.prepare('SELECT user_id FROM waitlist WHERE channel_id = ?').bind(channelId),
  ])
  const channel = channels?.results[0] as unknown as ChannelState
  const active = (members?.results ?? []) as { user_id: string; role: string }[]
  const waitingIds = (waiting?.results ?? []).map((row) => (row as { user_id: string }).user_id)
  if (channel.deleted_at === null) {
    expect(active.filter(({ role }) => role === 'owner').map((row) => row.user_id)).toEqual([channel.owner_id])
    expect(channel.member_count).toBe(active.length)
    expect(channel.member_count).toBeLessThanOrEqual(channel.max_members)
  }
  expect(active.filter(({ user_id }) => waitingIds.includes(user_id))).toEqual([])
  for (const { id } of [cast.owner, cast.first, cast.second, cast.ada, cast.ben, cast.cem]) {
    const isIn = channel.deleted_at === null && active.some(({ user_id }) => user_id === id)
    const { ok } = await env.STUDY_ROOM.getByName(channelId).presence(id)
    expect(ok, 'the object agrees').toBe(isIn)
  }
  return {
    isGone: channel.deleted_at !== null,
    ownerId: channel.owner_id,
    has: ({ id }: Person) => active.some(({ user_id }) => user_id === id),
    roleOf: ({ id }: Person) => active.find(({ user_id }) => user_id === id)?.role ?? null,
    seatsLeft: channel.max_members - channel.member_count,
    waits: ({ id }: Person) => waitingIds.includes(id),
  }
}

export const inAMinute = () => new Date(Date.now() + 60_000).toISOString()
export const wantsIn = (person: Person, path: string) => () => person.call('POST', `${path}/join`)
export const goes = (person: Person, path: string) => () => person.call('POST', `${path}/leave`)
export const kicks = (by: Person, path: string, person: Person) => () =>
  by.call('DELETE', `${path}/members/${person.id}`)
export const bans =
  (by: Person, path: string, person: Person, body: object = {}) =>
  () =>
    by.call('PUT', `${path}/bans/${person.id}`, body)
export const gives = (by: Person, path: string, person: Person, role: string) => () =>
  by.call('PATCH', `${path}/members/${person.id}`, { role })
export const hands = (by: Person, path: string, person: Person) => () =>
  by.call('POST', `${path}/transfer`, { userId: person.id })
