import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UserCtx } from '../../src/app/context'
import { blocksBetween, relationTo, requireNoBlock } from '../../src/friends/actions'
import worker from '../../src/index'
import { connect } from '../live/links'
import { makeTestCtx } from '../support/ctx'
import { countingEnv, type Person, type Reply, replyOf, requestOf, signUp } from '../support/people'

const day = 24 * 60 * 60_000

/** Somebody who has verified the address, a week ago. */
const newPerson = (overrides: Parameters<typeof signUp>[0] = {}) =>
  signUp({ emailVerifiedAt: Date.now(), createdAt: Date.now() - 7 * day, ...overrides })

const people = (count: number) => Promise.all(Array.from({ length: count }, () => newPerson()))

const ask = (by: Person, whom: Person) => by.call('POST', '/friends/requests', { userId: whom.id })

async function befriend(one: Person, other: Person) {
  const { body } = await ask(one, other)
  expect((await other.call('POST', `/friends/requests/${body.id}/accept`)).status).toBe(200)
}

const ids = (reply: Reply): string[] => reply.body.data.map((entry: { user: { id: string } }) => entry.user.id)
const friendsOf = async (person: Person) => ids(await person.call('GET', '/friends'))
const incoming = async (person: Person) => ids(await person.call('GET', '/friends/requests'))
const outgoing = async (person: Person) => ids(await person.call('GET', '/friends/requests?direction=outgoing'))

const count = (replies: Reply[], status: number) => replies.filter((reply) => reply.status === status).length

async function stored(sql: string, ...values: unknown[]): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`)
    .bind(...values)
    .first<{ n: number }>()
  return row?.n ?? -1
}

/** How many rows there are between two people, in every table that may have some. */
const between = async (one: Person, other: Person) => ({
  friendships: await stored('friendships WHERE user_id IN (?1, ?2) AND friend_id IN (?1, ?2)', ...[one.id, other.id]),
  requests: await stored('friend_requests WHERE from_id IN (?1, ?2) AND to_id IN (?1, ?2)', one.id, other.id),
})

/** The same Worker with other limits. */
function withLimits(limits: Record<string, string>) {
  const { fetch } = countingEnv(limits as Partial<Env>)
  return (person: Person, method: string, path: string, body?: unknown) =>
    fetch(requestOf(method, path, body, { Authorization: `Bearer ${person.accessToken}` }))
}

describe('requests', () => {
  test('a request is seen by both, and accepting it makes both friends', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    const made = await ask(ada, ben)
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ direction: 'outgoing', status: 'open', user: { id: ben.id, name: ben.name } })
    expect(await incoming(ben)).toEqual([ada.id])
    expect(await outgoing(ada)).toEqual([ben.id])
    const accepted = await ben.call('POST', `/friends/requests/${made.body.id}/accept`)
    expect(accepted.status).toBe(200)
    expect(accepted.body).toMatchObject({ user: { id: ada.id, username: ada.username, avatarUrl: null } })
    expect([await friendsOf(ada), await friendsOf(ben)]).toEqual([[ben.id], [ada.id]])
    expect(await between(ada, ben)).toEqual({ friendships: 2, requests: 0 })
  })

  test('a request may name the username, however it is written', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    const reply = await ada.call('POST', '/friends/requests', { username: ben.username.toUpperCase() })
    expect([reply.status, reply.body.user.id]).toEqual([201, ben.id])
  })

  test('asking again is 200 with the same request', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    const [first, second] = [await ask(ada, ben), await ask(ada, ben)]
    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.body).toEqual(first.body)
  })

  test('asking somebody who has asked makes both friends', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    await ask(ada, ben)
    const reply = await ask(ben, ada)
    expect([reply.status, reply.body.status, reply.body.direction]).toEqual([201, 'accepted', 'incoming'])
    expect(await between(ada, ben)).toEqual({ friendships: 2, requests: 0 })
  })

  test('only the one who is asked accepts or rejects, only the one who asks takes it back', async () => {
    const [ada, ben, eve] = (await people(3)) as [Person, Person, Person]
    const { body } = await ask(ada, ben)
    const path = `/friends/requests/${body.id}`
    const refused = [
      await ada.call('POST', `${path}/accept`),
      await eve.call('POST', `${path}/accept`),
      await ada.call('POST', `${path}/reject`),
      await eve.call('DELETE', path),
      await ben.call('DELETE', path),
    ]
    expect(refused.map(({ status, body: { code } }) => [status, code])).toEqual(
      Array(5).fill([404, 'friend.request_not_found']),
    )
    expect(await between(ada, ben)).toEqual({ friendships: 0, requests: 1 })
    expect((await ben.call('POST', `${path}/reject`)).status).toBe(204)
    expect(await between(ada, ben)).toEqual({ friendships: 0, requests: 0 })
    const again = await ask(ada, ben)
    expect((await ada.call('DELETE', `/friends/requests/${again.body.id}`)).status).toBe(204)
    expect(await incoming(ben)).toEqual([])
  })

  test('what cannot be asked leaves nothing behind', async () => {
    const [ada, ben, gone] = (await people(3)) as [Person, Person, Person]
    const unverified = await signUp()
    await befriend(ada, ben)
    await env.DB.prepare(`UPDATE users SET status = 'deleted' WHERE id = ?`).bind(gone.id).run()
    const before = await stored('friend_requests')
    const replies = [
      await ask(unverified, ada),
      await ask(ada, ada),
      await ask(ada, ben),
      await ask(ada, gone),
      await ada.call('POST', '/friends/requests', { userId: 'usr_01h455vb4pex5vsknk084sn02q' }),
      await ada.call('POST', '/friends/requests', { username: 'nobody_at_all' }),
      await ada.call('POST', '/friends/requests', { userId: ben.id, username: ben.username }),
      await ada.call('POST', '/friends/requests', {}),
    ]
    expect(replies.map(({ status, body: { code } }) => [status, code])).toEqual([
      [403, 'auth.email_verification_required'],
      [409, 'friend.self'],
      [409, 'friend.already'],
      [404, 'user.not_found'],
      [404, 'user.not_found'],
      [404, 'user.not_found'],
      [422, 'request.invalid'],
      [422, 'request.invalid'],
    ])
    expect(await stored('friend_requests')).toBe(before)
  })

  test('a friendship is ended for both by either, and may be ended twice', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    await befriend(ada, ben)
    expect((await ben.call('DELETE', `/friends/${ada.id}`)).status).toBe(204)
    expect((await ben.call('DELETE', `/friends/${ada.id}`)).status).toBe(204)
    expect([await friendsOf(ada), await friendsOf(ben)]).toEqual([[], []])
    expect(await between(ada, ben)).toEqual({ friendships: 0, requests: 0 })
  })
})

describe('limits', () => {
  test('twenty requests at once leave ten open, and five for a new account', async () => {
    const crowd = await people(20)
    for (const [asker, max] of [
      [await newPerson(), 10],
      [await newPerson({ createdAt: Date.now() }), 5],
    ] as const) {
      const replies = await Promise.all(crowd.map((person) => ask(asker, person)))
      expect([count(replies, 201), count(replies, 409)]).toEqual([max, 20 - max])
      expect(replies.find(({ status }) => status === 409)?.body.code).toBe('friend.too_many_requests')
      expect(await stored('friend_requests WHERE from_id = ?', asker.id)).toBe(max)
      const { body } = await asker.call('GET', '/friends/requests?direction=outgoing')
      await asker.call('DELETE', `/friends/requests/${body.data[0].id}`)
      expect((await ask(asker, await newPerson())).status).toBe(201)
    }
  })

  test('accepting at once never passes the number of friends, on neither side', async () => {
    const call = withLimits({ FRIENDS_PER_USER: '3' })
    const popular = await newPerson()
    const fans = await people(8)
    const requests = await Promise.all(fans.map((fan) => ask(fan, popular)))
    const replies = await Promise.all(
      requests.map(({ body }) => call(popular, 'POST', `/friends/requests/${body.id}/accept`)),
    )
    expect([count(replies, 200), count(replies, 409)]).toEqual([3, 5])
    expect(replies.find(({ status }) => status === 409)?.body.code).toBe('friend.too_many')
    expect(await stored('friendships WHERE user_id = ?1 OR friend_id = ?1', popular.id)).toBe(6)
    expect(await stored('friend_requests WHERE to_id = ?', popular.id)).toBe(5)
    // The one who asked may be the one who is full.
    const late = await newPerson()
    const { body } = await ask(popular, late)
    expect((await call(late, 'POST', `/friends/requests/${body.id}/accept`)).body.code).toBe('friend.too_many')
    expect((await call(popular, 'POST', '/friends/requests', { userId: (await newPerson()).id })).body.code).toBe(
      'friend.too_many',
    )
  })

  test('blocks made at once never pass what one person may have', async () => {
    const call = withLimits({ BLOCKS_PER_USER: '3' })
    const shy = await newPerson()
    const crowd = await people(6)
    const replies = await Promise.all(crowd.map(({ id }) => call(shy, 'PUT', `/blocks/${id}`)))
    expect([count(replies, 200), count(replies, 409)]).toEqual([3, 3])
    expect(replies.find(({ status }) => status === 409)?.body.code).toBe('block.too_many')
    const [kept] = ids(await shy.call('GET', '/blocks'))
    expect((await call(shy, 'PUT', `/blocks/${kept}`)).status).toBe(200)
  })
})

describe('blocks', () => {
  test('a block ends friendship, requests and invitations, both ways', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    const { body: room } = await ada.call('POST', '/rooms', { name: 'Ours' })
    const invite = (id: string, to: Person, by: Person) =>
      env.DB.prepare(
        `INSERT INTO invitations (id, channel_id, user_id, created_by, state, created_at, updated_at)
         VALUES (?, ?, ?, ?, 'open', 1, 1)`,
      )
        .bind(id + crypto.randomUUID(), room.id, to.id, by.id)
        .run()
    for (const begin of [() => befriend(ada, ben), () => ask(ada, ben), () => ask(ben, ada)]) {
      await begin()
      await invite('a', ben, ada)
      await invite('b', ada, ben)
      const reply = await ben.call('PUT', `/blocks/${ada.id}`)
      expect([reply.status, reply.body.user.id]).toEqual([200, ada.id])
      expect(await between(ada, ben)).toEqual({ friendships: 0, requests: 0 })
      expect(await stored(`invitations WHERE channel_id = ? AND state = 'open'`, room.id)).toBe(0)
      expect(ids(await ben.call('GET', '/blocks'))).toEqual([ada.id])
      expect(ids(await ada.call('GET', '/blocks'))).toEqual([])
      expect((await ben.call('DELETE', `/blocks/${ada.id}`)).status).toBe(204)
    }
  })

  test('blocking again keeps the first block, and oneself cannot be blocked', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    const first = await ada.call('PUT', `/blocks/${ben.id}`)
    expect((await ada.call('PUT', `/blocks/${ben.id}`)).body).toEqual(first.body)
    expect((await ada.call('PUT', `/blocks/${ada.id}`)).body.code).toBe('block.self')
    expect((await ada.call('PUT', '/blocks/usr_01h455vb4pex5vsknk084sn02q')).body.code).toBe('user.not_found')
    expect(await stored('blocks WHERE blocker_id = ?', ada.id)).toBe(1)
  })
})

/** How the two may stand, and how they come to it. */
const standings: Record<string, (me: Person, other: Person) => Promise<unknown>> = {
  stranger: async () => {},
  'asked by me': ask,
  'asked me': (me, other) => ask(other, me),
  friend: befriend,
  'blocked by me': (me, other) => me.call('PUT', `/blocks/${other.id}`),
  'blocked me': (me, other) => other.call('PUT', `/blocks/${me.id}`),
}

describe('what each standing allows', () => {
  const codeOf = ({ status, body }: Reply) => (status < 300 ? status : body.code)

  test.each([
    ['stranger', { request: 201, found: true, profile: 200, studies: false, message: 201, invite: 201 }],
    ['asked by me', { request: 200, found: true, profile: 200, studies: false, message: 201, invite: 201 }],
    ['asked me', { request: 201, found: true, profile: 200, studies: false, message: 201, invite: 201 }],
    ['friend', { request: 'friend.already', found: true, profile: 200, studies: true, message: 201, invite: 201 }],
    [
      'blocked by me',
      {
        ...{ request: 'block.by_you', found: false, profile: 200, studies: false },
        ...{ message: 'block.by_you', invite: 'invitation.not_welcome' },
      },
    ],
    [
      'blocked me',
      {
        ...{ request: 'user.not_found', found: false, profile: 'user.not_found', studies: false },
        ...{ message: 'user.not_found', invite: 'invitation.not_welcome' },
      },
    ],
  ])('%s: %j, and a word in a shared room for all', async (name, expected) => {
    const [me, other] = (await people(2)) as [Person, Person]
    const { body: room } = await me.call('POST', '/rooms', { name: 'Mine' })
    await other.call('PATCH', '/users/me/settings', {
      privacy: { maySeeProfile: 'friends', mayMessage: 'everyone', mayInvite: 'everyone' },
    })
    await other.call('PATCH', '/users/me', { name: `Zebedee ${other.username.replace('_', '')}` })
    await standings[name]?.(me, other)
    const shown = await me.call('GET', `/users/${other.id}`)
    const search = await me.call('GET', `/users?query=${other.username.replace('_', '')}`)
    const actual = {
      found: search.body.data.some(({ id }: { id: string }) => id === other.id),
      profile: codeOf(shown),
      studies: Boolean(shown.body.studies),
      message: codeOf(await me.call('POST', '/conversations', { userId: other.id })),
      invite: codeOf(await me.call('POST', `/rooms/${room.id}/invitations`, { userId: other.id })),
      request: codeOf(await ask(me, other)),
    }
    expect(actual).toEqual(expected)
    expect(await inSharedRoom(me, other)).toEqual({
      // Writing is never refused in a room of both; whom one has blocked is folded, and that is told to nobody else.
      ...{ said: 201, answered: 201, marked: name === 'blocked by me', counts: name !== 'blocked by me' },
      seen: !name.startsWith('blocked'),
    })
  })

  /** What passes between two people in a room of a third, each of whom says something and is there. */
  async function inSharedRoom(me: Person, other: Person) {
    const { body: room } = await (await signUp()).call('POST', '/rooms', { name: 'Shared' })
    for (const person of [me, other]) await person.call('POST', `/rooms/${room.id}/join`)
    const path = `/channels/${room.id}/messages`
    const said = await me.call('POST', path, { nonce: 'n', text: 'hello' })
    const answered = await other.call('POST', path, { nonce: 'n', text: 'hello, too' })
    await other.call('PUT', `${path}/${said.body.id}/reactions/${encodeURIComponent('👋')}`)
    const link = await connect(other, room.id)
    const [newest, oldest] = (await me.call('GET', path)).body.data
    const present = (await me.call('GET', `/rooms/${room.id}/presence`)).body
    link.socket.close()
    expect(present.count).toBe(1)
    return {
      ...{
        said: said.status,
        answered: answered.status,
        marked: newest.blocked,
        counts: oldest.reactions.length === 1,
      },
      seen: present.members.length === 1,
    }
  }
})

describe('what other domains ask', () => {
  const as = async (person: Person): Promise<UserCtx> => ({
    ...(await makeTestCtx()),
    actor: {
      kind: 'user',
      userId: person.id,
      sessionId: person.sessionId,
      sessionEndsAt: Date.now() + day,
      role: 'student',
      verified: true,
      transport: 'bearer',
    },
  })

  test('how two people stand: self, friend, in a common room, or neither', async () => {
    const [ada, ben, cleo, dan] = (await people(4)) as [Person, Person, Person, Person]
    await befriend(ada, ben)
    const { body } = await ada.call('POST', '/rooms', { name: 'Common' })
    await Promise.all([ben, cleo].map((person) => person.call('POST', `/rooms/${body.id}/join`)))
    const relations = []
    for (const { id } of [ada, ben, cleo, dan]) relations.push((await relationTo(await as(ada), id)).relation)
    expect(relations).toEqual(['self', 'friend', 'shared', 'none'])
    await cleo.call('POST', `/rooms/${body.id}/leave`)
    expect((await relationTo(await as(ada), cleo.id)).relation).toBe('none')
  })

  test('between whom there is a block, either way, and who is told of it', async () => {
    const [ada, ben, cleo, dan] = (await people(4)) as [Person, Person, Person, Person]
    await ada.call('PUT', `/blocks/${ben.id}`)
    await cleo.call('PUT', `/blocks/${ada.id}`)
    const ctx = await as(ada)
    const others = [ben, cleo, dan].map(({ id }) => id)
    expect(await blocksBetween(ctx, ada.id, others)).toEqual(new Set([ben.id, cleo.id]))
    expect(await blocksBetween(ctx, ada.id, [])).toEqual(new Set())
    await expect(requireNoBlock(ctx, ben.id)).rejects.toMatchObject({ code: 'block.by_you' })
    await expect(requireNoBlock(ctx, cleo.id)).rejects.toMatchObject({ code: 'user.not_found' })
    expect(await requireNoBlock(ctx, dan.id)).toMatchObject({ relation: 'none', blockedByMe: false, blocksMe: false })
  })
})

describe('opposite actions at once', () => {
  const actions = ['ask', 'askBack', 'accept', 'reject', 'withdraw', 'block', 'blockBack', 'unfriend'] as const

  function act(what: (typeof actions)[number], ada: Person, ben: Person, requestId: string): Promise<Reply> {
    const path = `/friends/requests/${requestId}`
    switch (what) {
      case 'ask':
        return ask(ada, ben)
      case 'askBack':
        return ask(ben, ada)
      case 'accept':
        return ben.call('POST', `${path}/accept`)
      case 'reject':
        return ben.call('POST', `${path}/reject`)
      case 'withdraw':
        return ada.call('DELETE', path)
      case 'block':
        return ada.call('PUT', `/blocks/${ben.id}`)
      case 'blockBack':
        return ben.call('PUT', `/blocks/${ada.id}`)
      default:
        return ada.call('DELETE', `/friends/${ben.id}`)
    }
  }

  test('two people end up as friends, with one request, blocked, or as strangers: never two of these', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...actions), { minLength: 2, maxLength: 6 }), async (doings) => {
        const [ada, ben] = (await people(2)) as [Person, Person]
        const { body } = await ask(ada, ben)
        const replies = await Promise.all(doings.map((what) => act(what, ada, ben, body.id)))
        expect(replies.map(({ status }) => status).every((status) => status < 500)).toBe(true)
        const { friendships, requests } = await between(ada, ben)
        const blocked = await stored('blocks WHERE blocker_id IN (?1, ?2) AND blocked_id IN (?1, ?2)', ada.id, ben.id)
        expect([0, 2]).toContain(friendships)
        expect(friendships / 2 + requests + Math.min(blocked, 1)).toBeLessThanOrEqual(1)
        const blockers = new Set(doings.filter((what) => what.startsWith('block')))
        expect(blocked).toBe(blockers.size)
      }),
      { numRuns: 12 },
    )
  })

  test('a request that was decided before a block does not outlive it', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    const reply = await interrupted(ada, ben, () => ben.call('PUT', `/blocks/${ada.id}`))
    expect([reply.status, reply.body.code]).toEqual([404, 'user.not_found'])
    expect(await between(ada, ben)).toEqual({ friendships: 0, requests: 0 })
  })

  test('accept and withdraw at once: one of them wins, and the other is told so', async () => {
    for (let at = 0; at < 6; at += 1) {
      const [ada, ben] = (await people(2)) as [Person, Person]
      const { body } = await ask(ada, ben)
      const path = `/friends/requests/${body.id}`
      const tries = [() => ben.call('POST', `${path}/accept`), () => ada.call('DELETE', path)]
      const replies = await Promise.all((at % 2 === 0 ? tries : tries.toReversed()).map((one) => one()))
      expect([count(replies, 404), replies.filter(({ status }) => status < 300).length]).toEqual([1, 1])
      const { friendships, requests } = await between(ada, ben)
      expect([friendships, requests]).toEqual([replies.some(({ status }) => status === 200) ? 2 : 0, 0])
    }
  })

  test('two people who ask each other at once are friends, with one request used up', async () => {
    for (let at = 0; at < 6; at += 1) {
      const [ada, ben] = (await people(2)) as [Person, Person]
      const replies = await Promise.all([ask(ada, ben), ask(ben, ada)])
      expect(count(replies, 201)).toBe(2)
      expect(await between(ada, ben)).toEqual({ friendships: 2, requests: 0 })
    }
  })
})

/** Asks, and lets something else happen between the decision and the write. */
async function interrupted(by: Person, whom: Person, meanwhile: () => Promise<unknown>): Promise<Reply> {
  let waiting = true
  const asking = new WeakSet<D1PreparedStatement>()
  const mark = (statement: D1PreparedStatement): D1PreparedStatement => {
    asking.add(statement)
    const bind = statement.bind.bind(statement)
    return Object.assign(statement, { bind: (...values: unknown[]) => mark(bind(...values)) })
  }
  const DB = {
    prepare: (query: string) => {
      const statement = env.DB.prepare(query)
      return /^\s*INSERT INTO friend_requests/.test(query) ? mark(statement) : statement
    },
    async batch(statements: D1PreparedStatement[]) {
      if (waiting && statements.some((statement) => asking.has(statement))) {
        waiting = false
        await meanwhile()
      }
      return env.DB.batch(statements)
    },
  } as unknown as D1Database
  const execution = createExecutionContext()
  const headers = { Authorization: `Bearer ${by.accessToken}` }
  const request = requestOf('POST', '/friends/requests', { userId: whom.id }, headers)
  const reply = await replyOf(await worker.fetch(request, { ...env, DB }, execution))
  await waitOnExecutionContext(execution)
  expect(waiting, 'the interruption took place').toBe(false)
  return reply
}

describe('what it costs', () => {
  test('a call asks D1 at most twice after the guard, by key', async () => {
    const [ada, ben] = (await people(2)) as [Person, Person]
    const measure = async (person: Person, method: string, path: string, body?: object) => {
      const counting = countingEnv()
      const headers = { Authorization: `Bearer ${person.accessToken}` }
      const reply = await counting.fetch(requestOf(method, path, body, headers))
      expect(reply.status, `${method} ${path}`).toBeLessThan(300)
      expect.soft(counting.counts.roundTrips, `${method} ${path}`).toBeLessThanOrEqual(3)
      expect.soft(counting.counts.rowsRead, `${method} ${path}`).toBeLessThanOrEqual(40)
      return reply
    }
    const { body } = await measure(ada, 'POST', '/friends/requests', { userId: ben.id })
    await measure(ben, 'POST', `/friends/requests/${body.id}/accept`)
    await measure(ada, 'DELETE', `/friends/${ben.id}`)
    await measure(ada, 'POST', '/friends/requests', { username: ben.username })
    await measure(ben, 'POST', '/friends/requests', { userId: ada.id })
    await measure(ada, 'PUT', `/blocks/${ben.id}`)
    await measure(ada, 'DELETE', `/blocks/${ben.id}`)
  })

  test('a page reads at most four rows an entry, whatever else is stored', async () => {
    const reader = await newPerson()
    const seed = async (from: number, to: number) => {
      const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`
      const id = `'usr_' || printf('%026d', i)`
      await env.DB.batch([
        env.DB.prepare(`${numbers} INSERT INTO users (id, email, username, name, created_at, updated_at, last_active_at)
          SELECT ${id}, i || '@friends.test', 'friendly_' || i, 'Friend ' || i, i, i, i FROM n`),
        env.DB.prepare(`${numbers} INSERT INTO friendships (user_id, friend_id, change_id, created_at)
          SELECT ?, ${id}, 'chg', i / 7 FROM n`).bind(reader.id),
        env.DB.prepare(`${numbers} INSERT INTO blocks (blocker_id, blocked_id, created_at)
          SELECT ?, ${id}, i / 7 FROM n`).bind(reader.id),
        env.DB.prepare(`${numbers} INSERT INTO friend_requests (id, from_id, to_id, pair, created_at)
          SELECT 'freq_' || i, ${id}, ?1, ${id} || ' ' || ?1, i / 7 FROM n`).bind(reader.id),
      ])
    }
    const measure = async (path: string) => {
      const counting = countingEnv()
      const headers = { Authorization: `Bearer ${reader.accessToken}` }
      const { body } = await counting.fetch(requestOf('GET', path, undefined, headers))
      expect(body.data, path).toHaveLength(50)
      return { ...counting.counts, cursor: encodeURIComponent(body.nextCursor) }
    }
    const paths = ['/friends', '/friends/requests', '/blocks']
    await seed(1, 300)
    const small = new Map<string, number>()
    for (const path of paths) small.set(path, (await measure(path)).rowsRead)
    await seed(301, 3000)
    for (const path of paths) {
      const first = await measure(path)
      const second = await measure(`${path}?cursor=${first.cursor}`)
      expect.soft(first.rowsRead, path).toBe(small.get(path))
      for (const { rowsRead, roundTrips } of [first, second]) {
        expect.soft(rowsRead, path).toBeLessThanOrEqual(200)
        expect.soft(roundTrips, path).toBe(2)
      }
    }
  })

  test('pages follow each other without gaps or repetition, among equal times too', async () => {
    const reader = await newPerson()
    const crowd = await people(7)
    await env.DB.batch(
      crowd.map(({ id }) => env.DB.prepare(`INSERT INTO friendships VALUES (?, ?, 'chg', 5)`).bind(reader.id, id)),
    )
    const seen: string[] = []
    let cursor = ''
    do {
      const reply = await reader.call('GET', `/friends?limit=3${cursor}`)
      seen.push(...ids(reply))
      cursor = reply.body.nextCursor ? `&cursor=${encodeURIComponent(reply.body.nextCursor)}` : ''
    } while (cursor)
    expect(seen.toSorted()).toEqual(crowd.map(({ id }) => id).toSorted())
    const { body } = await reader.call('GET', '/friends?limit=3')
    const others = await crowd[0]?.call('GET', `/friends?cursor=${encodeURIComponent(body.nextCursor)}`)
    expect(others?.body.code).toBe('page.bad_cursor')
  })
})
