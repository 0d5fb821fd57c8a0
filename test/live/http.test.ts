import { env, exports } from 'cloudflare:workers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/shared/ids'
import { runAlarm } from '../support/alarms'
import { call, countingEnv, type Person, requestOf, signUp } from '../support/people'
import { connect, Link } from './links'

afterEach(() => {
  vi.useRealTimers()
})

async function roomOf(owner: Person, ...others: Person[]): Promise<string> {
  const { body } = await owner.call('POST', '/rooms', { name: 'Algebra' })
  for (const one of others) expect((await one.call('POST', `/rooms/${body.id}/join`)).status).toBe(201)
  return body.id
}

async function openSocket(path: string, headers: Record<string, string>): Promise<Response> {
  return exports.default.fetch(`https://studyhall.test${path}`, { headers: { Upgrade: 'websocket', ...headers } })
}

describe('messages', () => {
  test('are sent, read, edited and deleted as by socket, and sockets hear of it', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    const link = await connect(jonas, id)
    const sent = await mira.call('POST', `/channels/${id}/messages`, { nonce: 'n', text: 'Shall we start?' })
    expect(sent.status).toBe(201)
    const path = `/channels/${id}/messages/${sent.body.id}`
    expect(sent.headers.get('Location')).toBe(`/api/v1${path}`)
    expect(sent.body).toEqual({
      id: expect.stringMatching(/^msg_/),
      attachments: [],
      seq: 3,
      channelId: id,
      sender: { id: mira.id, name: mira.name, avatarUrl: null },
      blocked: false,
      type: 'text',
      text: 'Shall we start?',
      replyTo: null,
      mentions: [],
      reactions: [],
      pinnedAt: null,
      editedAt: null,
      deletedAt: null,
      createdAt: expect.stringMatching(/Z$/),
    })
    expect((await jonas.call('GET', path)).body).toEqual(sent.body)

    const emoji = encodeURIComponent('👩‍🎓')
    expect((await jonas.call('PUT', `${path}/reactions/${emoji}`)).status).toBe(204)
    expect((await mira.call('GET', path)).body.reactions).toEqual([{ emoji: '👩‍🎓', count: 1, mine: false }])
    expect((await jonas.call('GET', path)).body.reactions).toEqual([{ emoji: '👩‍🎓', count: 1, mine: true }])
    expect((await jonas.call('DELETE', `${path}/reactions/${emoji}`)).status).toBe(204)

    const edited = await mira.call('PATCH', path, { text: 'Shall we?' })
    expect(edited).toMatchObject({ status: 200, body: { text: 'Shall we?', editedAt: expect.any(String), seq: 3 } })
    expect((await mira.call('PUT', `/channels/${id}/read`, { seq: 4 })).body).toEqual({ seq: 4 })
    expect((await mira.call('PUT', `/channels/${id}/read`, { seq: 2 })).body).toEqual({ seq: 4 })

    expect((await mira.call('DELETE', path)).status).toBe(204)
    expect((await mira.call('DELETE', path)).status).toBe(204)
    expect((await mira.call('GET', path)).body).toMatchObject({ text: '', deletedAt: expect.any(String) })
    expect((await mira.call('PATCH', path, { text: 'x' })).body.code).toBe('message.deleted')
    await link.until(({ type }) => type === 'message.deleted')
    expect(link.types().slice(1)).toEqual([
      'message.created',
      'reaction.added',
      'reaction.removed',
      'message.updated',
      'read.updated',
      'message.deleted',
    ])
  })

  test('L12 the same nonce again is 200 with the first message, by HTTP and by socket', async () => {
    const mira = await signUp()
    const id = await roomOf(mira)
    const first = await mira.call('POST', `/channels/${id}/messages`, { nonce: 'n', text: 'one' })
    const again = await mira.call('POST', `/channels/${id}/messages`, { nonce: 'n', text: 'two' })
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.body).toEqual(first.body)
    const link = await connect(mira, id)
    expect(await link.say('three', 'n')).toMatchObject({ id: first.body.id })
    const many = await Promise.all(
      Array.from({ length: 20 }, () => mira.call('POST', `/channels/${id}/messages`, { nonce: 'm', text: 'four' })),
    )
    expect(new Set(many.map(({ body }) => body.id)).size).toBe(1)
    expect(many.filter(({ status }) => status === 201)).toHaveLength(1)
  })

  test('are listed by seq, the newest first, and the cursor goes on where the page ended', async () => {
    const mira = await signUp()
    const id = await roomOf(mira)
    for (let n = 1; n <= 5; n++) await mira.call('POST', `/channels/${id}/messages`, { nonce: `${n}`, text: `${n}` })
    const list = async (query: string) => {
      const { body } = await mira.call('GET', `/channels/${id}/messages?${query}`)
      return [body.data.map(({ text }: { text: string }) => text).join(''), body.nextCursor]
    }
    expect(await list('limit=2')).toEqual(['54', '5'])
    expect(await list('limit=2&before=5')).toEqual(['32', '3'])
    expect(await list('limit=2&before=3')).toEqual(['1', null])
    expect(await list('limit=2&after=1')).toEqual(['12', '3'])
    expect(await list('limit=3&around=4')).toEqual(['234', null])
    expect(await list('')).toEqual(['54321', null])
  })

  test.each(['limit=0', 'limit=101', 'before=x', 'before=1&after=1', 'cursor=1', 'around=-1'])(
    'a list with ?%s is refused',
    async (query) => {
      const mira = await signUp()
      const reply = await mira.call('GET', `/channels/${newId('room')}/messages?${query}`)
      expect(reply).toMatchObject({ status: 422, body: { code: 'request.invalid' } })
    },
  )

  test.each([
    ['no text', { nonce: 'n' }],
    ['no nonce', { text: 'hi' }],
    ['white space', { nonce: 'n', text: ' \n ' }],
    ['too long', { nonce: 'n', text: '😀'.repeat(4001) }],
    ['a bad nonce', { nonce: 'a b', text: 'hi' }],
    ['half a surrogate pair', '{"nonce":"n","text":"\\ud800"}'],
    ['NUL', { nonce: 'n', text: 'a\0' }],
    ['what comes later', { nonce: 'n', text: 'hi', replyTo: 'msg_1' }],
    ['__proto__', '{"nonce":"n","text":"hi","__proto__":{}}'],
  ])('a message with %s is 422 and is not stored', async (_, body) => {
    const mira = await signUp()
    const id = await roomOf(mira)
    expect((await mira.call('POST', `/channels/${id}/messages`, body)).status).toBe(422)
    expect((await mira.call('GET', `/channels/${id}/messages`)).body.data).toEqual([])
  })
})

describe('who may', () => {
  test('only members; what strangers may not see is like the absent, and nothing changes', async () => {
    const [owner, kicked, stranger] = [await signUp(), await signUp(), await signUp()]
    const open = (await owner.call('POST', '/rooms', { name: 'Open', visibility: 'public' })).body.id
    const hidden = (await owner.call('POST', '/rooms', { name: 'Hidden', visibility: 'private' })).body.id
    const gone = (await owner.call('POST', '/rooms', { name: 'Gone', visibility: 'public' })).body.id
    await kicked.call('POST', `/rooms/${open}/join`)
    const message = (await owner.call('POST', `/channels/${open}/messages`, { nonce: 'n', text: 'words' })).body
    await owner.call('POST', `/channels/${hidden}/messages`, { nonce: 'n', text: 'words' })
    await owner.call('DELETE', `/rooms/${open}/members/${kicked.id}`)
    await owner.call('DELETE', `/rooms/${gone}`)
    const routes = (id: string): [string, string, unknown?][] => [
      ['GET', `/channels/${id}/messages`],
      ['POST', `/channels/${id}/messages`, { nonce: 'n', text: 'hi' }],
      ['GET', `/channels/${id}/messages/${message.id}`],
      ['PATCH', `/channels/${id}/messages/${message.id}`, { text: 'hi' }],
      ['DELETE', `/channels/${id}/messages/${message.id}`],
      ['PUT', `/channels/${id}/messages/${message.id}/reactions/${encodeURIComponent('👍')}`],
      ['DELETE', `/channels/${id}/messages/${message.id}/reactions/${encodeURIComponent('👍')}`],
      ['PUT', `/channels/${id}/read`, { seq: 1 }],
      ['POST', '/ws/tickets', { channelId: id }],
    ]
    const absent = newId('room')
    const cases = [
      [stranger, open, 403, 'channel.membership_required'],
      [kicked, open, 403, 'channel.membership_required'],
      [stranger, hidden, 404, 'channel.not_found'],
      [stranger, absent, 404, 'channel.not_found'],
      [owner, gone, 404, 'channel.not_found'],
    ] as const
    for (const [who, id, status, code] of cases)
      for (const [method, path, body] of routes(id)) {
        const reply = await who.call(method, path, body)
        expect([method, path, reply.status, reply.body.code]).toEqual([method, path, status, code])
      }
    for (const [method, path, body] of routes(open)) expect((await call(method, path, body)).status).toBe(401)
    expect((await owner.call('GET', `/channels/${open}/messages`)).body.data).toEqual([message])
  })

  test('L23 moderators delete what members wrote, nobody edits what others wrote', async () => {
    const [owner, moderator, mira] = [await signUp(), await signUp(), await signUp()]
    const id = await roomOf(owner, moderator, mira)
    await owner.call('PATCH', `/rooms/${id}/members/${moderator.id}`, { role: 'moderator' })
    const say = async (who: Person) => {
      const { body } = await who.call('POST', `/channels/${id}/messages`, { nonce: newId('request'), text: 'words' })
      return `/channels/${id}/messages/${body.id}`
    }
    expect((await moderator.call('PATCH', await say(mira), { text: 'x' })).body.code).toBe('message.not_yours')
    expect((await mira.call('DELETE', await say(moderator))).body.code).toBe('message.delete_not_allowed')
    expect((await moderator.call('DELETE', await say(owner))).body.code).toBe('message.delete_not_allowed')
    expect((await moderator.call('DELETE', await say(mira))).status).toBe(204)
  })

  test('a member whom the object has not heard of yet is found in D1', async () => {
    const [owner, mira] = [await signUp(), await signUp()]
    const id = await roomOf(owner)
    // As after a lost push that nobody noticed: D1 holds the row for synced.
    await env.DB.prepare(
      `INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, rev, unsynced, change_id)
       VALUES (?, ?, 'member', 'active', 1, 1, 1, 0, 'lost')`,
    )
      .bind(id, mira.id)
      .run()
    expect((await mira.call('POST', `/channels/${id}/messages`, { nonce: 'n', text: 'hi' })).status).toBe(201)
  })

  test('a message costs D1 no more than the guard, and reading asks beside for whom one has blocked', async () => {
    const mira = await signUp()
    const id = await roomOf(mira)
    const counting = countingEnv()
    const headers = { Authorization: `Bearer ${mira.accessToken}` }
    await counting.fetch(requestOf('POST', `/channels/${id}/messages`, { nonce: 'n', text: 'hi' }, headers))
    expect(counting.counts).toMatchObject({ roundTrips: 1, statements: 1 })
    await counting.fetch(requestOf('GET', `/channels/${id}/messages`, undefined, headers))
    expect(counting.counts).toMatchObject({ roundTrips: 3, statements: 3 })
  })
})

describe('tickets and sockets', () => {
  test('a ticket is noted for the session before it is given, and opens once', async () => {
    const mira = await signUp()
    const id = await roomOf(mira)
    const { status, body } = await mira.call('POST', '/ws/tickets', { channelId: id })
    expect([status, body.expiresIn]).toEqual([201, 30])
    const noted = await env.DB.prepare('SELECT channel_id FROM session_channels WHERE session_id = ?')
      .bind(mira.sessionId)
      .all()
    expect(noted.results).toEqual([{ channel_id: id }])
    const headers = { 'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${body.ticket}` }
    const opened = await openSocket(`/ws/channels/${id}`, headers)
    expect([opened.status, opened.headers.get('Sec-WebSocket-Protocol')]).toEqual([101, 'studyhall.v1'])
    const again = await openSocket(`/ws/channels/${id}`, headers)
    expect(await new Link(again.webSocket!, null).closed()).toBe(4401)
  })

  test('more than 60 tickets a minute are too many', async () => {
    const mira = await signUp()
    const id = await roomOf(mira)
    const tries = await Promise.all(
      Array.from({ length: 61 }, () => mira.call('POST', '/ws/tickets', { channelId: id })),
    )
    const refused = tries.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(1)
    expect(refused[0]?.headers.get('Retry-After')).toMatch(/^\d+$/)
  })

  test('L1 a program may bring its access token instead, and is told plainly what is wrong', async () => {
    const [mira, stranger] = [await signUp(), await signUp()]
    const id = await roomOf(mira)
    const bearer = (who: Person) => ({ Authorization: `Bearer ${who.accessToken}` })
    const opened = await openSocket(`/ws/channels/${id}`, bearer(mira))
    expect([opened.status, opened.headers.get('Sec-WebSocket-Protocol')]).toEqual([101, null])
    const link = new Link(opened.webSocket!, null)
    expect(await link.until(({ type }) => type === 'ready')).toMatchObject({ self: { userId: mira.id, role: 'owner' } })
    const statusOf = async (path: string, headers: Record<string, string>) => (await openSocket(path, headers)).status
    expect(await statusOf(`/ws/channels/${id}`, {})).toBe(401)
    expect(await statusOf(`/ws/channels/${id}`, { Authorization: 'Bearer nonsense' })).toBe(401)
    expect(await statusOf(`/ws/channels/${id}`, bearer(stranger))).toBeGreaterThanOrEqual(403)
    expect(await statusOf('/ws/channels/nonsense', bearer(mira))).toBe(422)
    expect(await statusOf(`/ws/channels/${id}?since=-1`, bearer(mira))).toBe(422)
    expect(await statusOf(`/ws/channels/${id}?token=x`, bearer(mira))).toBe(422)
    expect((await call('GET', `//ws/channels/${id}`)).status).toBe(426)
  })

  test('L3 a foreign Origin is refused before the upgrade, and a forged ticket header is not a ticket', async () => {
    const mira = await signUp()
    const id = await roomOf(mira)
    const { body } = await mira.call('POST', '/ws/tickets', { channelId: id })
    const foreign = await openSocket(`/ws/channels/${id}`, {
      Origin: 'https://studyhall.test.evil.example',
      'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${body.ticket}`,
    })
    expect([foreign.status, (await foreign.json<{ code: string }>()).code]).toEqual([403, 'request.cross_site'])
    const forged = await openSocket(`/ws/channels/${id}`, {
      'X-Studyhall-Ticket': body.ticket,
      'Sec-WebSocket-Protocol': 'studyhall.v1, ticket.nonsense',
    })
    expect(await new Link(forged.webSocket!, null).closed()).toBe(4401)
  })

  test('a ticket opens only the channel it was made for', async () => {
    const mira = await signUp()
    const [one, two] = [await roomOf(mira), await roomOf(mira)]
    const { body } = await mira.call('POST', '/ws/tickets', { channelId: one })
    const other = await openSocket(`/ws/channels/${two}`, { 'Sec-WebSocket-Protocol': `ticket.${body.ticket}` })
    expect(await new Link(other.webSocket!, null).closed()).toBe(4401)
  })

  test('L5 a logout closes the sockets of its session', async () => {
    const mira = await signUp()
    const link = await connect(mira, await roomOf(mira))
    expect((await mira.call('POST', '/auth/logout')).status).toBe(204)
    expect(await link.closed()).toBe(4401)
  })

  test('L25 a kick reaches open sockets at once', async () => {
    const [owner, mira] = [await signUp(), await signUp()]
    const id = await roomOf(owner, mira)
    const link = await connect(mira, id)
    await owner.call('DELETE', `/rooms/${id}/members/${mira.id}`)
    expect(await link.closed()).toBe(4403)
  })

  test('L5 every 15 minutes the object finds out what nobody told it', async () => {
    const [owner, ended, kicked, renamed] = [await signUp(), await signUp(), await signUp(), await signUp()]
    const id = await roomOf(owner, ended, kicked, renamed)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 15 * 60_000 })
    const links = {
      ended: await connect(ended, id),
      kicked: await connect(kicked, id),
      stays: await connect(owner, id),
      renamed: await connect(renamed, id),
    }
    vi.useRealTimers()
    for (const { socket } of Object.values(links)) socket.send('ping')
    await links.stays.waitFor(() => links.stays.pongs[0])
    await env.DB.batch([
      env.DB.prepare('UPDATE sessions SET ended_at = 1 WHERE id = ?').bind(ended.sessionId),
      env.DB.prepare(`UPDATE memberships SET state = 'removed', rev = rev + 1 WHERE user_id = ?`).bind(kicked.id),
      env.DB.prepare(`UPDATE users SET name = 'Wen' WHERE id = ?`).bind(renamed.id),
      env.DB.prepare('UPDATE memberships SET rev = rev + 1 WHERE user_id = ?').bind(renamed.id),
    ])
    await runAlarm(env.STUDY_ROOM.getByName(id))
    expect(await links.ended.closed()).toBe(4401)
    expect(await links.kicked.closed()).toBe(4403)
    await links.stays.until(({ type, member }) => type === 'member.updated' && member.user.name === 'Wen')
    expect(links.stays.closeCode).toBeNull()
  })

  test('L29 the object reports how far the conversation is', async () => {
    const mira = await signUp()
    const id = await roomOf(mira)
    for (const text of ['one', 'two']) await mira.call('POST', `/channels/${id}/messages`, { nonce: text, text })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5000 })
    await runAlarm(env.STUDY_ROOM.getByName(id))
    const row = await env.DB.prepare('SELECT last_ord, last_message_at FROM channels WHERE id = ?').bind(id).first()
    expect(row).toEqual({ last_ord: 2, last_message_at: expect.any(Number) })
  })
})

describe('finding again', () => {
  const say = async (who: Person, id: string, text: string, more: object = {}) => {
    const { status, body } = await who.call('POST', `/channels/${id}/messages`, {
      nonce: newId('request'),
      text,
      ...more,
    })
    expect(status).toBe(201)
    return body
  }

  test('replies and mentions are answered as they are told', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    const first = await say(mira, id, 'Shall we start?')
    const { body: me } = await mira.call('GET', '/users/me')
    const reply = await say(jonas, id, `Yes, @${me.username}`, { replyTo: first.id })
    expect(reply).toMatchObject({
      replyTo: { id: first.id, seq: first.seq, text: 'Shall we start?', deleted: false, sender: { id: mira.id } },
      mentions: [{ id: mira.id, username: me.username }],
    })
    const nowhere = { nonce: 'n', text: 'x', replyTo: newId('message') }
    expect((await jonas.call('POST', `/channels/${id}/messages`, nowhere)).body.code).toBe('message.not_found')
  })

  test('search, pins and history, each for those who may', async () => {
    const [mira, jonas, stranger] = [await signUp(), await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    const first = await say(jonas, id, 'Notes: https://example.org/algebra')
    await say(mira, id, 'algebra is fun')
    const search = async (query: string) => {
      const { status, body } = await jonas.call('GET', `/channels/${id}/search?${query}`)
      return status === 200 ? [body.data.map(({ text }: { text: string }) => text), body.nextCursor] : body.code
    }
    expect(await search('q=algebra&limit=1')).toEqual([['algebra is fun'], '4'])
    expect(await search('q=algebra&before=4')).toEqual([['Notes: https://example.org/algebra'], null])
    expect(await search(`has=link&from=${jonas.id}`)).toEqual([['Notes: https://example.org/algebra'], null])
    for (const query of ['', 'q=', 'has=cats', 'from=me', 'q=x&sort=old'])
      expect(await search(query)).toBe('request.invalid')

    const pin = `/channels/${id}/pins/${first.id}`
    expect((await jonas.call('PUT', pin)).body.code).toBe('pin.not_allowed')
    for (let n = 0; n < 2; n++) expect((await mira.call('PUT', pin)).status).toBe(204)
    expect((await jonas.call('GET', `/channels/${id}/pins`)).body).toMatchObject({
      data: [{ id: first.id, pinnedAt: expect.stringMatching(/Z$/) }],
      nextCursor: null,
    })
    expect((await mira.call('DELETE', pin)).status).toBe(204)
    expect((await jonas.call('GET', `/channels/${id}/pins`)).body.data).toEqual([])

    await jonas.call('PATCH', `/channels/${id}/messages/${first.id}`, { text: 'Notes are gone' })
    const history = `/channels/${id}/messages/${first.id}/history`
    expect((await mira.call('GET', history)).body.data).toEqual([
      { text: 'Notes: https://example.org/algebra', replacedAt: expect.stringMatching(/Z$/) },
      { text: 'Notes are gone', replacedAt: null },
    ])
    expect((await jonas.call('GET', history)).body.code).toBe('message.history_not_allowed')
    for (const path of [`/channels/${id}/search?q=x`, `/channels/${id}/pins`, history])
      expect((await stranger.call('GET', path)).status).toBe(403)
    for (const path of [pin, `${pin}x`]) expect((await stranger.call('PUT', path)).status).not.toBe(204)
  })

  test('L15a ready tells whom of the members one has blocked, and open sockets hear of it', async () => {
    const [mira, jonas, stranger] = [await signUp(), await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    await mira.call('PUT', `/blocks/${stranger.id}`)
    const link = await connect(mira, id)
    expect(link.events[0]?.blockedIds).toEqual([])
    expect((await mira.call('PUT', `/blocks/${jonas.id}`)).status).toBeLessThan(300)
    expect((await link.until(({ type }) => type === 'blocks.changed')).blockedIds).toEqual([jonas.id])
    expect((await connect(mira, id)).events[0]?.blockedIds).toEqual([jonas.id])
    expect((await connect(jonas, id)).events[0]?.blockedIds).toEqual([])
  })
})

test('what travels on a socket is documented for tools and for people', async () => {
  const reply = await exports.default.fetch('https://studyhall.test/api/v1/asyncapi.json')
  const servers = { studyhall: { host: 'studyhall.test', protocol: 'wss' } }
  expect(await reply.json()).toMatchObject({ asyncapi: '3.0.0', servers })
  const page = await exports.default.fetch('https://studyhall.test/docs/sockets')
  expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('<code>status.set</code>')
})

test('a member mutes a channel for a while or until it is taken back, and nobody else is muted', async () => {
  const [mira, jonas, stranger] = [await signUp(), await signUp(), await signUp()]
  const id = await roomOf(mira, jonas)
  const path = `/channels/${id}/mute`
  expect((await mira.call('PUT', path, {})).body).toEqual({ muted: true, until: null })
  const until = new Date(Date.now() + 60_000).toISOString()
  expect((await mira.call('PUT', path, { until })).body).toEqual({ muted: true, until })
  expect((await jonas.call('GET', path)).body).toEqual({ muted: false, until: null })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
  expect((await mira.call('GET', path)).body).toEqual({ muted: false, until: null })
  vi.useRealTimers()
  for (let n = 0; n < 2; n++) expect((await mira.call('DELETE', path)).status).toBe(204)
  expect((await mira.call('GET', path)).body).toEqual({ muted: false, until: null })
  for (const method of ['PUT', 'GET'])
    expect((await stranger.call(method, path, method === 'PUT' ? {} : undefined)).body.code).toBe(
      'channel.membership_required',
    )
  for (const wrong of ['tomorrow', '2001-01-01T00:00:00Z'])
    expect((await mira.call('PUT', path, { until: wrong })).body.code).toBe('request.invalid')
  const left = await env.DB.prepare('SELECT 1 FROM mutes WHERE channel_id = ?').bind(id).all()
  expect(left.results).toEqual([])
})

test('who is present says what they are doing, over HTTP too, and who is invisible is not there', async () => {
  const [mira, jonas] = [await signUp(), await signUp()]
  const id = await roomOf(mira, jonas)
  const [link, other] = [await connect(mira, id), await connect(jonas, id)]
  const until = new Date(Date.now() + 60_000).toISOString()
  link.send({ type: 'status.set', state: 'studying', text: 'Topology', until })
  other.send({ type: 'status.set', state: 'invisible' })
  await link.until(
    ({ type, userId, state }) => type === 'presence.changed' && userId === jonas.id && state === 'offline',
  )
  expect((await jonas.call('GET', `/rooms/${id}/presence`)).body).toEqual({
    count: 1,
    members: [
      {
        user: { id: mira.id, name: mira.name, avatarUrl: null },
        ...{ state: 'studying', text: 'Topology', until, study: null },
      },
    ],
  })
})

describe('slow mode and timeouts', () => {
  const say = (who: Person, id: string, text: string) =>
    who.call('POST', `/channels/${id}/messages`, { nonce: newId('request'), text })

  test('a room in slow mode lets its members wait and says for how long', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    expect((await mira.call('PATCH', `/rooms/${id}`, { settings: { slowModeSeconds: 30 } })).status).toBe(200)
    expect((await say(jonas, id, 'one')).status).toBe(201)
    const refused = await say(jonas, id, 'two')
    expect(refused).toMatchObject({ status: 429, body: { code: 'room.slow_mode' } })
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(25)
    for (const text of ['three', 'four']) expect((await say(mira, id, text)).status).toBe(201)
    expect((await mira.call('PATCH', `/rooms/${id}`, { settings: { slowModeSeconds: 0 } })).status).toBe(200)
    expect((await say(jonas, id, 'five')).status).toBe(201)
  })

  test('who has a timeout reads and does not write, until it is taken back', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    const link = await connect(jonas, id)
    const until = new Date(Date.now() + 60_000).toISOString()
    const path = `/rooms/${id}/timeouts/${jonas.id}`
    expect((await mira.call('PUT', path, { until })).status).toBeLessThan(300)
    expect((await say(jonas, id, 'one')).body.code).toBe('channel.timed_out')
    link.send({ type: 'message.send', nonce: 'n', text: 'one' })
    expect(await link.until(({ type }) => type === 'error')).toMatchObject({ code: 'channel.timed_out', nonce: 'n' })
    expect((await jonas.call('GET', `/channels/${id}/messages`)).status).toBe(200)
    expect((await connect(jonas, id)).events[0]?.self.mutedUntil).toBe(until)
    expect((await mira.call('DELETE', path)).status).toBe(204)
    expect((await say(jonas, id, 'two')).status).toBe(201)
  })

  test('L25 a ban closes with 4403, and no ticket is given any more', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    const link = await connect(jonas, id)
    expect((await mira.call('PUT', `/rooms/${id}/bans/${jonas.id}`, { reason: 'spam' })).status).toBeLessThan(300)
    expect(await link.closed()).toBe(4403)
    expect((await jonas.call('POST', '/ws/tickets', { channelId: id })).status).toBe(403)
  })
})

test('messages of whom one has blocked arrive marked, and their reactions do not count, for the reader alone', async () => {
  const [mira, jonas, wen] = [await signUp(), await signUp(), await signUp()]
  const id = await roomOf(mira, jonas, wen)
  const path = `/channels/${id}/messages`
  const said = async (person: Person, text: string, more = {}) =>
    (await person.call('POST', path, { nonce: crypto.randomUUID(), text, ...more })).body
  const own = await said(mira, 'Shall we start?')
  const rude = await said(jonas, 'No')
  await said(wen, 'Why?', { replyTo: rude.id })
  for (const person of [jonas, wen]) await person.call('PUT', `${path}/${own.id}/reactions/${encodeURIComponent('👍')}`)
  await jonas.call('PUT', `${path}/${own.id}/reactions/${encodeURIComponent('👎')}`)
  await mira.call('PUT', `/channels/${id}/pins/${own.id}`)
  await mira.call('PUT', `/blocks/${jonas.id}`)
  const thumb = { emoji: '👍', count: 1, mine: false }
  const page = (await mira.call('GET', path)).body.data
  expect(page.map(({ blocked }: { blocked: boolean }) => blocked)).toEqual([false, true, false])
  expect(page[0].replyTo).toMatchObject({ blocked: true })
  expect(page[2].reactions).toEqual([thumb])
  expect((await mira.call('GET', `${path}/${own.id}`)).body.reactions).toEqual([thumb])
  expect((await mira.call('PATCH', `${path}/${own.id}`, { text: 'Shall we?' })).body.reactions).toEqual([thumb])
  expect((await mira.call('GET', `/channels/${id}/search?q=shall`)).body.data[0].reactions).toEqual([thumb])
  expect((await mira.call('GET', `/channels/${id}/pins`)).body.data[0].reactions).toEqual([thumb])
  const seen = (await jonas.call('GET', path)).body.data
  expect(seen.every(({ blocked }: { blocked: boolean }) => !blocked)).toBe(true)
  expect(seen[2].reactions).toHaveLength(2)
  await mira.call('DELETE', `/blocks/${jonas.id}`)
  expect((await mira.call('GET', path)).body.data[2].reactions).toHaveLength(2)
})
