import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/shared/ids'
import { countingEnv, type Person, type Reply, requestOf, signUp } from '../support/people'

let owner: Person
let ada: Person
let ben: Person
let cem: Person
let dan: Person

beforeAll(async () => {
  const verified = () => signUp({ emailVerifiedAt: Date.now() })
  ;[owner, ada, ben, cem, dan] = [
    await verified(),
    await verified(),
    await verified(),
    await verified(),
    await verified(),
  ]
})

afterEach(() => {
  vi.useRealTimers()
})

const make = async (fields: object = {}): Promise<string> =>
  (await owner.call('POST', '/rooms', { name: 'Doors', ...fields })).body.id
const join = (person: Person, id: string) => person.call('POST', `/rooms/${id}/join`)
const leave = (person: Person, id: string) => person.call('POST', `/rooms/${id}/leave`)
const wait = (person: Person, id: string) => person.call('PUT', `/rooms/${id}/waitlist`)
const ban = (id: string, person: Person, body?: object) => owner.call('PUT', `/rooms/${id}/bans/${person.id}`, body)
const say = (person: Person, id: string, nonce: string) =>
  person.call('POST', `/channels/${id}/messages`, { nonce, text: 'Hello' })
const isIn = async (person: Person, id: string) => Boolean((await person.call('GET', `/rooms/${id}`)).body.membership)
const admits = async (person: Person, id: string) => (await env.STUDY_ROOM.getByName(id).presence(person.id)).ok
const auditOf = async (person: Person) =>
  (
    await env.DB.prepare('SELECT event, reason FROM audit_log WHERE subject_id = ? ORDER BY at DESC, id DESC LIMIT 1')
      .bind(person.id)
      .all()
  ).results[0]

const later = (ms: number) => new Date(Date.now() + ms).toISOString()
const moveClock = (ms: number) => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(Date.now() + ms)
}

describe('bans', () => {
  test('a banned member is out at once, is told why, and is listed', async () => {
    const id = await make()
    await join(ada, id)
    const until = later(3_600_000)
    const banned = await ban(id, ada, { reason: 'Spam', until })
    expect(banned.body).toMatchObject({ user: { id: ada.id }, reason: 'Spam', until, createdBy: { id: owner.id } })
    expect(await admits(ada, id)).toBe(false)
    expect((await join(ada, id)).body).toMatchObject({ code: 'room.banned', reason: 'Spam', until })
    expect((await owner.call('GET', `/rooms/${id}/bans`)).body.data).toMatchObject([{ user: { id: ada.id } }])
    expect(await auditOf(ada)).toMatchObject({ event: 'member.banned', reason: 'Spam' })
  })

  test('a ban ends by itself at its end, and not before', async () => {
    const id = await make()
    await join(ada, id)
    await ban(id, ada, { until: later(60_000) })
    moveClock(59_000)
    expect((await join(ada, id)).body.code).toBe('room.banned')
    moveClock(2_000)
    expect((await owner.call('GET', `/rooms/${id}/bans`)).body.data).toEqual([])
    expect((await join(ada, id)).status).toBe(201)
    expect(await admits(ada, id)).toBe(true)
  })

  test('a lifted ban lets the person join again, and makes nobody a member', async () => {
    const id = await make()
    await join(ada, id)
    await ban(id, ada)
    await ban(id, ada, { reason: 'Still' })
    expect((await owner.call('GET', `/rooms/${id}/bans`)).body.data).toMatchObject([{ reason: 'Still', until: null }])
    const lift = () => owner.call('DELETE', `/rooms/${id}/bans/${ada.id}`)
    expect([(await lift()).status, (await lift()).status]).toEqual([204, 204])
    expect(await isIn(ada, id)).toBe(false)
    expect((await join(ada, id)).status).toBe(201)
  })

  test('somebody who was never in can be banned, from links and invitations too', async () => {
    const id = await make()
    const invited = await owner.call('POST', `/rooms/${id}/invitations`, { userId: ada.id })
    const link = await owner.call('POST', `/rooms/${id}/invite-links`)
    expect((await ban(id, ada)).status).toBe(200)
    expect((await ada.call('POST', `/invitations/${invited.body.id}/accept`)).body.code).toBe('invitation.not_found')
    expect((await ada.call('POST', `/invite-links/${link.body.code}/join`)).body.code).toBe('room.banned')
    expect((await owner.call('POST', `/rooms/${id}/invite`, { userId: ada.id })).body.code).toBe('room.person_banned')
    expect((await wait(ada, id)).body.code).toBe('room.banned')
    expect(await isIn(ada, id)).toBe(false)
  })

  test('a ban of the past, of nobody and of oneself is none', async () => {
    const id = await make()
    expect((await ban(id, ada, { until: later(-1000) })).status).toBe(422)
    expect((await owner.call('PUT', `/rooms/${id}/bans/${newId('user')}`)).body.code).toBe('user.not_found')
    expect((await ban(id, owner)).body.code).toBe('room.not_allowed')
    expect((await owner.call('GET', `/rooms/${id}/bans`)).body.data).toEqual([])
  })
})

describe('timeouts and slow mode', () => {
  test('somebody timed out reads and does not write, until the end or until it is lifted', async () => {
    const id = await make()
    await join(ada, id)
    const set = (until: string) => owner.call('PUT', `/rooms/${id}/timeouts/${ada.id}`, { until, reason: 'Too loud' })
    expect((await set(later(60_000))).body).toMatchObject({ user: { id: ada.id }, reason: 'Too loud' })
    expect((await say(ada, id, 'a1')).body.code).toBe('channel.timed_out')
    expect((await ada.call('GET', `/channels/${id}/messages`)).status).toBe(200)
    await leave(ada, id)
    await join(ada, id)
    expect((await say(ada, id, 'a2')).body.code, 'it outlasts leaving').toBe('channel.timed_out')
    expect((await owner.call('DELETE', `/rooms/${id}/timeouts/${ada.id}`)).status).toBe(204)
    expect((await say(ada, id, 'a3')).status).toBe(201)
    await set(later(60_000))
    moveClock(61_000)
    expect((await say(ada, id, 'a4')).status).toBe(201)
  })

  test('a timeout lies ahead, at most 28 days, and on a member', async () => {
    const id = await make()
    await join(ada, id)
    const set = (person: Person, ms: number) =>
      owner.call('PUT', `/rooms/${id}/timeouts/${person.id}`, { until: later(ms) })
    expect((await set(ada, 28 * 86_400_000 + 60_000)).status).toBe(422)
    expect((await set(ada, -1)).status).toBe(422)
    expect((await set(ben, 60_000)).body.code).toBe('room.member_not_found')
    expect((await say(ada, id, 'b1')).status).toBe(201)
  })

  test('slow mode reaches the room, and not its owner', async () => {
    const id = await make({ settings: { slowModeSeconds: 30 } })
    await join(ada, id)
    expect((await say(ada, id, 'c1')).status).toBe(201)
    expect((await say(ada, id, 'c2')).body.code).toBe('room.slow_mode')
    for (const nonce of ['c3', 'c4']) expect((await say(owner, id, nonce)).status).toBe(201)
    await owner.call('PATCH', `/rooms/${id}`, { settings: { slowModeSeconds: 0 } })
    expect((await say(ada, id, 'c5')).status).toBe(201)
    expect((await owner.call('PATCH', `/rooms/${id}`, { settings: { slowModeSeconds: 21_601 } })).status).toBe(422)
  })
})

describe('the waitlist', () => {
  const fullRoom = async () => {
    const id = await make({ maxParticipants: 2 })
    await join(ada, id)
    return id
  }
  const standing = async (person: Person, id: string) =>
    (await person.call('GET', `/rooms/${id}/waitlist`)).body.position

  test('who waits keeps the place, sees it, and gives it up', async () => {
    const id = await fullRoom()
    expect((await wait(ben, id)).status).toBe(201)
    expect((await wait(cem, id)).body.position).toBe(2)
    const again = await wait(ben, id)
    expect([again.status, again.body.position]).toEqual([200, 1])
    const seen = await cem.call('GET', `/rooms/${id}/waitlist`)
    expect(seen.body).toMatchObject({ count: 2, position: 2, data: [{ user: { id: cem.id } }] })
    const all = await owner.call('GET', `/rooms/${id}/waitlist?limit=1`)
    expect(all.body).toMatchObject({ count: 2, position: null, data: [{ user: { id: ben.id } }] })
    const rest = await owner.call('GET', `/rooms/${id}/waitlist?limit=1&cursor=${all.body.nextCursor}`)
    expect(rest.body).toMatchObject({ nextCursor: null, data: [{ user: { id: cem.id } }] })
    expect((await ben.call('DELETE', `/rooms/${id}/waitlist`)).status).toBe(204)
    expect(await standing(cem, id)).toBe(1)
  })

  test.each<[string, (id: string) => Promise<Reply>]>([
    ['leaves', (id) => leave(ada, id)],
    ['is removed', (id) => owner.call('DELETE', `/rooms/${id}/members/${ada.id}`)],
    ['is banned', (id) => ban(id, ada)],
  ])('when somebody %s, the first who waits is a member at once', async (_what, free) => {
    const id = await fullRoom()
    await wait(ben, id)
    await wait(cem, id)
    expect((await free(id)).status).toBeLessThan(300)
    expect([await isIn(ben, id), await isIn(cem, id)]).toEqual([true, false])
    expect(await admits(ben, id)).toBe(true)
    expect(await standing(cem, id)).toBe(1)
    expect((await owner.call('GET', `/rooms/${id}`)).body.memberCount).toBe(2)
  })

  test('a raised limit lets in as many as there are seats', async () => {
    const id = await fullRoom()
    for (const person of [ben, cem, dan]) await wait(person, id)
    expect((await owner.call('PATCH', `/rooms/${id}`, { maxParticipants: 4 })).body.memberCount).toBe(4)
    expect(await Promise.all([ben, cem, dan].map((person) => isIn(person, id)))).toEqual([true, true, false])
    expect(await admits(cem, id)).toBe(true)
  })

  test('who cannot have the seat any more is passed over', async () => {
    const id = await fullRoom()
    const gone = await signUp()
    await wait(gone, id)
    await wait(ben, id)
    await env.DB.prepare(`UPDATE users SET status = 'suspended' WHERE id = ?`).bind(gone.id).run()
    await leave(ada, id)
    expect(await isIn(ben, id)).toBe(true)
  })

  test('nobody overtakes those who wait, by link, invitation or directly', async () => {
    const id = await fullRoom()
    await wait(ben, id)
    const link = await owner.call('POST', `/rooms/${id}/invite-links`)
    const invited = await owner.call('POST', `/rooms/${id}/invitations`, { userId: cem.id })
    // A seat that came free past every action: an erasure does this.
    await env.DB.prepare(`UPDATE memberships SET state = 'left' WHERE channel_id = ? AND user_id = ?`)
      .bind(id, ada.id)
      .run()
    const tries = [
      () => join(dan, id),
      () => dan.call('POST', `/invite-links/${link.body.code}/join`),
      () => cem.call('POST', `/invitations/${invited.body.id}/accept`),
    ]
    for (const attempt of tries) expect((await attempt()).body.code).toBe('room.full')
    expect(await isIn(ben, id), 'the attempt has given the seat to whom it belongs').toBe(true)
    expect(await admits(ben, id)).toBe(true)
  })

  test('there is nothing to wait for in a room with a free seat, as a member, or in an unseen one', async () => {
    const id = await make()
    expect((await wait(ben, id)).body.code).toBe('room.not_full')
    expect((await wait(owner, id)).body.code).toBe('room.already_member')
    const hidden = await make({ visibility: 'private', maxParticipants: 2 })
    expect((await wait(ben, hidden)).body.code).toBe('room.not_found')
    expect((await ben.call('DELETE', `/rooms/${hidden}/waitlist`)).body.code).toBe('room.not_found')
    const limited = countingEnv({ WAITING_PER_CHANNEL: '1' } as unknown as Partial<Env>)
    const full = await fullRoom()
    await wait(ben, full)
    const as = { Authorization: `Bearer ${cem.accessToken}` }
    const refused = await limited.fetch(requestOf('PUT', `/rooms/${full}/waitlist`, undefined, as))
    expect(refused.body.code).toBe('room.waitlist_full')
  })

  test('somebody invited waits for a private room, and comes in', async () => {
    const id = await make({ visibility: 'private', maxParticipants: 2 })
    const link = await owner.call('POST', `/rooms/${id}/invite-links`)
    await ada.call('POST', `/invite-links/${link.body.code}/join`)
    const invited = await owner.call('POST', `/rooms/${id}/invitations`, { userId: ben.id })
    expect((await ben.call('POST', `/invitations/${invited.body.id}/accept`)).body.code).toBe('room.full')
    expect((await wait(ben, id)).body.position).toBe(1)
    await leave(ada, id)
    expect(await isIn(ben, id)).toBe(true)
    expect((await ben.call('GET', '/invitations')).body.data).toEqual([])
  })

  test('nine who leave while fifteen wait or join keep every seat taken and none twice', async () => {
    const crowd = await Promise.all(Array.from({ length: 24 }, () => signUp()))
    const inside = crowd.slice(0, 9)
    const waiting = crowd.slice(9)
    const id = await make({ maxParticipants: 10 })
    for (const person of inside) await join(person, id)
    await Promise.all(waiting.slice(0, 6).map((person) => wait(person, id)))
    const replies = await Promise.all([
      ...inside.map((person) => leave(person, id)),
      ...waiting.slice(6).map(async (person) => {
        const place = await wait(person, id)
        return place.body?.code === 'room.not_full' ? join(person, id) : place
      }),
    ])
    for (const { status, body } of replies) expect(status, JSON.stringify(body)).toBeLessThan(410)
    const { results } = await env.DB.prepare(
      `SELECT c.member_count AS counted, (SELECT count(*) FROM memberships m WHERE m.channel_id = c.id AND m.state = 'active')
         AS active, (SELECT count(*) FROM waitlist w WHERE w.channel_id = c.id) AS waiting FROM channels c WHERE c.id = ?`,
    )
      .bind(id)
      .all<{ counted: number; active: number; waiting: number }>()
    const [state] = results
    expect(state?.counted).toBe(state?.active)
    expect(state?.active).toBeLessThanOrEqual(10)
    expect(state?.waiting === 0 || state?.active === 10, JSON.stringify(state)).toBe(true)
  })
})

describe('invitations', () => {
  const invite = (by: Person, id: string, person: Person) =>
    by.call('POST', `/rooms/${id}/invitations`, { userId: person.id })

  test('an invitation is listed, opens a private room, and is answered once', async () => {
    const id = await make({ visibility: 'private' })
    const sent = await invite(owner, id, ada)
    expect(sent.status).toBe(201)
    expect((await owner.call('POST', `/rooms/${id}/invite`, { userId: ada.id })).body.id).toBe(sent.body.id)
    const mine = (await ada.call('GET', '/invitations')).body.data
    expect(mine[0]).toMatchObject({
      id: sent.body.id,
      channel: { id, kind: 'room', name: 'Doors' },
      invitedBy: { id: owner.id },
    })
    expect((await ben.call('POST', `/invitations/${sent.body.id}/accept`)).body.code).toBe('invitation.not_found')
    const accepted = await ada.call('POST', `/invitations/${sent.body.id}/accept`)
    expect([accepted.status, accepted.body.id, accepted.body.membership.role]).toEqual([201, id, 'member'])
    expect(accepted.headers.get('Location')).toBe(`/api/v1/rooms/${id}`)
    expect((await ada.call('POST', `/invitations/${sent.body.id}/accept`)).status).toBe(200)
    expect((await invite(owner, id, ada)).body.code).toBe('room.already_member')
  })

  test('a declined invitation is over', async () => {
    const id = await make({ visibility: 'private' })
    const { body } = await invite(owner, id, ada)
    const decline = () => ada.call('POST', `/invitations/${body.id}/decline`)
    expect([(await decline()).status, (await decline()).status]).toEqual([204, 204])
    expect((await ada.call('POST', `/invitations/${body.id}/accept`)).body.code).toBe('invitation.not_found')
    expect(await isIn(ada, id)).toBe(false)
    expect((await ben.call('POST', `/invitations/${body.id}/decline`)).body.code).toBe('invitation.not_found')
  })

  test('people choose who may invite them, and a block is not told apart', async () => {
    const id = await make()
    const shy = await signUp()
    const settings = (mayInvite: string) => shy.call('PATCH', '/users/me/settings', { privacy: { mayInvite } })
    const outcome = async () => (await invite(owner, id, shy)).body.code ?? 'invited'
    await settings('nobody')
    expect(await outcome()).toBe('invitation.not_welcome')
    await settings('shared')
    expect(await outcome()).toBe('invitation.not_welcome')
    const common = await make()
    await join(shy, common)
    expect(await outcome()).toBe('invited')
    const other = await make()
    await settings('everyone')
    await shy.call('PUT', `/blocks/${owner.id}`)
    expect((await invite(owner, other, shy)).body.code).toBe('invitation.not_welcome')
    expect((await shy.call('GET', '/invitations')).body.data).toEqual([])
  })

  test('who has not verified an address invites nobody', async () => {
    const id = await make()
    const fresh = await signUp()
    await join(fresh, id)
    const reply = await invite(fresh, id, ada)
    expect([reply.status, reply.body.code]).toEqual([403, 'auth.email_verification_required'])
    expect(await env.DB.prepare('SELECT count(*) AS n FROM invitations WHERE channel_id = ?').bind(id).first()).toEqual(
      { n: 0 },
    )
  })

  test('a room keeps its number of open invitations', async () => {
    const id = await make()
    const { fetch } = countingEnv({ INVITATIONS_PER_CHANNEL: '1' } as unknown as Partial<Env>)
    const as = { Authorization: `Bearer ${owner.accessToken}` }
    const send = (person: Person) => fetch(requestOf('POST', `/rooms/${id}/invitations`, { userId: person.id }, as))
    const replies = await Promise.all([ada, ben, cem, dan].map(send))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(replies.filter(({ body }) => body.code === 'invitation.too_many')).toHaveLength(3)
  })

  test('a deleted room ends its invitations and its waitlist', async () => {
    const id = await make({ maxParticipants: 2 })
    await join(ada, id)
    await wait(ben, id)
    await invite(owner, id, cem)
    await owner.call('DELETE', `/rooms/${id}`)
    const left = await env.DB.prepare(
      `SELECT (SELECT count(*) FROM waitlist WHERE channel_id = ?1) + (SELECT count(*) FROM invitations WHERE channel_id = ?1 AND state = 'open') AS n`,
    )
      .bind(id)
      .first('n')
    expect(left).toBe(0)
  })
})

test('S14 a level that somebody has not reached keeps them out, whichever way they come', async () => {
  const id = await make({ minLevel: 2 })
  expect((await join(ada, id)).body).toMatchObject({ code: 'room.level_required', minLevel: 2 })
  const link = await owner.call('POST', `/rooms/${id}/invite-links`)
  expect((await ada.call('POST', `/invite-links/${link.body.code}/join`)).body.code).toBe('room.level_required')
  const invited = await owner.call('POST', `/rooms/${id}/invitations`, { userId: ada.id })
  expect((await ada.call('POST', `/invitations/${invited.body.id}/accept`)).body.code).toBe('room.level_required')
  expect((await owner.call('GET', `/rooms/${id}/invite-links`)).body.data[0].uses).toBe(0)
  await owner.call('PATCH', `/rooms/${id}`, { minLevel: 1 })
  expect((await join(ada, id)).status).toBe(201)
})

test('S14 a level that somebody has studied for lets them in, one experience less does not', async () => {
  const id = await make({ minLevel: 3 })
  const study = (xp: number) =>
    env.DB.prepare('INSERT OR REPLACE INTO study_standings VALUES (?, ?, 1, 1, NULL, 0, 0)').bind(ada.id, xp).run()
  await study(899)
  expect((await join(ada, id)).body).toMatchObject({ code: 'room.level_required', minLevel: 3 })
  await study(900)
  expect((await join(ada, id)).status).toBe(201)
})
