import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { onCron } from '../../src/app/cron'
import { makeCtx } from '../../src/app/request-context'
import { sweepReports } from '../../src/reports/jobs'
import { countingEnv, type Person, type Reply, requestOf, signUp } from '../support/people'

let admin: Person
let owner: Person
let moderator: Person
let ada: Person
let ben: Person

beforeAll(async () => {
  const all = await Promise.all([signUp({ role: 'admin' }), signUp(), signUp(), signUp(), signUp()])
  ;[admin, owner, moderator, ada, ben] = all as [Person, Person, Person, Person, Person]
})

afterEach(() => void vi.useRealTimers())

/** A room with all of them but the admin; ada and ben are members. */
async function house(): Promise<string> {
  const { body } = await owner.call('POST', '/rooms', { name: 'Algebra' })
  for (const person of [moderator, ada, ben]) await person.call('POST', `/rooms/${body.id}/join`)
  await owner.call('PATCH', `/rooms/${body.id}/members/${moderator.id}`, { role: 'moderator' })
  return body.id
}

const say = async (person: Person, channelId: string, text = 'You fool') =>
  (await person.call('POST', `/channels/${channelId}/messages`, { nonce: crypto.randomUUID(), text })).body
const reportOn = (person: Person, channelId: string, messageId: string, more: object = {}) =>
  person.call('POST', `/channels/${channelId}/messages/${messageId}/report`, { reason: 'harassment', ...more })
const resolve = (person: Person, id: string, body: object = { outcome: 'resolved' }) =>
  person.call('POST', `/reports/${id}/resolve`, body)
const read = (person: Person, id: string) => person.call('GET', `/reports/${id}`)
const idsOf = async (person: Person, query = '') =>
  (await person.call('GET', `/reports${query}`)).body.data?.map(({ id }: { id: string }) => id)
const count = async (sql: string, ...values: unknown[]) =>
  (
    await env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`)
      .bind(...values)
      .first<{ n: number }>()
  )?.n
const codeOf = ({ status, body }: Reply) => (status < 300 ? status : body.code)

describe('a message', () => {
  test('is copied as it was, whatever becomes of it, and shown to those who look after the room', async () => {
    const room = await house()
    const { id: messageId, seq } = await say(ben, room, 'You idiot')
    await ben.call('PATCH', `/channels/${room}/messages/${messageId}`, { text: 'You fool' })
    const made = await reportOn(ada, room, messageId, { note: 'Third time today' })
    expect(made).toMatchObject({
      status: 201,
      body: {
        target: { type: 'message', id: messageId },
        channel: { id: room, name: 'Algebra' },
        state: 'open',
        mine: true,
      },
    })
    expect(made.body, 'who reports is not shown the copy').toMatchObject({ content: null, reporter: null })
    expect(made.headers.get('Location')).toBe(`/api/v1/reports/${made.body.id}`)
    await ben.call('DELETE', `/channels/${room}/messages/${messageId}`)
    const content = { type: 'message', seq, text: 'You fool', earlierTexts: ['You idiot'], deletedAt: null }
    const forModerator = (await read(moderator, made.body.id)).body
    expect(forModerator).toMatchObject({ content, note: 'Third time today', person: { id: ben.id }, mine: false })
    expect(forModerator.reporter, 'moderators do not learn who reported').toBeNull()
    expect((await read(admin, made.body.id)).body).toMatchObject({ content, reporter: { id: ada.id } })
    expect(await idsOf(moderator)).toContain(made.body.id)
    expect(await idsOf(owner, `?channelId=${room}`)).toEqual([made.body.id])
    expect(await idsOf(ada, '?mine=true')).toContain(made.body.id)
    expect(codeOf(await ada.call('GET', `/reports?channelId=${room}`))).toBe('room.not_allowed')
  })

  test('that is deleted already still has its words for those who look into it, for 30 days', async () => {
    const room = await house()
    const { id } = await say(ben, room, 'Gone at once')
    await ben.call('DELETE', `/channels/${room}/messages/${id}`)
    const made = await reportOn(ada, room, id)
    expect(made.status).toBe(201)
    expect((await read(owner, made.body.id)).body.content).toMatchObject({
      text: 'Gone at once',
      deletedAt: expect.any(String),
    })
  })

  test('is reported once by each person while the report is open', async () => {
    const room = await house()
    const { id } = await say(ben, room)
    const replies = await Promise.all(Array.from({ length: 6 }, () => reportOn(ada, room, id)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201])
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1)
    expect(await count('audit_log WHERE event = ? AND subject_id = ?', 'report.made', replies[0]?.body.id)).toBe(1)
    expect((await reportOn(moderator, room, id)).status).toBe(201)
    await resolve(owner, replies[0]?.body.id)
    expect((await reportOn(ada, room, id)).status, 'it happens again').toBe(201)
  })

  test.each([
    ['one’s own', async (room: string) => reportOn(ben, room, (await say(ben, room)).id), 'report.self'],
    ['none', async (room: string) => reportOn(ben, room, 'msg_01h455vb4pex5vsknk084sn02q'), 'message.not_found'],
    [
      'of a room one is not in',
      async (room: string) => reportOn(admin, room, (await say(ben, room)).id),
      'channel.membership_required',
    ],
    [
      'without a reason',
      async (room: string) => reportOn(ada, room, (await say(ben, room)).id, { reason: 'mood' }),
      'request.invalid',
    ],
    [
      'with a strange key',
      async (room: string) => reportOn(ada, room, (await say(ben, room)).id, { urgent: true }),
      'request.invalid',
    ],
  ])('%s: nothing is written', async (_name, attempt, code) => {
    const room = await house()
    const before = [await count('reports'), await count(`audit_log WHERE event LIKE 'report.%'`)]
    expect(codeOf(await attempt(room))).toBe(code)
    expect([await count('reports'), await count(`audit_log WHERE event LIKE 'report.%'`)]).toEqual(before)
  })
})

describe('who sees a report', () => {
  test('neither whom it is about, nor members, nor moderators of an equal rank; what is not seen is like the absent', async () => {
    const room = await house()
    const byMember = (await reportOn(ada, room, (await say(ben, room)).id)).body.id
    const byModerator = (await reportOn(ada, room, (await say(moderator, room)).id)).body.id
    const byOwner = (await reportOn(ada, room, (await say(owner, room)).id)).body.id
    const sees = async (person: Person) => {
      const found: string[] = []
      for (const [name, id] of Object.entries({ byMember, byModerator, byOwner }))
        if ((await read(person, id)).status === 200) found.push(name)
      return found
    }
    expect(await sees(admin)).toEqual(['byMember', 'byModerator', 'byOwner'])
    expect(await sees(owner)).toEqual(['byMember', 'byModerator'])
    expect(await sees(moderator)).toEqual(['byMember'])
    expect(await sees(ben)).toEqual([])
    expect(await idsOf(moderator, `?channelId=${room}`)).toEqual([byMember])
    expect(await idsOf(owner)).not.toContain(byOwner)
    const hidden = await read(ben, byMember)
    const absent = await read(ben, 'rep_01h455vb4pex5vsknk084sn02q')
    expect({ ...hidden.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' })
    expect(codeOf(await resolve(ben, byMember))).toBe('report.not_found')
    expect(codeOf(await resolve(ada, byMember)), 'whoever made it does not close it').toBe('report.not_allowed')
    expect((await read(owner, byMember)).body.state).toBe('open')
    const log = await ben.call('GET', '/users/me/security-log')
    expect(JSON.stringify(log.body)).not.toContain('report')
  })

  test('a direct message is for admins alone', async () => {
    const verified = { emailVerifiedAt: Date.now() }
    const [cem, dan] = [await signUp(verified), await signUp(verified)]
    await dan.call('PATCH', '/users/me/settings', { privacy: { mayMessage: 'everyone' } })
    const { body } = await cem.call('POST', '/conversations', { userId: dan.id })
    const made = await reportOn(dan, body.id, (await say(cem, body.id)).id)
    expect(made.status).toBe(201)
    expect((await read(cem, made.body.id)).status).toBe(404)
    expect((await read(admin, made.body.id)).body.content).toMatchObject({ text: 'You fool' })
  })

  test('people, rooms and groups are reported to admins, who are told what they were called then', async () => {
    const room = await house()
    const person = await ada.call('POST', '/reports', { userId: ben.id, reason: 'impersonation' })
    const place = await ada.call('POST', '/reports', { roomId: room, reason: 'cheating', note: 'Sells exams' })
    expect([person.status, place.status]).toEqual([201, 201])
    await owner.call('PATCH', `/rooms/${room}`, { name: 'Harmless' })
    expect((await read(admin, place.body.id)).body).toMatchObject({
      target: { type: 'room', id: room },
      content: { type: 'room', name: 'Algebra' },
      person: { id: owner.id },
    })
    expect((await read(admin, person.body.id)).body).toMatchObject({
      content: { username: ben.username, name: ben.name },
    })
    for (const { body } of [person, place]) expect((await read(owner, body.id)).status).toBe(404)
    expect(codeOf(await owner.call('POST', '/reports', { roomId: room, reason: 'spam' }))).toBe('report.self')
    expect(codeOf(await ada.call('POST', '/reports', { userId: ada.id, reason: 'spam' }))).toBe('report.self')
    expect(codeOf(await ada.call('POST', '/reports', { reason: 'spam' }))).toBe('request.invalid')
    expect(codeOf(await ada.call('POST', '/reports', { userId: ben.id, roomId: room, reason: 'spam' }))).toBe(
      'request.invalid',
    )
    const hidden = (await owner.call('POST', '/rooms', { name: 'Hidden', visibility: 'private' })).body.id
    expect(codeOf(await ada.call('POST', '/reports', { roomId: hidden, reason: 'spam' }))).toBe('room.not_found')
  })

  test('a block hides nobody from the reports of those who have met them', async () => {
    const [bully, victim, stranger] = [await signUp(), await signUp(), await signUp()]
    const { body } = await bully.call('POST', '/rooms', { name: 'Trap' })
    await victim.call('POST', `/rooms/${body.id}/join`)
    await victim.call('POST', `/rooms/${body.id}/leave`)
    for (const { id } of [victim, stranger]) await bully.call('PUT', `/blocks/${id}`)
    const on = (person: Person) => person.call('POST', '/reports', { userId: bully.id, reason: 'harassment' })
    expect([codeOf(await on(victim)), codeOf(await on(stranger))]).toEqual([201, 'user.not_found'])
  })
})

describe('closing', () => {
  test('shows the outcome to whoever reported, and stands whatever others decide later', async () => {
    const room = await house()
    const { body } = await reportOn(ada, room, (await say(ben, room)).id)
    const closed = await resolve(moderator, body.id, { outcome: 'resolved', resolution: 'We have removed it.' })
    expect(closed.body).toMatchObject({
      state: 'resolved',
      closedBy: { id: moderator.id },
      closedAt: expect.any(String),
    })
    expect((await read(ada, body.id)).body).toMatchObject({
      state: 'resolved',
      resolution: 'We have removed it.',
      closedBy: null,
    })
    const again = await resolve(moderator, body.id, { outcome: 'resolved', resolution: 'We have removed it.' })
    expect(again.status).toBe(200)
    const other = await resolve(owner, body.id, { outcome: 'dismissed' })
    expect(other).toMatchObject({ status: 409, body: { code: 'report.closed', state: 'resolved' } })
    expect(
      await count(`audit_log WHERE subject_id = ? AND event IN ('report.resolved', 'report.dismissed')`, body.id),
    ).toBe(1)
    expect(await idsOf(owner, `?channelId=${room}`)).toEqual([])
    expect(await idsOf(owner, `?channelId=${room}&state=resolved`)).toEqual([body.id])
  })

  test('is not for a moderator who has ceased to be one', async () => {
    const room = await house()
    const { body } = await reportOn(ada, room, (await say(ben, room)).id)
    await owner.call('PATCH', `/rooms/${room}/members/${moderator.id}`, { role: 'member' })
    expect(codeOf(await resolve(moderator, body.id))).toBe('report.not_found')
    expect((await read(owner, body.id)).body.state).toBe('open')
  })

  test('empties the copy after a year', async () => {
    const room = await house()
    const { body } = await reportOn(ada, room, (await say(ben, room)).id, { note: 'Look' })
    await resolve(owner, body.id)
    const still = await reportOn(moderator, room, (await say(ben, room)).id)
    // Alone, because after a year the other jobs end everybody's session.
    const sweep = async () => sweepReports(await makeCtx(env, { kind: 'cron' }, { later: () => {} }))
    const kept = () => count('reports WHERE id IN (?, ?) AND content IS NOT NULL', body.id, still.body.id)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 364 * 86_400_000 })
    await sweep()
    expect(await kept()).toBe(2)
    vi.setSystemTime(Date.now() + 2 * 86_400_000)
    await sweep()
    expect(await kept(), 'what is open keeps its copy').toBe(1)
  })
})

test('an erasure takes names out of reports and leaves the words; what was done to the person goes', async () => {
  const [room, gone] = [await house(), await signUp({ name: 'Gone Soon' })]
  await gone.call('POST', `/rooms/${room}/join`)
  const about = (await reportOn(ada, room, (await say(gone, room, 'Horrible')).id)).body.id
  const person = (await ada.call('POST', '/reports', { userId: gone.id, reason: 'other' })).body.id
  const made = (await reportOn(gone, room, (await say(ben, room)).id, { note: 'Help' })).body.id
  await owner.call('PUT', `/rooms/${room}/timeouts/${gone.id}`, { until: new Date(Date.now() + 60_000).toISOString() })
  const [action] = (await gone.call('GET', '/moderation')).body.data
  await gone.call('POST', `/moderation/${action.id}/appeal`, { text: 'Please' })
  await env.DB.prepare(`INSERT INTO deletions (user_id, messages, requested_at, erases_at) VALUES (?, 'remove', 1, 2)`)
    .bind(gone.id)
    .run()
  await onCron(await makeCtx(env, { kind: 'cron' }, { later: () => {} }))
  expect((await read(admin, about)).body).toMatchObject({
    person: null,
    content: { text: 'Horrible' },
    reporter: { id: ada.id },
  })
  expect((await read(admin, person)).body).toMatchObject({ person: null, content: null })
  expect((await read(admin, made)).body).toMatchObject({ reporter: null, note: 'Help', person: { id: ben.id } })
  expect((await read(owner, about)).status, 'it can still be answered').toBe(200)
  expect(await count('moderation_actions WHERE user_id = ?', gone.id)).toBe(0)
  expect(await count('appeals WHERE user_id = ?', gone.id)).toBe(0)
  expect(
    JSON.stringify(
      (await env.DB.prepare('SELECT * FROM reports WHERE id IN (?, ?)').bind(about, person).all()).results,
    ),
  ).not.toContain('Gone Soon')
})

describe('limits and cost', () => {
  test('reports made at once never pass what one person may make in a day, and a repetition is none', async () => {
    const [cem, room] = [await signUp(), await house()]
    await cem.call('POST', `/rooms/${room}/join`)
    const ids: string[] = []
    for (let n = 0; n < 8; n += 1) ids.push((await say(ben, room, `${n}`)).id)
    const { fetch } = countingEnv({ REPORTS_PER_USER: '3' } as Partial<Env>)
    const on = (id: string) =>
      fetch(
        requestOf(
          'POST',
          `/channels/${room}/messages/${id}/report`,
          { reason: 'spam' },
          { Authorization: `Bearer ${cem.accessToken}` },
        ),
      )
    const replies = await Promise.all(ids.map(on))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(3)
    const refused = replies.find(({ status }) => status === 429)
    expect(refused?.body.code).toBe('report.too_many')
    expect(Number(refused?.headers.get('Retry-After'))).toBeGreaterThan(86_000)
    expect(await count('reports WHERE reporter_id = ?', cem.id)).toBe(3)
    const first = ids[replies.findIndex(({ status }) => status === 201)] ?? ''
    expect((await on(first)).status).toBe(200)
  })

  test('a report asks D1 once after the guard, and lists walk through no table', async () => {
    const room = await house()
    const { id } = await say(ben, room)
    const counting = countingEnv()
    const ask = (person: Person, method: string, path: string, body?: object) =>
      counting.fetch(requestOf(method, path, body, { Authorization: `Bearer ${person.accessToken}` }))
    const made = await ask(ada, 'POST', `/channels/${room}/messages/${id}/report`, { reason: 'spam' })
    expect(made.status).toBe(201)
    expect(counting.counts.roundTrips).toBe(2)
    for (const [person, query] of [
      [admin, ''],
      [owner, ''],
      [owner, `?channelId=${room}`],
      [ada, '?mine=true'],
    ] as const)
      expect((await ask(person, 'GET', `/reports${query}`)).status).toBe(200)
    expect((await ask(owner, 'POST', `/reports/${made.body.id}/resolve`, { outcome: 'dismissed' })).status).toBe(200)
    for (const query of new Set(counting.counts.sql)) {
      const values = Array.from({ length: (query.match(/\?/g) ?? []).length }, () => 1)
      const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`)
        .bind(...values)
        .all<{ detail: string }>()
      for (const { detail } of plan.results)
        expect.soft(detail, query).not.toMatch(/^SCAN (?!CONSTANT|json_each|told$|\(subquery)/)
    }
  })

  test('pages follow each other without gaps or repetition', async () => {
    const room = await house()
    for (let n = 0; n < 5; n += 1) await reportOn(ada, room, (await say(ben, room, `${n}`)).id)
    for (const path of [`/reports?channelId=${room}&limit=2`, '/reports?mine=true&limit=2']) {
      const seen: string[] = []
      for (let cursor = ''; ; ) {
        const { body } = await (path.includes('mine') ? ada : owner).call('GET', `${path}${cursor}`)
        seen.push(...body.data.map(({ id }: { id: string }) => id))
        if (!body.nextCursor) break
        cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`
      }
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.length).toBeGreaterThanOrEqual(5)
    }
  })
})
