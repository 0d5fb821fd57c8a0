import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sweepUnsynced } from '../../src/channels/jobs'
import { eraseDueAccounts } from '../../src/privacy/jobs'
import { Link } from '../live/links'
import { runAlarm } from '../support/alarms'
import { makeTestCtx } from '../support/ctx'
import { countingEnv, origin, type Person, type Reply, requestOf, signUp } from '../support/people'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const newPerson = () => signUp({ emailVerifiedAt: Date.now() })
const people = async (count: number) => Promise.all(Array.from({ length: count }, newPerson))
const pair = async () => (await people(2)) as [Person, Person]

const open = (by: Person, whom: Person) => by.call('POST', '/conversations', { userId: whom.id })
const allow = (person: Person, mayMessage: string) =>
  person.call('PATCH', '/users/me/settings', { privacy: { mayMessage } })

let nonces = 0
const say = (by: Person, channelId: string, text: string) => {
  nonces += 1
  return by.call('POST', `/channels/${channelId}/messages`, { nonce: `n${nonces}`, text })
}

const listed = async (person: Person): Promise<string[]> =>
  (await person.call('GET', '/conversations')).body.data.map(({ id }: { id: string }) => id)

const texts = (reply: Reply): string[] => reply.body.data.map(({ text }: { text: string }) => text)

async function connect(person: Person, channelId: string): Promise<Link> {
  const { body } = await person.call('POST', '/ws/tickets', { channelId })
  const protocols = `studyhall.v1, ticket.${body.ticket}`
  const response = await exports.default.fetch(`${origin}/ws/channels/${channelId}`, {
    headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocols },
  })
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`)
  return new Link(response.webSocket, null)
}

async function befriend(one: Person, other: Person) {
  const { body } = await one.call('POST', '/friends/requests', { userId: other.id })
  await other.call('POST', `/friends/requests/${body.id}/accept`)
}

async function shareRoom(one: Person, other: Person) {
  const { body } = await one.call('POST', '/rooms', { name: 'Shared' })
  await other.call('POST', `/rooms/${body.id}/join`)
}

/** Two people who may write to each other, and have begun to. */
async function talking() {
  const [ada, ben] = await pair()
  await allow(ben, 'everyone')
  const { body } = await open(ada, ben)
  await say(ada, body.id, 'hello')
  return { ada, ben, id: body.id as string }
}

/** The object reports its last message at most every five seconds; this is that moment. */
async function report(channelId: string) {
  vi.setSystemTime(Date.now() + 6000)
  await runAlarm(env.STUDY_ROOM.getByName(channelId))
}

async function stored(sql: string, ...values: unknown[]): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`)
    .bind(...values)
    .first<{ n: number }>()
  return row?.n ?? -1
}

describe('one per pair', () => {
  test('whoever opens it, it is the same conversation, and both write in it', async () => {
    const [ada, ben] = await pair()
    await befriend(ada, ben)
    const [first, second] = [await open(ada, ben), await open(ben, ada)]
    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.body.id).toBe(first.body.id)
    expect(first.body).toMatchObject({ user: { id: ben.id, name: ben.name }, canWrite: true, lastMessageAt: null })
    expect(second.body.user.id).toBe(ada.id)
    expect(first.headers.get('Location')).toBe(`/api/v1/channels/${first.body.id}/messages`)
    expect([(await say(ada, first.body.id, 'hi')).status, (await say(ben, first.body.id, 'hey')).status]).toEqual([
      201, 201,
    ])
    expect(texts(await ada.call('GET', `/messages/direct/${ben.id}`))).toEqual(['hey', 'hi'])
    expect(texts(await ben.call('GET', `/messages/direct/${ada.id}?limit=1`))).toEqual(['hey'])
  })

  test('forty opens at once, from both sides, are one conversation', async () => {
    const [ada, ben] = await pair()
    await befriend(ada, ben)
    const replies = await Promise.all(Array.from({ length: 40 }, (_, at) => (at % 2 ? open(ada, ben) : open(ben, ada))))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(39)
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1)
    expect(await stored('conversations WHERE user_id IN (?1, ?2)', ada.id, ben.id)).toBe(2)
    expect(await stored('memberships WHERE channel_id = ?', replies[0]?.body.id)).toBe(2)
    const channel = await env.DB.prepare('SELECT member_count AS n, max_members AS max FROM channels WHERE id = ?')
      .bind(replies[0]?.body.id)
      .first()
    expect(channel).toEqual({ n: 2, max: 2 })
  })

  test('nobody else sees, finds or joins it', async () => {
    const { id, ada } = await talking()
    const eve = await newPerson()
    const replies = [
      await eve.call('GET', `/channels/${id}/messages`),
      await say(eve, id, 'me too'),
      await eve.call('POST', '/ws/tickets', { channelId: id }),
      await eve.call('GET', `/messages/direct/${ada.id}`),
    ]
    expect(replies.map(({ body }) => body.code)).toEqual([
      ...['channel.not_found', 'channel.not_found', 'channel.not_found', 'conversation.not_found'],
    ])
    expect((await ada.call('GET', '/rooms/mine')).body.data).toEqual([])
    expect((await ada.call('GET', `/rooms/${id}`)).status).toBe(422)
  })
})

describe('who may open one', () => {
  const stands: Record<string, (me: Person, other: Person) => Promise<unknown>> = {
    stranger: async () => {},
    'member of the same room': shareRoom,
    friend: befriend,
  }

  test.each([
    ['everyone', [201, 201, 201]],
    ['shared', ['conversation.not_allowed', 201, 201]],
    ['friends', ['conversation.not_allowed', 'conversation.not_allowed', 201]],
    ['nobody', ['conversation.not_allowed', 'conversation.not_allowed', 'conversation.not_allowed']],
  ])('messages from %s: stranger, member of the same room, friend get %j', async (audience, expected) => {
    const replies = []
    for (const stand of Object.values(stands)) {
      const [me, other] = await pair()
      await allow(other, audience)
      await stand(me, other)
      const { status, body } = await open(me, other)
      replies.push(status < 300 ? status : body.code)
      expect(await stored('conversations WHERE user_id = ?', me.id)).toBe(status < 300 ? 1 : 0)
      expect(await stored(`memberships WHERE user_id = ? AND channel_id LIKE 'dm%'`, me.id)).toBe(status < 300 ? 1 : 0)
    }
    expect(replies).toEqual(expected)
  })

  test('a conversation is no common room', async () => {
    const { ada, ben } = await talking()
    await allow(ada, 'shared')
    expect((await ben.call('GET', `/users/${ada.id}`)).body.studies).toBeNull()
  })

  test('who has not verified the address reads what comes, and answers once that is done', async () => {
    const ada = await newPerson()
    const ben = await signUp()
    await allow(ben, 'everyone')
    const { body } = await open(ada, ben)
    await say(ada, body.id, 'hello')
    expect(texts(await ben.call('GET', `/messages/direct/${ada.id}`))).toEqual(['hello'])
    const refused = [await say(ben, body.id, 'hi'), await ben.call('POST', '/ws/tickets', { channelId: body.id })]
    expect(refused.map(({ status, body: { code } }) => [status, code])).toEqual(
      Array(2).fill([403, 'auth.email_verification_required']),
    )
    await env.DB.prepare('UPDATE users SET email_verified_at = 1 WHERE id = ?').bind(ben.id).run()
    expect((await say(ben, body.id, 'hi')).status).toBe(201)
  })

  test('what cannot be opened leaves nothing behind', async () => {
    const [ada, ben] = await pair()
    const unverified = await signUp()
    await allow(ada, 'everyone')
    await allow(ben, 'everyone')
    await ben.call('PUT', `/blocks/${ada.id}`)
    const before = await stored('channels')
    const replies = [
      await open(unverified, ada),
      await open(ada, ada),
      await open(ada, ben),
      await open(ben, ada),
      await ada.call('POST', '/conversations', { userId: 'usr_01h455vb4pex5vsknk084sn02q' }),
      await ada.call('POST', '/conversations', { userId: ben.id, text: 'hello' }),
    ]
    expect(replies.map(({ body }) => body.code)).toEqual([
      'auth.email_verification_required',
      'conversation.self',
      'user.not_found',
      'block.by_you',
      'user.not_found',
      'request.invalid',
    ])
    expect(await stored('channels')).toBe(before)
  })
})

describe('when the other is blocked or gone', () => {
  const write = async (by: Person, channelId: string) => {
    const { status, body } = await say(by, channelId, 'are you there?')
    return status < 300 ? status : body.code
  }

  test.each([
    ['blocks the other', 0],
    ['is blocked', 1],
  ])('somebody who %s reads on, and neither writes until the block is taken back', async (_who, at) => {
    const { ada, ben, id } = await talking()
    const [blocker, blocked] = (at === 0 ? [ada, ben] : [ben, ada]) as [Person, Person]
    await blocker.call('PUT', `/blocks/${blocked.id}`)
    expect([await write(ada, id), await write(ben, id)]).toEqual(['channel.frozen', 'channel.frozen'])
    expect(texts(await ada.call('GET', `/channels/${id}/messages`))).toEqual(['hello'])
    expect(texts(await ben.call('GET', `/messages/direct/${ada.id}`))).toEqual(['hello'])
    const { body } = await ada.call('GET', '/conversations')
    expect(body.data).toMatchObject([{ id, canWrite: false, user: { id: ben.id } }])
    for (const [by, whom] of [
      [ada, ben],
      [ben, ada],
    ] as const) {
      const reopened = await open(by, whom)
      expect([reopened.status, reopened.body.id, reopened.body.canWrite]).toEqual([200, id, false])
    }
    await blocker.call('DELETE', `/blocks/${blocked.id}`)
    expect([await write(ada, id), await write(ben, id)]).toEqual([201, 201])
  })

  test('when both have blocked each other, both have to take it back', async () => {
    const { ada, ben, id } = await talking()
    await Promise.all([ada.call('PUT', `/blocks/${ben.id}`), ben.call('PUT', `/blocks/${ada.id}`)])
    await ada.call('DELETE', `/blocks/${ben.id}`)
    expect(await write(ada, id)).toBe('channel.frozen')
    await ben.call('DELETE', `/blocks/${ada.id}`)
    expect(await write(ada, id)).toBe(201)
  })

  test('a block reaches an open socket within the call, and hides that the other is there', async () => {
    const { ada, ben, id } = await talking()
    const link = await connect(ada, id)
    const ready = await link.until(({ type }) => type === 'ready')
    expect(ready.present.count).toBe(1)
    await ben.call('PUT', `/blocks/${ada.id}`)
    await link.until(({ type, count }) => type === 'presence.changed' && count === 0)
    link.send({ type: 'message.send', nonce: 'late', text: 'hello?' })
    expect(await link.until(({ type }) => type === 'error')).toMatchObject({ code: 'channel.frozen', nonce: 'late' })
  })

  test('block and message at once: the message is there or refused, and none comes after the block', async () => {
    for (let at = 0; at < 5; at += 1) {
      const { ada, ben, id } = await talking()
      const [said] = await Promise.all([write(ada, id), ben.call('PUT', `/blocks/${ada.id}`)])
      expect([201, 'channel.frozen']).toContain(said)
      expect(await write(ada, id)).toBe('channel.frozen')
      const kept = texts(await ben.call('GET', `/channels/${id}/messages`))
      expect(kept).toHaveLength(said === 201 ? 2 : 1)
    }
  })

  test('open and block at once: there is no conversation, or nobody writes in it', async () => {
    for (let at = 0; at < 6; at += 1) {
      const [ada, ben] = await pair()
      await allow(ben, 'everyone')
      const doings = [() => open(ada, ben), () => ben.call('PUT', `/blocks/${ada.id}`)]
      const replies = await Promise.all((at % 2 === 0 ? doings : doings.toReversed()).map((doing) => doing()))
      const opened = replies.find(({ status }) => status === 201)
      expect(await stored('conversations WHERE user_id = ?', ada.id)).toBe(opened ? 1 : 0)
      if (opened) expect(await write(ada, opened.body.id)).toBe('channel.frozen')
    }
  })

  test('a conversation with somebody who is erased stays to be read', async () => {
    const { ada, ben, id } = await talking()
    await env.DB.prepare(`INSERT INTO deletions (user_id, messages, requested_at, erases_at) VALUES (?, 'keep', 1, 2)`)
      .bind(ada.id)
      .run()
    expect((await open(ben, ada)).status).toBe(200)
    const ctx = await makeTestCtx()
    await eraseDueAccounts(ctx)
    await sweepUnsynced(ctx)
    await report(id)
    const { body } = await ben.call('GET', '/conversations')
    expect(body.data).toMatchObject([{ id, canWrite: false, user: { id: ada.id, name: 'Deleted user' } }])
    expect(texts(await ben.call('GET', `/messages/direct/${ada.id}`))).toEqual(['hello'])
    expect(await write(ben, id)).toBe('channel.frozen')
    // Taking back a block changes nothing about it.
    await ben.call('PUT', `/blocks/${ada.id}`)
    await ben.call('DELETE', `/blocks/${ada.id}`)
    expect(await write(ben, id)).toBe('channel.frozen')
  })
})

describe('the list', () => {
  test('one that was opened for me shows once something was said, and the last one spoken in comes first', async () => {
    const [ada, ben, cleo] = (await people(3)) as [Person, Person, Person]
    await Promise.all([ben, cleo].map((person) => allow(person, 'everyone')))
    const withBen = (await open(ada, ben)).body.id
    vi.setSystemTime(Date.now() + 1000)
    const withCleo = (await open(ada, cleo)).body.id
    expect(await listed(ada)).toEqual([withCleo, withBen])
    expect(await listed(ben)).toEqual([])
    vi.setSystemTime(Date.now() + 1000)
    await say(ada, withBen, 'hello')
    await report(withBen)
    expect(await listed(ben)).toEqual([withBen])
    expect(await listed(ada)).toEqual([withBen, withCleo])
    const { body } = await ben.call('GET', '/conversations')
    expect(body.data[0].lastMessageAt).toEqual(expect.any(String))
  })

  test('to open one takes the guard and two more questions to D1, and two after the reply', async () => {
    const [ada, ben] = await pair()
    await allow(ben, 'everyone')
    for (const roundTrips of [5, 3]) {
      const counting = countingEnv()
      const headers = { Authorization: `Bearer ${ada.accessToken}` }
      await counting.fetch(requestOf('POST', '/conversations', { userId: ben.id }, headers))
      expect(counting.counts.roundTrips).toBe(roundTrips)
      expect(counting.counts.rowsRead).toBeLessThanOrEqual(60)
    }
  })

  test('a page reads at most four rows an entry, whatever else is stored', async () => {
    const reader = await newPerson()
    const seed = (from: number, to: number) => {
      const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`
      const id = (prefix: string) => `'${prefix}_' || printf('%026d', i)`
      return env.DB.batch([
        env.DB.prepare(`${numbers} INSERT INTO users (id, email, username, name, created_at, updated_at, last_active_at)
          SELECT ${id('usr')}, i || '@talk.test', 'talker_' || i, 'Talker ' || i, i, i, i FROM n`),
        env.DB.prepare(`${numbers} INSERT INTO channels
          (id, kind, name, visibility, settings, max_members, change_id, created_at, updated_at, unsynced)
          SELECT ${id('dm')}, 'conversation', '', 'private', '{}', 2, 'chg', i, i, 0 FROM n`),
        env.DB.prepare(`${numbers} INSERT INTO memberships
          (channel_id, user_id, role, state, joined_at, updated_at, change_id, unsynced)
          SELECT ${id('dm')}, ?, 'member', 'active', i, i, 'chg', 0 FROM n`).bind(reader.id),
        env.DB.prepare(`${numbers} INSERT INTO conversations (user_id, other_id, channel_id, created_at, active_at)
          SELECT ?, ${id('usr')}, ${id('dm')}, i, i / 7 FROM n`).bind(reader.id),
      ])
    }
    const measure = async (path: string) => {
      const counting = countingEnv()
      const headers = { Authorization: `Bearer ${reader.accessToken}` }
      const { body } = await counting.fetch(requestOf('GET', path, undefined, headers))
      return { ...counting.counts, data: body.data, cursor: encodeURIComponent(body.nextCursor) }
    }
    await seed(1, 300)
    const small = await measure('/conversations')
    const rooms = await measure('/rooms/mine')
    await seed(301, 3000)
    const first = await measure('/conversations')
    expect(first.data).toHaveLength(50)
    expect(first.rowsRead).toBe(small.rowsRead)
    for (const { rowsRead, roundTrips } of [first, await measure(`/conversations?cursor=${first.cursor}`)]) {
      expect(rowsRead).toBeLessThanOrEqual(200)
      expect(roundTrips).toBe(2)
    }
    // Conversations are memberships, too, and must not weigh on the lists of rooms.
    expect((await measure('/rooms/mine')).rowsRead).toBe(rooms.rowsRead)
    expect(rooms.rowsRead).toBeLessThanOrEqual(5)
  })
})
