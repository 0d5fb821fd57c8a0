import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/shared/ids'
import { type Call, call, countingEnv, type Person, type Reply, requestOf, signUp } from '../support/people'

interface House {
  roomId: string
  code: string
}

const people = {} as Record<'owner' | 'moderator' | 'member' | 'target' | 'stranger' | 'guest', Person>
let open: House
let hidden: House
let gone: House

async function build(visibility: 'public' | 'private'): Promise<House> {
  const { owner, moderator, member, target } = people
  const room = await owner.call('POST', '/rooms', { name: 'House', visibility })
  const roomId = room.body.id
  const link = await owner.call('POST', `/rooms/${roomId}/invite-links`)
  const { code } = link.body
  for (const person of [moderator, member, target]) await person.call('POST', `/invite-links/${code}/join`)
  await owner.call('PATCH', `/rooms/${roomId}/members/${moderator.id}`, { role: 'moderator' })
  return { roomId, code }
}

beforeAll(async () => {
  for (const role of ['owner', 'moderator', 'member', 'target', 'stranger', 'guest'] as const)
    people[role] = await signUp({ name: role, emailVerifiedAt: Date.now() })
  ;[open, hidden, gone] = [await build('public'), await build('private'), await build('public')]
  await people.owner.call('DELETE', `/rooms/${gone.roomId}`)
})

/** Everything a room's actions may write, but for the marks that objects clear in their own time. */
async function everything(): Promise<string> {
  const results = await env.DB.batch([
    env.DB.prepare('SELECT * FROM channels ORDER BY num'),
    env.DB.prepare('SELECT * FROM memberships ORDER BY channel_id, user_id'),
    env.DB.prepare('SELECT * FROM invite_links ORDER BY code'),
    env.DB.prepare('SELECT * FROM bans ORDER BY channel_id, user_id'),
    env.DB.prepare('SELECT * FROM moderation_actions ORDER BY id'),
    env.DB.prepare('SELECT * FROM timeouts ORDER BY channel_id, user_id'),
    env.DB.prepare('SELECT * FROM waitlist ORDER BY channel_id, user_id'),
    env.DB.prepare('SELECT * FROM invitations ORDER BY id'),
    env.DB.prepare('SELECT * FROM join_requests ORDER BY channel_id, user_id'),
    env.DB.prepare('SELECT * FROM audit_log ORDER BY id'),
    env.DB.prepare('SELECT rowid FROM channel_search ORDER BY rowid'),
  ])
  const known = new Set(['unsynced', 'last_used_at'])
  return JSON.stringify(
    results.map(({ results: rows }) => rows),
    (key, value) => (known.has(key) ? undefined : value),
  )
}

interface Action {
  name: string
  run(by: Call, house: House): Promise<Reply>
  /** Statuses for owner, moderator, member, stranger, nobody, a stranger to a private room, the owner of a deleted one. */
  expected: number[]
}

const inAMinute = () => new Date(Date.now() + 60_000).toISOString()
const path = (house: House, rest = '') => `/rooms/${house.roomId}${rest}`

const actions: Action[] = [
  { name: 'reads', run: (by, house) => by('GET', path(house)), expected: [200, 200, 200, 200, 401, 404, 404] },
  {
    name: 'edits',
    run: (by, house) => by('PATCH', path(house), { name: 'New' }),
    expected: [200, 200, 403, 403, 401, 404, 404],
  },
  { name: 'deletes', run: (by, house) => by('DELETE', path(house)), expected: [204, 403, 403, 403, 401, 404, 404] },
  {
    name: 'joins',
    run: (by, house) => by('POST', path(house, '/join')),
    expected: [200, 200, 200, 201, 401, 404, 404],
  },
  {
    name: 'leaves',
    run: (by, house) => by('POST', path(house, '/leave')),
    expected: [409, 204, 204, 403, 401, 404, 404],
  },
  {
    name: 'lists members',
    run: (by, house) => by('GET', path(house, '/members')),
    expected: [200, 200, 200, 200, 401, 404, 404],
  },
  {
    name: 'lists participants',
    run: (by, house) => by('GET', path(house, '/participants')),
    expected: [200, 200, 200, 200, 401, 404, 404],
  },
  {
    name: 'makes a member a moderator',
    run: (by, house) => by('PATCH', path(house, `/members/${people.target.id}`), { role: 'moderator' }),
    expected: [200, 403, 403, 403, 401, 404, 404],
  },
  {
    name: 'makes a moderator a member',
    run: (by, house) => by('PATCH', path(house, `/members/${people.moderator.id}`), { role: 'member' }),
    expected: [200, 403, 403, 403, 401, 404, 404],
  },
  {
    name: 'removes a member',
    run: (by, house) => by('DELETE', path(house, `/members/${people.target.id}`)),
    expected: [204, 204, 403, 403, 401, 404, 404],
  },
  {
    name: 'removes a moderator',
    run: (by, house) => by('DELETE', path(house, `/members/${people.moderator.id}`)),
    expected: [204, 403, 403, 403, 401, 404, 404],
  },
  {
    name: 'removes the owner',
    run: (by, house) => by('DELETE', path(house, `/members/${people.owner.id}`)),
    expected: [403, 403, 403, 403, 401, 404, 404],
  },
  {
    name: 'transfers',
    run: (by, house) => by('POST', path(house, '/transfer'), { userId: people.target.id }),
    expected: [200, 403, 403, 403, 401, 404, 404],
  },
  {
    name: 'makes a link',
    run: (by, house) => by('POST', path(house, '/invite-links')),
    expected: [201, 201, 201, 403, 401, 404, 404],
  },
  {
    name: 'lists links',
    run: (by, house) => by('GET', path(house, '/invite-links')),
    expected: [200, 200, 200, 403, 401, 404, 404],
  },
  {
    name: 'takes the owner’s link back',
    run: (by, house) => by('DELETE', path(house, `/invite-links/${house.code}`)),
    expected: [204, 204, 403, 403, 401, 404, 404],
  },
  {
    name: 'looks at a link',
    run: (by, house) => by('GET', `/invite-links/${house.code}`),
    expected: [200, 200, 200, 200, 200, 200, 404],
  },
  {
    name: 'joins by a link',
    run: (by, house) => by('POST', `/invite-links/${house.code}/join`),
    expected: [200, 200, 200, 201, 401, 201, 404],
  },
  {
    name: 'sees who is there',
    run: (by, house) => by('GET', path(house, '/presence')),
    expected: [200, 200, 200, 403, 401, 404, 404],
  },
  {
    name: 'bans a member',
    run: (by, house) => by('PUT', path(house, `/bans/${people.target.id}`), { reason: 'Spam' }),
    expected: [200, 200, 403, 403, 401, 404, 404],
  },
  {
    name: 'bans a moderator',
    run: (by, house) => by('PUT', path(house, `/bans/${people.moderator.id}`)),
    expected: [200, 403, 403, 403, 401, 404, 404],
  },
  {
    name: 'bans the owner',
    run: (by, house) => by('PUT', path(house, `/bans/${people.owner.id}`)),
    expected: [403, 403, 403, 403, 401, 404, 404],
  },
  {
    name: 'bans somebody outside',
    run: (by, house) => by('PUT', path(house, `/bans/${people.guest.id}`)),
    expected: [200, 200, 403, 403, 401, 404, 404],
  },
  {
    name: 'lifts a ban',
    run: (by, house) => by('DELETE', path(house, `/bans/${people.guest.id}`)),
    expected: [204, 204, 403, 403, 401, 404, 404],
  },
  {
    name: 'lists bans',
    run: (by, house) => by('GET', path(house, '/bans')),
    expected: [200, 200, 403, 403, 401, 404, 404],
  },
  {
    name: 'times a member out',
    run: (by, house) => by('PUT', path(house, `/timeouts/${people.target.id}`), { until: inAMinute() }),
    expected: [200, 200, 403, 403, 401, 404, 404],
  },
  {
    name: 'times a moderator out',
    run: (by, house) => by('PUT', path(house, `/timeouts/${people.moderator.id}`), { until: inAMinute() }),
    expected: [200, 403, 403, 403, 401, 404, 404],
  },
  {
    name: 'ends a timeout',
    run: (by, house) => by('DELETE', path(house, `/timeouts/${people.target.id}`)),
    expected: [204, 204, 403, 403, 401, 404, 404],
  },
  {
    name: 'invites somebody',
    run: (by, house) => by('POST', path(house, '/invitations'), { userId: people.guest.id }),
    expected: [201, 201, 201, 403, 401, 404, 404],
  },
  {
    name: 'waits for a seat that is free',
    run: (by, house) => by('PUT', path(house, '/waitlist')),
    expected: [409, 409, 409, 409, 401, 404, 404],
  },
  {
    name: 'gives up waiting',
    run: (by, house) => by('DELETE', path(house, '/waitlist')),
    expected: [204, 204, 204, 204, 401, 404, 404],
  },
  {
    name: 'sees the waitlist',
    run: (by, house) => by('GET', path(house, '/waitlist')),
    expected: [200, 200, 200, 200, 401, 404, 404],
  },
]

const viewers = [
  'owner',
  'moderator',
  'member',
  'stranger',
  'nobody',
  'stranger to private',
  'owner of deleted',
] as const

function stage(viewer: (typeof viewers)[number]): { by: Call; house: () => House } {
  if (viewer === 'nobody') return { by: call, house: () => open }
  if (viewer === 'stranger to private') return { by: people.stranger.call, house: () => hidden }
  if (viewer === 'owner of deleted') return { by: people.owner.call, house: () => gone }
  return { by: people[viewer].call, house: () => open }
}

describe.each(actions)('who $name', ({ run, expected }) => {
  test.each(viewers.map((viewer, at) => [viewer, expected[at] ?? 0] as const))('%s: %i', async (viewer, status) => {
    const { by, house } = stage(viewer)
    const before = await everything()
    const reply = await run(by, house())
    expect(reply.status, JSON.stringify(reply.body)).toBe(status)
    const after = await everything()
    if (status >= 400) {
      expect(after, 'a refused action leaves nothing behind').toBe(before)
      expect(reply.headers.get('Content-Type')).toBe('application/problem+json')
    } else if (after !== before) {
      if (house() === open) open = await build('public')
      else hidden = await build('private')
    }
    if (status === 404) {
      const absent = await run(by, { roomId: newId('room'), code: 'A'.repeat(27) })
      expect({ ...reply.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' })
    }
  })
})

test('what is refused for its own sake leaves nothing behind either', async () => {
  const { owner, member, target, stranger } = people
  const make = async (fields: object) => (await owner.call('POST', '/rooms', { name: 'Strict', ...fields })).body.id
  const limited = countingEnv({ ROOMS_PER_OWNER: '1', LINKS_PER_CHANNEL: '1' } as unknown as Partial<Env>)
  const underLimits = (method: string, to: string, body?: unknown) =>
    limited.fetch(requestOf(method, to, body, { Authorization: `Bearer ${owner.accessToken}` }))

  const full = await make({ maxParticipants: 3 })
  const { body: link } = await owner.call('POST', `/rooms/${full}/invite-links`)
  for (const person of [member, target]) await person.call('POST', `/rooms/${full}/join`)
  const personal = await make({ kind: 'personal' })
  const banning = await make({})
  await stranger.call('POST', `/rooms/${banning}/join`)
  await owner.call('PUT', `/rooms/${banning}/bans/${stranger.id}`)
  await member.call('POST', '/rooms', { name: 'Owned already' })

  const stale = { 'If-Match': '"9"' }
  const refusals: [code: string, run: () => Promise<Reply>][] = [
    ['room.full', () => stranger.call('POST', `/rooms/${full}/join`)],
    ['room.full', () => stranger.call('POST', `/invite-links/${link.code}/join`)],
    ['room.below_member_count', () => owner.call('PATCH', `/rooms/${full}`, { maxParticipants: 2, name: 'Small' })],
    ['room.version_conflict', () => owner.call('PATCH', `/rooms/${full}`, { name: 'Late' }, stale)],
    ['room.version_conflict', () => owner.call('DELETE', `/rooms/${full}`, undefined, stale)],
    ['room.owner_must_transfer', () => owner.call('POST', `/rooms/${full}/leave`)],
    ['room.personal', () => owner.call('PATCH', `/rooms/${personal}`, { visibility: 'public' })],
    ['room.personal', () => owner.call('POST', `/rooms/${personal}/invite-links`)],
    ['room.banned', () => stranger.call('POST', `/rooms/${banning}/join`)],
    ['room.member_not_found', () => owner.call('DELETE', `/rooms/${banning}/members/${stranger.id}`)],
    ['room.member_not_found', () => owner.call('POST', `/rooms/${banning}/transfer`, { userId: stranger.id })],
    ['room.too_many', () => underLimits('POST', '/rooms', { name: 'One more' })],
    ['room.too_many', () => underLimits('POST', `/rooms/${full}/transfer`, { userId: member.id })],
    ['invite_link.too_many', () => underLimits('POST', `/rooms/${full}/invite-links`)],
    ['invite_link.not_found', () => owner.call('DELETE', `/rooms/${full}/invite-links/nothing`)],
  ]
  for (const [code, run] of refusals) {
    const before = await everything()
    expect((await run()).body.code).toBe(code)
    expect(await everything(), code).toBe(before)
  }
})

test('a strange id is 422, and so is a strange key in any body', async () => {
  const { owner } = people
  expect((await owner.call('GET', '/rooms/room_1')).status).toBe(422)
  expect((await owner.call('GET', '/rooms?page=2')).status).toBe(422)
  expect((await owner.call('PATCH', path(open), { memberCount: 1 })).status).toBe(422)
  expect((await owner.call('PATCH', path(open), { kind: 'personal' })).status).toBe(422)
  expect((await owner.call('POST', path(open, '/transfer'), { userId: people.target.id, role: 'x' })).status).toBe(422)
  expect((await owner.call('PATCH', path(open), '{"__proto__":{"name":"x"}}')).status).toBe(422)
})

describe('finding rooms', () => {
  const find = async (query: string, by = people.stranger) => {
    const reply = await by.call('GET', `/rooms?query=${encodeURIComponent(query)}`)
    expect(reply.status, `${query} ${JSON.stringify(reply.body)}`).toBe(200)
    return reply.body.data.map((room: { name: string }) => room.name) as string[]
  }

  test('by words of name and description, in any script, the newest first', async () => {
    const { owner } = people
    for (const [name, description] of [
      ['Quantum café', 'Übungen am Abend'],
      ['线性代数 学习', ''],
      ['Quantum leap', ''],
      ['수학 공부', ''],
    ])
      await owner.call('POST', '/rooms', { name, description })
    expect(await find('quantum')).toEqual(['Quantum leap', 'Quantum café'])
    expect(await find('CAFE quant')).toEqual(['Quantum café'])
    expect(await find('ubungen')).toEqual(['Quantum café'])
    expect(await find('代数')).toEqual(['线性代数 学习'])
    expect(await find('数')).toEqual(['线性代数 学习'])
    expect(await find('数代')).toEqual([])
    expect(await find('수학')).toEqual(['수학 공부'])
    expect(await find('quantum nowhere')).toEqual([])
  })

  test('the list shows public rooms only, even to those who are in others', async () => {
    for (const sort of ['newest', 'name', 'members']) {
      const { body } = await people.owner.call('GET', `/rooms?limit=100&sort=${sort}`)
      const ids = body.data.map((room: { id: string }) => room.id)
      expect(ids).toContain(open.roomId)
      expect(ids).not.toContain(hidden.roomId)
      expect(ids).not.toContain(gone.roomId)
    }
  })

  test('only what may be listed is in the index', async () => {
    const indexed = env.DB.prepare(
      'SELECT c.id FROM channel_search s JOIN channels c ON c.num = s.rowid WHERE c.id IN (?, ?, ?)',
    )
    const { results } = await indexed.bind(open.roomId, hidden.roomId, gone.roomId).all()
    expect(results).toEqual([{ id: open.roomId }])
  })

  test('follows edits and visibility', async () => {
    const { owner } = people
    const { body } = await owner.call('POST', '/rooms', { name: 'Xylophone' })
    await owner.call('PATCH', `/rooms/${body.id}`, { name: 'Yodelling' })
    expect([await find('xylophone'), await find('yodelling')]).toEqual([[], ['Yodelling']])
    await owner.call('PATCH', `/rooms/${body.id}`, { visibility: 'private' })
    expect(await find('yodelling', owner)).toEqual([])
    await owner.call('PATCH', `/rooms/${body.id}`, { visibility: 'public' })
    expect(await find('yodelling')).toEqual(['Yodelling'])
  })

  test.each([
    '"',
    '*',
    'a AND',
    'NEAR(a b',
    'terms:x',
    '-a ^b (c)',
    '{x} : *',
    "'; DROP TABLE users; --",
    '🎉',
    'ا لل',
    '%00',
    '\\',
  ])('takes %s as plain text', async (query) => {
    await find(query)
  })

  test('refuses what is no query', async () => {
    const get = (query: string) => people.owner.call('GET', `/rooms?query=${query}`)
    for (const query of ['', 'x'.repeat(65), 'a%00b', 'x'.repeat(8000)]) expect((await get(query)).status).toBe(422)
    const sorted = await people.owner.call('GET', '/rooms?query=a&sort=name')
    expect(sorted.body).toMatchObject({ code: 'request.invalid', errors: [{ field: 'query.sort' }] })
    for (const rest of ['limit=0', 'limit=101', 'limit=x', 'sort=oldest'])
      expect((await people.owner.call('GET', `/rooms?${rest}`)).status, rest).toBe(422)
  })

  test('a cursor is good for its reader, list and filters only', async () => {
    const { owner, stranger } = people
    const first = await owner.call('GET', '/rooms?limit=1')
    const cursor = encodeURIComponent(first.body.nextCursor)
    expect((await owner.call('GET', `/rooms?limit=2&cursor=${cursor}`)).status).toBe(200)
    for (const reply of [
      await stranger.call('GET', `/rooms?cursor=${cursor}`),
      await owner.call('GET', `/rooms?sort=name&cursor=${cursor}`),
      await owner.call('GET', `/rooms?query=a&cursor=${cursor}`),
      await owner.call('GET', `/rooms/mine?cursor=${cursor}`),
      await owner.call('GET', `${path(open, '/members')}?cursor=${cursor}`),
      await owner.call('GET', `/rooms?cursor=${cursor.slice(1)}`),
      await owner.call('GET', '/rooms?cursor=x'),
    ])
      expect(reply.body.code).toBe('page.bad_cursor')
  })
})
