import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import worker from '../../src/index'
import { countingEnv, type Person, type Reply, replyOf, requestOf, signUp } from '../support/people'

let crowd: Person[]
let owner: Person

beforeAll(async () => {
  crowd = await Promise.all(Array.from({ length: 50 }, () => signUp()))
  owner = await signUp()
})

const makeRoom = async (fields: object = {}): Promise<string> =>
  (await owner.call('POST', '/rooms', { name: 'Race', ...fields })).body.id

const count = (replies: Reply[], status: number) => replies.filter((reply) => reply.status === status).length

interface MemberRow {
  user_id: string
  role: string
  state: string
}

async function stateOf(roomId: string) {
  const [channel, members] = await env.DB.batch([
    env.DB.prepare('SELECT * FROM channels WHERE id = ?').bind(roomId),
    env.DB.prepare(`SELECT user_id, role, state FROM memberships WHERE channel_id = ? AND state = 'active'`).bind(
      roomId,
    ),
  ])
  return {
    channel: channel?.results[0] as { owner_id: string; member_count: number; max_members: number; version: number },
    active: members?.results as MemberRow[],
  }
}

const auditOf = async (roomId: string, event: string) =>
  (
    await env.DB.prepare(`SELECT count(*) AS n FROM audit_log WHERE event = ? AND (subject_id = ? OR details LIKE ?)`)
      .bind(event, roomId, `%${roomId}%`)
      .first<{ n: number }>()
  )?.n

/** The same Worker with other limits. */
function withLimits(limits: Record<string, string>) {
  const { fetch } = countingEnv(limits as Partial<Env>)
  return (person: Person, method: string, path: string, body?: unknown) =>
    fetch(requestOf(method, path, body, { Authorization: `Bearer ${person.accessToken}` }))
}

describe('seats', () => {
  test('fifty joins at once to a room of five make exactly five', async () => {
    const roomId = await makeRoom({ maxParticipants: 5 })
    const replies = await Promise.all(crowd.map((person) => person.call('POST', `/rooms/${roomId}/join`)))
    expect(count(replies, 201)).toBe(4)
    expect(count(replies, 409)).toBe(46)
    const { channel, active } = await stateOf(roomId)
    expect(active).toHaveLength(5)
    expect(channel.member_count).toBe(5)
  })

  test('ten joins of one person at once are one membership', async () => {
    const roomId = await makeRoom()
    const replies = await Promise.all(Array.from({ length: 10 }, () => crowd[0]!.call('POST', `/rooms/${roomId}/join`)))
    expect([count(replies, 201), count(replies, 200)]).toEqual([1, 9])
    expect((await stateOf(roomId)).channel.member_count).toBe(2)
  })

  test('fifty uses at once of a link for three make exactly three', async () => {
    const roomId = await makeRoom({ visibility: 'private' })
    const { body } = await owner.call('POST', `/rooms/${roomId}/invite-links`, { maxUses: 3 })
    const replies = await Promise.all(crowd.map((person) => person.call('POST', `/invite-links/${body.code}/join`)))
    expect([count(replies, 201), count(replies, 404)]).toEqual([3, 47])
    expect((await stateOf(roomId)).channel.member_count).toBe(4)
    const link = await env.DB.prepare('SELECT uses FROM invite_links WHERE code = ?').bind(body.code).first()
    expect(link).toEqual({ uses: 3 })
  })

  test('a full room uses nothing of a link up', async () => {
    const roomId = await makeRoom({ maxParticipants: 3 })
    const { body } = await owner.call('POST', `/rooms/${roomId}/invite-links`, { maxUses: 10 })
    const replies = await Promise.all(crowd.map((person) => person.call('POST', `/invite-links/${body.code}/join`)))
    expect([count(replies, 201), count(replies, 409)]).toEqual([2, 48])
    expect((await owner.call('GET', `/rooms/${roomId}/invite-links`)).body.data).toMatchObject([{ uses: 2 }])
  })
})

describe('limits', () => {
  test('rooms made at once never pass what one person may own', async () => {
    const maker = await signUp()
    const call = withLimits({ ROOMS_PER_OWNER: '5' })
    const replies = await Promise.all(Array.from({ length: 20 }, () => call(maker, 'POST', '/rooms', { name: 'Mine' })))
    expect([count(replies, 201), count(replies, 409)]).toEqual([5, 15])
    expect(replies.find((reply) => reply.status === 409)?.body.code).toBe('room.too_many')
    expect((await maker.call('GET', '/rooms/mine')).body.data).toHaveLength(5)
    await maker.call('DELETE', `/rooms/${replies.find((reply) => reply.status === 201)?.body.id}`)
    expect((await call(maker, 'POST', '/rooms', { name: 'Again', kind: 'personal' })).status).toBe(201)
    expect((await call(maker, 'POST', '/rooms', { name: 'Once more' })).status).toBe(409)
  })

  test('nobody is handed more rooms than one person may own', async () => {
    const receiver = await signUp()
    const call = withLimits({ ROOMS_PER_OWNER: '2' })
    const givers = await Promise.all(Array.from({ length: 5 }, () => signUp()))
    const rooms = await Promise.all(
      givers.map(async (giver) => {
        const { body } = await giver.call('POST', '/rooms', { name: 'A gift' })
        await receiver.call('POST', `/rooms/${body.id}/join`)
        return { giver, path: `/rooms/${body.id}/transfer` }
      }),
    )
    const replies = await Promise.all(
      rooms.map(({ giver, path }) => call(giver, 'POST', path, { userId: receiver.id })),
    )
    expect([count(replies, 200), count(replies, 409)]).toEqual([2, 3])
    expect(replies.find((reply) => reply.status === 409)?.body.code).toBe('room.too_many')
  })

  test('links made at once never pass the limit, and those that ended leave their place', async () => {
    const roomId = await makeRoom()
    const call = withLimits({ LINKS_PER_CHANNEL: '3' })
    const make = () => call(owner, 'POST', `/rooms/${roomId}/invite-links`)
    const replies = await Promise.all(Array.from({ length: 12 }, make))
    expect([count(replies, 201), count(replies, 409)]).toEqual([3, 9])
    expect(await auditOf(roomId, 'invite_link.created')).toBe(3)
    await env.DB.prepare('UPDATE invite_links SET expires_at = 1 WHERE channel_id = ?').bind(roomId).run()
    expect((await make()).status).toBe(201)
    const indexed = await env.DB.prepare(
      'SELECT count(*) AS n FROM invite_links WHERE channel_id = ? AND revoked_at IS NULL',
    )
      .bind(roomId)
      .first()
    expect(indexed).toEqual({ n: 1 })
  })
})

describe('opposite actions at once', () => {
  test('two transfers end with one owner', async () => {
    const roomId = await makeRoom()
    const [one, two] = crowd as [Person, Person]
    for (const person of [one, two]) await person.call('POST', `/rooms/${roomId}/join`)
    const replies = await Promise.all(
      [one, two].map(({ id }) => owner.call('POST', `/rooms/${roomId}/transfer`, { userId: id })),
    )
    expect([count(replies, 200), count(replies, 403)]).toEqual([1, 1])
    expect((await stateOf(roomId)).active.filter((row) => row.role === 'owner')).toHaveLength(1)
    expect(await auditOf(roomId, 'room.transferred')).toBe(1)
  })

  test('the database itself allows one owner only', async () => {
    const roomId = await makeRoom()
    const { id } = crowd[0]!
    await crowd[0]!.call('POST', `/rooms/${roomId}/join`)
    const crown = env.DB.prepare(`UPDATE memberships SET role = 'owner' WHERE channel_id = ? AND user_id = ?`)
    await expect(crown.bind(roomId, id).run()).rejects.toThrow('UNIQUE')
    expect((await stateOf(roomId)).channel.owner_id).toBe(owner.id)
  })

  test('ten kicks of one member are one kick', async () => {
    const roomId = await makeRoom()
    await crowd[0]!.call('POST', `/rooms/${roomId}/join`)
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => owner.call('DELETE', `/rooms/${roomId}/members/${crowd[0]!.id}`)),
    )
    expect([count(replies, 204), count(replies, 404)]).toEqual([1, 9])
    expect(await auditOf(roomId, 'member.removed')).toBe(1)
  })

  const person = fc.integer({ min: 0, max: 4 })
  const action = fc.oneof(
    fc.record({ kind: fc.constantFrom('join', 'leave'), actor: person, target: person }),
    fc.record({ kind: fc.constantFrom('kick', 'promote', 'demote', 'transfer'), actor: person, target: person }),
  )

  test('any mixture ends in one consistent room with exactly one owner', async () => {
    const five = [owner, ...crowd.slice(0, 4)]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(action, { minLength: 2, maxLength: 8 }), { maxLength: 3 }), async (waves) => {
        const roomId = await makeRoom({ maxParticipants: 4 })
        for (const member of five.slice(1, 4)) await member.call('POST', `/rooms/${roomId}/join`)
        await owner.call('PATCH', `/rooms/${roomId}/members/${five[1]!.id}`, { role: 'moderator' })
        const done: { kind: string; reply: Reply }[] = []
        for (const wave of waves)
          done.push(
            ...(await Promise.all(
              wave.map(async ({ kind, actor, target }) => {
                const reply = await act(roomId, kind, five[actor]!, five[target]!)
                return { kind, reply }
              }),
            )),
          )
        for (const { kind, reply } of done)
          expect(reply.status, `${kind} ${JSON.stringify(reply.body)}`).toBeLessThan(500)
        const { channel, active } = await stateOf(roomId)
        const owners = active.filter((row) => row.role === 'owner')
        expect(owners).toHaveLength(1)
        expect(channel.owner_id).toBe(owners[0]?.user_id)
        expect(channel.member_count).toBe(active.length)
        expect(channel.member_count).toBeLessThanOrEqual(channel.max_members)
        const kicks = done.filter(({ kind, reply }) => kind === 'kick' && reply.status === 204)
        expect(await auditOf(roomId, 'member.removed')).toBe(kicks.length)
        expect(await auditOf(roomId, 'room.transferred')).toBe(channel.version - 1)
        for (const one of five) {
          const isIn = active.some((row) => row.user_id === one.id)
          const seen = await env.STUDY_ROOM.getByName(roomId).presence(one.id)
          expect(seen.ok, 'the object agrees').toBe(isIn)
        }
      }),
      { numRuns: 15 },
    )
  })
})

/** A call during which something else happens, after it has read and right before it writes. */
async function interrupted(by: Person, method: string, path: string, body: unknown, meanwhile: () => Promise<unknown>) {
  let waiting = true
  const batch = async (statements: D1PreparedStatement[]) => {
    if (waiting && writes.has(statements[0] as D1PreparedStatement)) {
      waiting = false
      await meanwhile()
    }
    return env.DB.batch(statements)
  }
  const writes = new WeakSet<D1PreparedStatement>()
  const mark = (statement: D1PreparedStatement, query: string): D1PreparedStatement => {
    if (/^\s*(UPDATE|INSERT)/.test(query)) writes.add(statement)
    const { bind } = statement
    return Object.assign(statement, { bind: (...values: unknown[]) => mark(bind.apply(statement, values), query) })
  }
  const DB = { prepare: (query: string) => mark(env.DB.prepare(query), query), batch } as unknown as D1Database
  const execution = createExecutionContext()
  const headers = { Authorization: `Bearer ${by.accessToken}` }
  const response = await worker.fetch(requestOf(method, path, body, headers), { ...env, DB }, execution)
  const reply = await replyOf(response)
  await waitOnExecutionContext(execution)
  expect(waiting, 'the interruption took place').toBe(false)
  return reply
}

describe('what somebody else does between reading and writing', () => {
  async function house() {
    const [moderator, member] = crowd as [Person, Person]
    const roomId = await makeRoom({ settings: { whoMayInvite: 'moderators' } })
    for (const person of [moderator, member]) await person.call('POST', `/rooms/${roomId}/join`)
    const path = `/rooms/${roomId}`
    const setRole = (person: Person, role: string) => owner.call('PATCH', `${path}/members/${person.id}`, { role })
    await setRole(moderator, 'moderator')
    return { roomId, path, moderator, member, setRole, demote: () => setRole(moderator, 'member') }
  }

  test('an edit of another field is kept', async () => {
    const { path } = await house()
    const reply = await interrupted(owner, 'PATCH', path, { name: 'Mine' }, () =>
      owner.call('PATCH', path, { description: 'Yours' }),
    )
    expect(reply).toMatchObject({ status: 200, body: { name: 'Mine', description: 'Yours', version: 3 } })
  })

  test('an editor who is no moderator any more edits nothing', async () => {
    const { path, moderator, demote } = await house()
    const reply = await interrupted(moderator, 'PATCH', path, { name: 'Late' }, demote)
    expect(reply.body.code).toBe('room.not_allowed')
    expect((await owner.call('GET', path)).body).toMatchObject({ name: 'Race', version: 1 })
  })

  test('a moderator who has become a member kicks nobody', async () => {
    const { path, moderator, member, demote } = await house()
    const reply = await interrupted(moderator, 'DELETE', `${path}/members/${member.id}`, undefined, demote)
    expect(reply.body.code).toBe('room.not_allowed')
    expect((await member.call('GET', path)).body.membership).not.toBeNull()
  })

  test('a member who has become a moderator is not kicked by one', async () => {
    const { path, moderator, member, setRole } = await house()
    const reply = await interrupted(moderator, 'DELETE', `${path}/members/${member.id}`, undefined, () =>
      setRole(member, 'moderator'),
    )
    expect(reply.body.code).toBe('room.not_allowed')
  })

  test('a member who has left is made nothing', async () => {
    const { path, member } = await house()
    const reply = await interrupted(owner, 'PATCH', `${path}/members/${member.id}`, { role: 'moderator' }, () =>
      member.call('POST', `${path}/leave`),
    )
    expect(reply.body.code).toBe('room.member_not_found')
    expect((await member.call('POST', `${path}/join`)).body.membership.role).toBe('member')
  })

  test('a member who has left is not made the owner', async () => {
    const { roomId, path, member } = await house()
    const reply = await interrupted(owner, 'POST', `${path}/transfer`, { userId: member.id }, () =>
      member.call('POST', `${path}/leave`),
    )
    expect(reply.body.code).toBe('room.member_not_found')
    expect((await stateOf(roomId)).channel.owner_id).toBe(owner.id)
    expect(await auditOf(roomId, 'room.transferred')).toBe(0)
  })

  test('somebody who has handed the room over deletes it no more', async () => {
    const { path, member } = await house()
    const reply = await interrupted(owner, 'DELETE', path, undefined, () =>
      owner.call('POST', `${path}/transfer`, { userId: member.id }),
    )
    expect(reply.body.code).toBe('room.not_allowed')
    expect((await owner.call('GET', path)).status).toBe(200)
  })

  test('a moderator who has become a member bans nobody', async () => {
    const { roomId, path, moderator, member, demote } = await house()
    const reply = await interrupted(moderator, 'PUT', `${path}/bans/${member.id}`, { reason: 'Late' }, demote)
    expect(reply.body.code).toBe('room.not_allowed')
    expect((await owner.call('GET', `${path}/bans`)).body.data).toEqual([])
    expect(await auditOf(roomId, 'member.banned')).toBe(0)
  })

  test('somebody who joins while being banned from outside is out', async () => {
    const { roomId, path, moderator } = await house()
    const late = crowd[6]!
    const reply = await interrupted(moderator, 'PUT', `${path}/bans/${late.id}`, undefined, () =>
      late.call('POST', `${path}/join`),
    )
    expect(reply.status).toBe(200)
    expect((await stateOf(roomId)).active.some((row) => row.user_id === late.id)).toBe(false)
    expect(await auditOf(roomId, 'member.banned')).toBe(1)
  })

  test('a member who has become a moderator is not timed out by one', async () => {
    const { roomId, path, moderator, member, setRole } = await house()
    const until = new Date(Date.now() + 60_000).toISOString()
    const reply = await interrupted(moderator, 'PUT', `${path}/timeouts/${member.id}`, { until }, () =>
      setRole(member, 'moderator'),
    )
    expect(reply.body.code).toBe('room.not_allowed')
    expect(await auditOf(roomId, 'member.timed_out')).toBe(0)
  })

  test('somebody who may not invite any more makes no link', async () => {
    const { roomId, path, moderator, demote } = await house()
    const reply = await interrupted(moderator, 'POST', `${path}/invite-links`, undefined, demote)
    expect(reply.body.code).toBe('room.not_allowed')
    expect(await auditOf(roomId, 'invite_link.created')).toBe(0)
  })

  test('a room that has been deleted is joined by nobody', async () => {
    const { path } = await house()
    const reply = await interrupted(crowd[5]!, 'POST', `${path}/join`, undefined, () => owner.call('DELETE', path))
    expect(reply.body.code).toBe('room.not_found')
  })
})

function act(roomId: string, kind: string, by: Person, target: Person): Promise<Reply> {
  const member = `/rooms/${roomId}/members/${target.id}`
  switch (kind) {
    case 'kick':
      return by.call('DELETE', member)
    case 'promote':
      return by.call('PATCH', member, { role: 'moderator' })
    case 'demote':
      return by.call('PATCH', member, { role: 'member' })
    case 'transfer':
      return by.call('POST', `/rooms/${roomId}/transfer`, { userId: target.id })
    default:
      return by.call('POST', `/rooms/${roomId}/${kind}`)
  }
}
