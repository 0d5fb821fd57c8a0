import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { call, type Person, signUp } from '../support/people'

let owner: Person
let other: Person

beforeAll(async () => {
  owner = await signUp({ name: 'Olga' })
  other = await signUp({ name: 'Otto' })
})

const makeRoom = async (fields: object = {}, maker = owner) => {
  const made = await maker.call('POST', '/rooms', { name: 'Algebra', ...fields })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body
}

describe('making a room', () => {
  test('a new room is public, has its owner as its one member, and says where it is', async () => {
    const made = await owner.call('POST', '/rooms', { name: '  Linear   Algebra ', description: 'Tuesdays\nand more' })
    expect(made.status).toBe(201)
    expect(made.headers.get('Location')).toBe(`/api/v1/rooms/${made.body.id}`)
    expect(made.headers.get('ETag')).toBe('"1"')
    expect(made.body).toEqual({
      id: expect.stringMatching(/^room_/),
      name: 'Linear   Algebra',
      description: 'Tuesdays\nand more',
      kind: 'shared',
      visibility: 'public',
      owner: { id: owner.id, name: 'Olga', avatarUrl: null },
      maxParticipants: 50,
      memberCount: 1,
      liveCount: 0,
      isActive: true,
      logoUrl: null,
      subject: null,
      minLevel: 1,
      settings: {
        allowScreenSharing: true,
        whoMayInvite: 'members',
        slowModeSeconds: 0,
        whoMayStartTimer: 'members',
        whoMayPlanMeetups: 'members',
      },
      membership: { role: 'owner', joinedAt: expect.stringMatching(/Z$/) },
      version: 1,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    })
    expect((await other.call('GET', `/rooms/${made.body.id}`)).body).toEqual({ ...made.body, membership: null })
  })

  test('a personal room has one member, is private and cannot be joined', async () => {
    const room = await makeRoom({ kind: 'personal' })
    expect(room).toMatchObject({ kind: 'personal', visibility: 'private', maxParticipants: 1, memberCount: 1 })
    expect((await other.call('POST', `/rooms/${room.id}/join`)).status).toBe(404)
    expect((await owner.call('POST', `/rooms/${room.id}/join`)).status).toBe(200)
    expect((await owner.call('POST', `/rooms/${room.id}/invite-links`)).body.code).toBe('room.personal')
    expect((await owner.call('PATCH', `/rooms/${room.id}`, { visibility: 'public' })).body.code).toBe('room.personal')
    expect((await owner.call('PATCH', `/rooms/${room.id}`, { maxParticipants: 5 })).body.code).toBe('room.personal')
    expect((await owner.call('POST', `/rooms/${room.id}/leave`)).status).toBe(409)
  })

  test.each([
    ['no name', {}, 'body.name'],
    ['an empty name', { name: '  ' }, 'body.name'],
    ['a long name', { name: 'x'.repeat(101) }, 'body.name'],
    ['control characters', { name: 'a\u0007b' }, 'body.name'],
    ['a long description', { name: 'a', description: 'x'.repeat(2001) }, 'body.description'],
    ['one seat', { name: 'a', maxParticipants: 1 }, 'body.maxParticipants'],
    ['too many seats', { name: 'a', maxParticipants: 1001 }, 'body.maxParticipants'],
    ['an unknown kind', { name: 'a', kind: 'group' }, 'body.kind'],
    ['a field that comes later', { name: 'a', subjectId: 'x' }, 'body.subjectId'],
    ['an unknown setting', { name: 'a', settings: { mood: 3 } }, 'body.settings.mood'],
    ['an owner chosen by the client', { name: 'a', ownerId: 'usr_x' }, 'body.ownerId'],
    ['a public personal room', { name: 'a', kind: 'personal', visibility: 'public' }, 'body.visibility'],
    ['seats in a personal room', { name: 'a', kind: 'personal', maxParticipants: 2 }, 'body.maxParticipants'],
  ])('refuses %s', async (_, body, field) => {
    const reply = await owner.call('POST', '/rooms', body)
    expect(reply.status).toBe(422)
    expect(reply.body).toMatchObject({ code: 'request.invalid', errors: [{ field }] })
  })
})

describe('editing a room', () => {
  test('only what is sent changes, and the version grows', async () => {
    const room = await makeRoom({ description: 'before', settings: { whoMayInvite: 'owner' } })
    const edited = await owner.call('PATCH', `/rooms/${room.id}`, {
      name: 'Geometry',
      settings: { allowScreenSharing: false },
    })
    expect(edited.status).toBe(200)
    expect(edited.headers.get('ETag')).toBe('"2"')
    expect(edited.body).toMatchObject({
      name: 'Geometry',
      description: 'before',
      settings: {
        allowScreenSharing: false,
        whoMayInvite: 'owner',
        slowModeSeconds: 0,
        whoMayStartTimer: 'members',
        whoMayPlanMeetups: 'members',
      },
      version: 2,
    })
  })

  test('If-Match refuses to change a version that one has not seen', async () => {
    const room = await makeRoom()
    const edit = (ifMatch: string) => owner.call('PATCH', `/rooms/${room.id}`, { name: 'New' }, { 'If-Match': ifMatch })
    expect((await edit('"1"')).status).toBe(200)
    const late = await edit('"1"')
    expect(late.status).toBe(412)
    expect(late.body).toMatchObject({ code: 'room.version_conflict', version: 2 })
    expect((await edit('W/"2"')).status).toBe(412)
    expect((await edit('nonsense')).status).toBe(412)
    expect((await edit('"7", "2"')).status).toBe(200)
    expect((await edit('*')).status).toBe(200)
    expect((await owner.call('DELETE', `/rooms/${room.id}`, undefined, { 'If-Match': '"1"' })).status).toBe(412)
    expect((await owner.call('DELETE', `/rooms/${room.id}`, undefined, { 'If-Match': '"4"' })).status).toBe(204)
  })

  test('edits at the same moment with the same If-Match: one wins', async () => {
    const room = await makeRoom()
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        owner.call('PATCH', `/rooms/${room.id}`, { name: `Name ${at}` }, { 'If-Match': '"1"' }),
      ),
    )
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1)
    expect(replies.filter((reply) => reply.status === 412)).toHaveLength(9)
    expect((await owner.call('GET', `/rooms/${room.id}`)).body.version).toBe(2)
  })

  test('edits of different fields at the same moment lose nothing', async () => {
    const room = await makeRoom()
    const replies = await Promise.all([
      owner.call('PATCH', `/rooms/${room.id}`, { name: 'Topology' }),
      owner.call('PATCH', `/rooms/${room.id}`, { description: 'Knots' }),
    ])
    expect(replies.map((reply) => reply.status)).toEqual([200, 200])
    expect((await owner.call('GET', `/rooms/${room.id}`)).body).toMatchObject({
      name: 'Topology',
      description: 'Knots',
    })
    const found = await owner.call('GET', '/rooms?query=topology%20knots')
    expect(found.body.data.map((one: { id: string }) => one.id)).toContain(room.id)
  })

  test('eight edits at the same moment without If-Match all come through', async () => {
    const room = await makeRoom()
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, at) => owner.call('PATCH', `/rooms/${room.id}`, { description: `${at}` })),
    )
    expect(replies.map((reply) => reply.status)).toEqual(Array(8).fill(200))
    expect((await owner.call('GET', `/rooms/${room.id}`)).body.version).toBe(9)
  })

  test('lowering maxParticipants below the count is refused', async () => {
    const room = await makeRoom({ maxParticipants: 3 })
    const people = [await signUp(), await signUp()]
    for (const person of people) expect((await person.call('POST', `/rooms/${room.id}/join`)).status).toBe(201)
    const refused = await owner.call('PATCH', `/rooms/${room.id}`, { maxParticipants: 2 })
    expect(refused).toMatchObject({ status: 409, body: { code: 'room.below_member_count' } })
    expect((await owner.call('GET', `/rooms/${room.id}`)).body).toMatchObject({ maxParticipants: 3, version: 1 })
    await people[0]!.call('POST', `/rooms/${room.id}/leave`)
    expect((await owner.call('PATCH', `/rooms/${room.id}`, { maxParticipants: 2 })).status).toBe(200)
  })
})

describe('joining and leaving', () => {
  test('the first join is 201, the next 200, and a member who leaves frees the seat', async () => {
    const room = await makeRoom({ maxParticipants: 2 })
    const joined = await other.call('POST', `/rooms/${room.id}/join`)
    expect(joined.status).toBe(201)
    expect(joined.headers.get('Location')).toBe(`/api/v1/rooms/${room.id}`)
    expect(joined.body).toMatchObject({ memberCount: 2, membership: { role: 'member' } })
    expect((await other.call('POST', `/rooms/${room.id}/join`)).status).toBe(200)
    const third = await signUp()
    expect(await third.call('POST', `/rooms/${room.id}/join`)).toMatchObject({
      status: 409,
      body: { code: 'room.full' },
    })
    expect((await other.call('POST', `/rooms/${room.id}/leave`)).status).toBe(204)
    expect((await other.call('POST', `/rooms/${room.id}/leave`)).status).toBe(204)
    expect((await third.call('POST', `/rooms/${room.id}/join`)).status).toBe(201)
  })

  test('a person who is in already is told so even when the room is full', async () => {
    const room = await makeRoom({ maxParticipants: 2 })
    await other.call('POST', `/rooms/${room.id}/join`)
    expect((await other.call('POST', `/rooms/${room.id}/join`)).status).toBe(200)
  })

  test('the owner cannot leave', async () => {
    const room = await makeRoom()
    const refused = await owner.call('POST', `/rooms/${room.id}/leave`)
    expect(refused).toMatchObject({ status: 409, body: { code: 'room.owner_must_transfer' } })
    expect((await owner.call('GET', `/rooms/${room.id}`)).body.memberCount).toBe(1)
  })

  test('a moderator who leaves and comes back is a member', async () => {
    const room = await makeRoom()
    await other.call('POST', `/rooms/${room.id}/join`)
    await owner.call('PATCH', `/rooms/${room.id}/members/${other.id}`, { role: 'moderator' })
    await other.call('POST', `/rooms/${room.id}/leave`)
    expect((await other.call('POST', `/rooms/${room.id}/join`)).body.membership.role).toBe('member')
  })

  test('a kicked person may join a public room again, a banned one may not', async () => {
    const room = await makeRoom()
    await other.call('POST', `/rooms/${room.id}/join`)
    expect((await owner.call('DELETE', `/rooms/${room.id}/members/${other.id}`)).status).toBe(204)
    expect((await other.call('POST', `/rooms/${room.id}/leave`)).body.code).toBe('channel.membership_required')
    expect((await other.call('POST', `/rooms/${room.id}/join`)).status).toBe(201)
    expect((await owner.call('PUT', `/rooms/${room.id}/bans/${other.id}`)).status).toBe(200)
    expect((await other.call('POST', `/rooms/${room.id}/join`)).body.code).toBe('room.banned')
    const link = await owner.call('POST', `/rooms/${room.id}/invite-links`)
    expect((await other.call('POST', `/invite-links/${link.body.code}/join`)).body.code).toBe('room.banned')
    expect((await owner.call('GET', `/rooms/${room.id}/invite-links`)).body.data[0].uses).toBe(0)
  })
})

describe('members', () => {
  test('are listed to anybody who may see the room, under both names', async () => {
    const room = await makeRoom()
    await other.call('POST', `/rooms/${room.id}/join`)
    const stranger = await signUp()
    const list = await stranger.call('GET', `/rooms/${room.id}/members`)
    expect(list.body).toEqual({
      data: [
        {
          user: { id: owner.id, username: owner.username, name: 'Olga', avatarUrl: null },
          role: 'owner',
          joinedAt: expect.any(String),
        },
        {
          user: { id: other.id, username: other.username, name: 'Otto', avatarUrl: null },
          role: 'member',
          joinedAt: expect.any(String),
        },
      ],
      nextCursor: null,
    })
    expect((await stranger.call('GET', `/rooms/${room.id}/participants`)).body).toEqual(list.body)
  })

  test('a role is changed once, with one audit row', async () => {
    const room = await makeRoom()
    await other.call('POST', `/rooms/${room.id}/join`)
    const change = () => owner.call('PATCH', `/rooms/${room.id}/members/${other.id}`, { role: 'moderator' })
    expect((await change()).body).toMatchObject({ role: 'moderator', user: { id: other.id } })
    expect((await change()).status).toBe(200)
    const audit = await env.DB.prepare(`SELECT * FROM audit_log WHERE subject_id = ? AND details LIKE ?`)
      .bind(other.id, `%${room.id}%`)
      .all()
    expect(audit.results).toMatchObject([{ event: 'member.role_changed', actor_id: owner.id }])
    expect((await owner.call('PATCH', `/rooms/${room.id}/members/${other.id}`, { role: 'owner' })).status).toBe(422)
  })

  test('somebody who is no member is not found among them', async () => {
    const room = await makeRoom()
    const path = `/rooms/${room.id}/members/${other.id}`
    expect((await owner.call('DELETE', path)).body.code).toBe('room.member_not_found')
    expect((await owner.call('PATCH', path, { role: 'moderator' })).body.code).toBe('room.member_not_found')
    expect((await owner.call('POST', `/rooms/${room.id}/transfer`, { userId: other.id })).body.code).toBe(
      'room.member_not_found',
    )
  })
})

describe('transfer', () => {
  test('makes the other the owner and leaves a moderator behind', async () => {
    const room = await makeRoom()
    await other.call('POST', `/rooms/${room.id}/join`)
    const moved = await owner.call('POST', `/rooms/${room.id}/transfer`, { userId: other.id })
    expect(moved.status).toBe(200)
    expect(moved.body).toMatchObject({ owner: { id: other.id }, membership: { role: 'moderator' }, version: 2 })
    expect((await owner.call('POST', `/rooms/${room.id}/leave`)).status).toBe(204)
    expect((await other.call('GET', `/rooms/${room.id}`)).body).toMatchObject({
      memberCount: 1,
      membership: { role: 'owner' },
    })
    const audit = await env.DB.prepare('SELECT event FROM audit_log WHERE subject_id = ?').bind(room.id).all()
    expect(audit.results).toEqual([{ event: 'room.transferred' }])
  })

  test('to oneself changes nothing', async () => {
    const room = await makeRoom()
    const moved = await owner.call('POST', `/rooms/${room.id}/transfer`, { userId: owner.id })
    expect(moved).toMatchObject({ status: 200, body: { version: 1, membership: { role: 'owner' } } })
  })
})

describe('deleting a room', () => {
  test('makes it 404 at once, takes it from every list and leaves one audit row', async () => {
    const room = await makeRoom({ name: 'Ephemeral zymurgy' })
    await other.call('POST', `/rooms/${room.id}/join`)
    const link = await owner.call('POST', `/rooms/${room.id}/invite-links`)
    expect((await other.call('GET', '/rooms?query=zymurgy')).body.data).toHaveLength(1)
    const replies = await Promise.all([
      owner.call('DELETE', `/rooms/${room.id}`),
      owner.call('DELETE', `/rooms/${room.id}`),
      owner.call('DELETE', `/rooms/${room.id}`),
    ])
    expect(replies.map((reply) => reply.status).sort()).toEqual([204, 404, 404])
    for (const path of ['', '/members', '/invite-links', '/presence'])
      expect((await owner.call('GET', `/rooms/${room.id}${path}`)).status, path).toBe(404)
    expect((await other.call('GET', '/rooms?query=zymurgy')).body.data).toEqual([])
    const ids = (await other.call('GET', '/rooms/mine?limit=100')).body.data.map((one: { id: string }) => one.id)
    expect(ids).not.toContain(room.id)
    expect((await call('GET', `/invite-links/${link.body.code}`)).status).toBe(404)
    const audit = await env.DB.prepare(`SELECT event FROM audit_log WHERE subject_id = ? AND event = 'room.deleted'`)
      .bind(room.id)
      .all()
    expect(audit.results).toHaveLength(1)
  })
})

describe('invite links', () => {
  test('lead into a private room, and show only its face to anybody', async () => {
    const room = await makeRoom({ visibility: 'private', description: 'Hidden' })
    expect((await other.call('GET', `/rooms/${room.id}`)).status).toBe(404)
    const made = await owner.call('POST', `/rooms/${room.id}/invite-links`, { maxUses: 2, expiresIn: 60 })
    expect(made.status).toBe(201)
    expect(made.headers.get('Location')).toBe(`/api/v1/invite-links/${made.body.code}`)
    expect(made.body).toEqual({
      code: expect.stringMatching(/^[A-Za-z0-9_-]{27}$/),
      maxUses: 2,
      uses: 0,
      expiresAt: expect.any(String),
      createdBy: { id: owner.id, name: 'Olga', avatarUrl: null },
      createdAt: expect.any(String),
    })
    expect(Date.parse(made.body.expiresAt) - Date.parse(made.body.createdAt)).toBe(60_000)
    const path = `/invite-links/${made.body.code}`
    expect((await call('GET', path)).body).toEqual({ name: 'Algebra', description: 'Hidden', memberCount: 1 })
    expect((await call('POST', `${path}/join`)).status).toBe(401)
    const joined = await other.call('POST', `${path}/join`)
    expect(joined).toMatchObject({ status: 201, body: { id: room.id, membership: { role: 'member' } } })
    expect((await other.call('POST', `${path}/join`)).status).toBe(200)
    expect((await owner.call('GET', `/rooms/${room.id}/invite-links`)).body.data).toMatchObject([{ uses: 1 }])
    expect((await (await signUp()).call('POST', `${path}/join`)).status).toBe(201)
    expect((await call('GET', path)).status).toBe(404)
    expect((await (await signUp()).call('POST', `${path}/join`)).body.code).toBe('invite_link.not_found')
    expect((await other.call('POST', `${path}/join`)).status).toBe(200)
  })

  test('last a day and any number of times unless said otherwise', async () => {
    const room = await makeRoom()
    const plain = await owner.call('POST', `/rooms/${room.id}/invite-links`)
    expect(plain.body.maxUses).toBeNull()
    expect(Date.parse(plain.body.expiresAt) - Date.parse(plain.body.createdAt)).toBe(86_400_000)
    const endless = await owner.call('POST', `/rooms/${room.id}/invite-links`, { expiresIn: null, maxUses: null })
    expect(endless.body.expiresAt).toBeNull()
    for (const body of [{ maxUses: 0 }, { maxUses: 101 }, { expiresIn: 59 }, { expiresIn: 604_801 }, { uses: 1 }])
      expect((await owner.call('POST', `/rooms/${room.id}/invite-links`, body)).status, JSON.stringify(body)).toBe(422)
  })

  test('an expired link is 404 everywhere', async () => {
    const room = await makeRoom({ visibility: 'private' })
    const { body } = await owner.call('POST', `/rooms/${room.id}/invite-links`, { expiresIn: 60 })
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      vi.setSystemTime(Date.now() + 60_000)
      expect((await call('GET', `/invite-links/${body.code}`)).status).toBe(404)
      expect((await other.call('POST', `/invite-links/${body.code}/join`)).status).toBe(404)
      expect((await owner.call('GET', `/rooms/${room.id}/invite-links`)).body.data).toEqual([])
      expect((await owner.call('DELETE', `/rooms/${room.id}/invite-links/${body.code}`)).status).toBe(404)
    } finally {
      vi.useRealTimers()
    }
  })

  test('are taken back by their maker and by moderators, once', async () => {
    const room = await makeRoom()
    await other.call('POST', `/rooms/${room.id}/join`)
    const member = await signUp()
    await member.call('POST', `/rooms/${room.id}/join`)
    const { body } = await other.call('POST', `/rooms/${room.id}/invite-links`)
    const path = `/rooms/${room.id}/invite-links/${body.code}`
    expect((await member.call('DELETE', path)).body.code).toBe('room.not_allowed')
    const replies = await Promise.all([other.call('DELETE', path), owner.call('DELETE', path)])
    expect(replies.map((reply) => reply.status).sort()).toEqual([204, 404])
    expect((await call('GET', `/invite-links/${body.code}`)).status).toBe(404)
    const audit = await env.DB.prepare('SELECT event FROM audit_log WHERE subject_id = ? ORDER BY event')
      .bind(room.id)
      .all()
    expect(audit.results).toEqual([{ event: 'invite_link.created' }, { event: 'invite_link.revoked' }])
    const elsewhere = await makeRoom()
    const foreign = await owner.call('POST', `/rooms/${elsewhere.id}/invite-links`)
    expect((await owner.call('DELETE', `/rooms/${room.id}/invite-links/${foreign.body.code}`)).status).toBe(404)
    expect((await call('GET', `/invite-links/${foreign.body.code}`)).status).toBe(200)
  })

  test('settings say who may make them', async () => {
    const room = await makeRoom({ settings: { whoMayInvite: 'moderators' } })
    await other.call('POST', `/rooms/${room.id}/join`)
    const make = () => other.call('POST', `/rooms/${room.id}/invite-links`)
    expect((await make()).body.code).toBe('room.not_allowed')
    expect((await other.call('GET', `/rooms/${room.id}/invite-links`)).status).toBe(403)
    await owner.call('PATCH', `/rooms/${room.id}/members/${other.id}`, { role: 'moderator' })
    expect((await make()).status).toBe(201)
    await owner.call('PATCH', `/rooms/${room.id}`, { settings: { whoMayInvite: 'owner' } })
    expect((await make()).body.code).toBe('room.not_allowed')
  })
})
