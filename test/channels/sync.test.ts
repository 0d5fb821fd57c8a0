import { env } from 'cloudflare:workers'
import { beforeAll, expect, test, vi } from 'vitest'
import { onCron } from '../../src/app/cron'
import { makeCtx } from '../../src/app/request-context'
import { accessChannel, syncMemberships, touchMemberships } from '../../src/channels/actions'
import type { RoomObject } from '../../src/channels/live/object-contract'
import { countingEnv, type Person, requestOf, signUp } from '../support/people'

let owner: Person
let member: Person

beforeAll(async () => {
  owner = await signUp()
  member = await signUp()
})

async function makeRoom(): Promise<string> {
  const { body } = await owner.call('POST', '/rooms', { name: 'Sync' })
  await member.call('POST', `/rooms/${body.id}/join`)
  await settled(body.id)
  return body.id
}

const unsynced = async (roomId: string) => {
  const row = await env.DB.prepare(
    `SELECT (SELECT unsynced FROM channels WHERE id = ?1) AS channel,
            (SELECT coalesce(sum(unsynced), 0) FROM memberships WHERE channel_id = ?1) AS members`,
  )
    .bind(roomId)
    .first<{ channel: number; members: number }>()
  return row
}

const settled = (roomId: string) =>
  vi.waitFor(async () => expect(await unsynced(roomId)).toEqual({ channel: 0, members: 0 }), 5000)

const admits = async (roomId: string, person: Person) => (await env.STUDY_ROOM.getByName(roomId).presence(person.id)).ok

type Change = Parameters<RoomObject['apply']>[0]

/** An environment in which `apply` of the objects is what the test says; everything else is real. */
function withApply(apply: (roomId: string, change: Change) => Promise<void>) {
  const STUDY_ROOM = {
    getByName: (roomId: string) => ({ apply: (change: Change) => apply(roomId, change) }),
  } as unknown as Env['STUDY_ROOM']
  const { fetch, env: wrapped } = countingEnv({ STUDY_ROOM })
  return {
    env: wrapped,
    call: (person: Person, method: string, path: string, body?: unknown) =>
      fetch(requestOf(method, path, body, { Authorization: `Bearer ${person.accessToken}` })),
  }
}

const really = (roomId: string, change: Change) => env.STUDY_ROOM.getByName(roomId).apply(change)
const broken = async () => {
  throw new Error('the object is away')
}

async function sweep(of: Env = env) {
  const work: Promise<unknown>[] = []
  await onCron(await makeCtx(of, { kind: 'cron' }, { later: (one) => work.push(one) }))
  await Promise.all(work)
}

test('the object knows of a change before the reply, and D1 notes that it does', async () => {
  const roomId = await makeRoom()
  expect(await admits(roomId, member)).toBe(true)
  expect((await owner.call('DELETE', `/rooms/${roomId}/members/${member.id}`)).status).toBe(204)
  expect(await admits(roomId, member)).toBe(false)
  expect((await member.call('POST', `/rooms/${roomId}/join`)).status).toBe(201)
  expect(await admits(roomId, member)).toBe(true)
  await member.call('POST', `/rooms/${roomId}/leave`)
  expect(await admits(roomId, member)).toBe(false)
  await settled(roomId)
  await owner.call('DELETE', `/rooms/${roomId}`)
  expect(await admits(roomId, owner)).toBe(false)
  await settled(roomId)
})

test('a push that fails three times leaves the change for the sweep, which repairs it', async () => {
  const roomId = await makeRoom()
  const apply = vi.fn(broken)
  const reply = await withApply(apply).call(owner, 'DELETE', `/rooms/${roomId}/members/${member.id}`)
  expect(reply.status).toBe(204)
  expect(apply).toHaveBeenCalledTimes(3)
  expect(await unsynced(roomId)).toEqual({ channel: 0, members: 1 })
  expect(await admits(roomId, member)).toBe(true)
  await sweep()
  expect(await admits(roomId, member)).toBe(false)
  expect(await unsynced(roomId)).toEqual({ channel: 0, members: 0 })
})

test('a push that fails twice arrives', async () => {
  const roomId = await makeRoom()
  const apply = vi.fn(really).mockImplementationOnce(broken).mockImplementationOnce(broken)
  await withApply(apply).call(owner, 'DELETE', `/rooms/${roomId}/members/${member.id}`)
  expect(apply).toHaveBeenCalledTimes(3)
  expect(await admits(roomId, member)).toBe(false)
  await settled(roomId)
})

test('an object that fails does not stop the sweep of the others', async () => {
  const rooms = [await makeRoom(), await makeRoom(), await makeRoom()]
  await env.DB.batch(
    rooms.map((id) => env.DB.prepare('UPDATE channels SET unsynced = 1, rev = rev + 1 WHERE id = ?').bind(id)),
  )
  const bad = rooms[1]
  await sweep(withApply((id, change) => (id === bad ? broken() : really(id, change))).env)
  expect(await Promise.all(rooms.map(unsynced))).toEqual([
    { channel: 0, members: 0 },
    { channel: 1, members: 0 },
    { channel: 0, members: 0 },
  ])
  await sweep()
  expect(await unsynced(rooms[1] ?? '')).toEqual({ channel: 0, members: 0 })
})

test('a row that changes while it is pushed stays to be pushed again', async () => {
  const roomId = await makeRoom()
  const { call } = withApply(async (id, change) => {
    await env.DB.prepare('UPDATE memberships SET rev = rev + 1, unsynced = 1 WHERE channel_id = ? AND user_id = ?')
      .bind(roomId, member.id)
      .run()
    await really(id, change)
  })
  await call(owner, 'PATCH', `/rooms/${roomId}/members/${member.id}`, { role: 'moderator' })
  expect(await unsynced(roomId)).toEqual({ channel: 0, members: 1 })
  await sweep()
  expect(await unsynced(roomId)).toEqual({ channel: 0, members: 0 })
})

test('more members than one push carries arrive in several', async () => {
  const roomId = await makeRoom()
  await env.DB.batch([
    env.DB.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450)
      INSERT INTO users (id, email, username, name, created_at, updated_at, last_active_at)
      SELECT 'usr_many' || i, i || '@many.test', 'many_' || i, 'Many', 1, 1, 1 FROM n`),
    env.DB.prepare('UPDATE channels SET max_members = 1000 WHERE id = ?').bind(roomId),
    env.DB.prepare(`INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id)
      SELECT ?, id, 'member', 'active', 1, 1, 'chg' FROM users WHERE id LIKE 'usr_many%'`).bind(roomId),
  ])
  const sizes: number[] = []
  await sweep(
    withApply((id, change) => {
      sizes.push(change.members.length)
      return really(id, change)
    }).env,
  )
  expect(sizes).toEqual([200, 200, 50])
  expect(await unsynced(roomId)).toEqual({ channel: 0, members: 0 })
})

const ctxOf = async (person: Person, of: Env = env) =>
  makeCtx(
    of,
    {
      kind: 'user' as const,
      userId: person.id,
      sessionId: person.sessionId,
      sessionEndsAt: Date.now() + 60_000,
      role: 'student' as const,
      verified: true,
      transport: 'bearer' as const,
    },
    { later: (work) => void work },
  )

test('a rename reaches the channels of the person, and the owner’s name the rooms', async () => {
  const roomId = await makeRoom()
  const pushed: Change[] = []
  const watched = withApply(async (id, change) => {
    pushed.push(change)
    await really(id, change)
  })
  const ctx = await ctxOf(owner, watched.env)
  await ctx.db.batch([touchMemberships(ctx, owner.id)])
  await env.DB.prepare('UPDATE users SET name = ? WHERE id = ?').bind('Renamed', owner.id).run()
  await syncMemberships(ctx, owner.id)
  const here = pushed.find((change) => change.channel.id === roomId)
  expect(here?.members).toMatchObject([{ userId: owner.id, name: 'Renamed', role: 'owner', state: 'active' }])
  expect((await member.call('GET', `/rooms/${roomId}`)).body.owner.name).toBe('Renamed')
})

test('somebody whom the object does not know yet is told to it on the way in', async () => {
  const roomId = await makeRoom()
  const late = await signUp()
  await withApply(broken).call(late, 'POST', `/rooms/${roomId}/join`)
  expect(await admits(roomId, late)).toBe(false)
  expect((await late.call('GET', `/rooms/${roomId}/presence`)).status).toBe(200)
  expect(await admits(roomId, late)).toBe(true)
})

test('access to a channel is for its active members', async () => {
  const roomId = await makeRoom()
  const { channel, member: own } = await accessChannel(await ctxOf(member), roomId)
  expect(channel).toMatchObject({ id: roomId, kind: 'room', name: 'Sync', deletedAt: null })
  expect(own).toMatchObject({ userId: member.id, role: 'member', state: 'active' })
  const late = await signUp()
  const stranger = await ctxOf(late)
  await expect(accessChannel(stranger, roomId)).rejects.toMatchObject({ code: 'channel.membership_required' })
  for (const way of ['join', 'leave']) await late.call('POST', `/rooms/${roomId}/${way}`)
  await expect(accessChannel(stranger, roomId)).rejects.toMatchObject({ code: 'channel.membership_required' })
  await owner.call('PATCH', `/rooms/${roomId}`, { visibility: 'private' })
  await expect(accessChannel(stranger, roomId)).rejects.toMatchObject({ code: 'channel.not_found' })
  await owner.call('DELETE', `/rooms/${roomId}`)
  await expect(accessChannel(await ctxOf(member), roomId)).rejects.toMatchObject({ code: 'channel.not_found' })
})
