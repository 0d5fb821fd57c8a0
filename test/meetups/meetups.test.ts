import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { rows } from '../support/accounts'
import { countingEnv, type Person, requestOf, signUp } from '../support/people'
import { answer, day, localIn, meetup, minute, plan, roomOf, tick } from './support'

afterEach(() => {
  vi.useRealTimers()
})

const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run()
const many = (count: number) => Promise.all(Array.from({ length: count }, () => signUp()))
const statuses = async (id: string) =>
  (await rows('SELECT status, seated FROM meetup_rsvps WHERE meetup_id = ? ORDER BY place, user_id', id)).map((row) =>
    row.status === 'going' && row.seated === 0 ? 'waiting' : row.status,
  )

/** Meetups in the past of which somebody attended some, written straight into D1. */
async function past(person: Person, counted: number, attended: number): Promise<void> {
  const roomId = await roomOf(person)
  for (let n = 0; n < counted; n++) {
    const { id } = await plan(person, roomId)
    await run(`UPDATE meetups SET state = 'completed', starts_at = ?, ends_at = ? WHERE id = ?`, n, n + 1, id)
    await run(
      `INSERT INTO meetup_rsvps (meetup_id, user_id, status, place, seated, outcome, ended_at, answered_at, change_id)
       VALUES (?, ?, 'going', 1, 1, ?, ?, 0, 'chg')`,
      ...[id, person.id, n < attended ? 'attended' : 'missed', n + 1],
    )
  }
}

describe('planning', () => {
  test('a member plans a meetup in local time, and all members find it', async () => {
    const [mira, jonas, stranger] = [await signUp(), await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    const made = await jonas.call(
      ...(['POST', `/rooms/${id}/meetups`] as const),
      meetup({ startsAt: '2027-07-01T18:30', location: 'Library', capacity: 4 }),
    )
    expect(made.status).toBe(201)
    expect(made.headers.get('Location')).toBe(`/api/v1/meetups/${made.body.id}`)
    expect(made.body).toMatchObject({
      ...{ id: expect.stringMatching(/^meet_/), channelId: id, seriesId: null, repeat: null, state: 'scheduled' },
      host: { id: jonas.id, name: jonas.name },
      ...{ startsAt: '2027-07-01T18:30', timezone: 'Europe/Berlin', location: 'Library', capacity: 4 },
      ...{ beginsAt: '2027-07-01T16:30:00.000Z', endsAt: '2027-07-01T17:30:00.000Z', goingCount: 0, rsvp: null },
    })
    expect((await mira.call('GET', `/meetups/${made.body.id}`)).body).toEqual(made.body)
    expect((await mira.call('GET', `/rooms/${id}/meetups`)).body).toEqual({ data: [made.body], nextCursor: null })
    for (const path of [`/rooms/${id}/meetups`, `/meetups/${made.body.id}`, `/meetups/${made.body.id}/attendees`])
      expect((await stranger.call('GET', path)).body.code).toBe('channel.membership_required')
    await mira.call('PATCH', `/rooms/${id}`, { visibility: 'private' })
    expect((await stranger.call('GET', `/meetups/${made.body.id}`)).body.code).toBe('meetup.not_found')
    expect((await answer(stranger, made.body.id, 'going')).status).toBe(404)
  })

  test('who may not plan, and what cannot be planned, leaves nothing behind', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    const post = async (person: Person, over: object) =>
      (await person.call('POST', `/rooms/${id}/meetups`, meetup(over))).body.code
    expect(await post(mira, { startsAt: localIn(-60 * minute) })).toBe('meetup.in_the_past')
    expect(await post(mira, { startsAt: localIn(800 * day) })).toBe('meetup.in_the_past')
    for (const over of [
      { startsAt: '2027-07-01T18:30Z' },
      { startsAt: '2027-07-01T18:30:10' },
      { timezone: 'Mars/Olympus' },
      { durationMinutes: 14 },
      { capacity: 0 },
      { repeat: { frequency: 'weekly', weekdays: [1, 2, 3, 4, 5, 6, 7], count: 2, until: '2028-01-01' } },
      { repeat: { frequency: 'daily', weekdays: [1] } },
      { startsAt: '2027-07-01T18:30', repeat: { frequency: 'weekly', weekdays: [5] } },
      { more: 1 },
    ])
      expect(await post(mira, over)).toBe('request.invalid')
    await mira.call('PATCH', `/rooms/${id}`, { settings: { whoMayPlanMeetups: 'moderators' } })
    expect(await post(jonas, {})).toBe('meetup.not_allowed')
    await mira.call('PATCH', `/rooms/${id}`, { settings: { whoMayPlanMeetups: 'members' } })
    const until = new Date(Date.now() + day).toISOString()
    await mira.call('PUT', `/rooms/${id}/timeouts/${jonas.id}`, { until })
    expect(await post(jonas, {})).toBe('channel.timed_out')
    expect(await rows('SELECT id FROM meetups WHERE channel_id = ?', id)).toEqual([])
    expect(await rows('SELECT id FROM meetup_series WHERE channel_id = ?', id)).toEqual([])
  })

  test('there are at most 200 ahead in one place, also when they come at once', async () => {
    const mira = await signUp()
    const id = await roomOf(mira)
    await plan(mira, id)
    await run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 196)
       INSERT INTO meetups (id, channel_id, title, description, starts_on, starts_time, timezone, duration_minutes,
         change_id, created_at, updated_at, occurs_on, starts_at, ends_at)
       SELECT 'meet_' || ? || i, ?, 't', '', '', '', '', 60, 'chg', 0, 0, '', 9e15, 9e15 FROM n`,
      ...[id, id],
    )
    const made = await Promise.all(Array.from({ length: 6 }, () => mira.call('POST', `/rooms/${id}/meetups`, meetup())))
    expect(made.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409, 409])
    expect(made.find(({ status }) => status === 409)?.body.code).toBe('meetup.too_many')
  })

  test('a weekly one appears some weeks ahead, and goes on by itself', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2027-03-01T12:00:00Z') })
    const mira = await signUp()
    const id = await roomOf(mira)
    const first = await plan(mira, id, { startsAt: '2027-03-11T18:30', repeat: { frequency: 'weekly', count: 12 } })
    const list = async () => (await mira.call('GET', `/rooms/${id}/meetups`)).body.data
    const before = await list()
    expect(before.map((one: { beginsAt: string }) => one.beginsAt.slice(0, 16))).toEqual([
      // Summer time begins on the 28th.
      ...['2027-03-11T17:30', '2027-03-18T17:30', '2027-03-25T17:30', '2027-04-01T16:30', '2027-04-08T16:30'],
      '2027-04-15T16:30',
    ])
    expect(new Set(before.map((one: { seriesId: string }) => one.seriesId))).toEqual(new Set([first.seriesId]))
    expect(first.repeat).toEqual({ frequency: 'weekly', interval: 1, weekdays: [], until: '2027-05-27' })
    await tick()
    expect(await list()).toHaveLength(6)
    vi.setSystemTime(Date.parse('2027-03-10T12:00:00Z'))
    await tick()
    await tick()
    const { results } = await env.DB.prepare('SELECT occurs_on FROM meetups WHERE series_id = ? ORDER BY starts_at')
      .bind(first.seriesId)
      .all()
    expect(results.map((row) => row.occurs_on).slice(5)).toEqual(['2027-04-15', '2027-04-22'])
    vi.setSystemTime(Date.parse('2027-05-01T12:00:00Z'))
    await tick()
    expect(await rows('SELECT next_on FROM meetup_series WHERE id = ?', first.seriesId)).toEqual([{ next_on: null }])
    expect(await rows('SELECT id FROM meetups WHERE series_id = ?', first.seriesId)).toHaveLength(12)
  })
})

describe('answering', () => {
  test('fifty who say going at once to a meetup of five make exactly five, and the others wait in line', async () => {
    const [host, ...people] = await many(51)
    if (!host) throw new Error('nobody')
    const roomId = await roomOf(host)
    await run(
      `INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id)
       SELECT ?, value, 'member', 'active', 1, 1, 'chg' FROM json_each(?)`,
      ...[roomId, JSON.stringify(people.map(({ id }) => id))],
    )
    const { id } = await plan(host, roomId, { capacity: 5 })
    const answers = await Promise.all(people.map((person) => answer(person, id, 'going')))
    const told = answers.map(({ body }) => body.status)
    expect(told.filter((status) => status === 'going')).toHaveLength(5)
    const positions = answers.flatMap(({ body }) => (body.status === 'waiting' ? [body.position] : []))
    expect(positions.sort((a, b) => a - b)).toEqual(Array.from({ length: 45 }, (_, at) => at + 1))
    expect((await host.call('GET', `/meetups/${id}`)).body).toMatchObject({ goingCount: 5, waitingCount: 45 })
    // Half of them withdraw at once: five have seats still, and nobody was passed over.
    await Promise.all(people.slice(0, 25).map((person) => answer(person, id, 'not_going')))
    expect((await statuses(id)).slice(0, 25)).toEqual(Array(25).fill('not_going'))
    const line = await rows(
      "SELECT seated FROM meetup_rsvps WHERE meetup_id = ? AND status = 'going' ORDER BY place",
      id,
    )
    expect(line.map(({ seated }) => seated)).toEqual([...Array(5).fill(1), ...Array(20).fill(0)])
  })

  test('a seat that comes free goes to who waits first, whatever freed it', async () => {
    const [host, ...people] = await many(6)
    if (!host) throw new Error('nobody')
    const roomId = await roomOf(host, ...people)
    const { id } = await plan(host, roomId, { capacity: 1 })
    for (const person of people) await answer(person, id, 'going')
    const seated = async () =>
      (await rows('SELECT user_id FROM meetup_rsvps WHERE meetup_id = ? AND seated = 1 ORDER BY place', id)).map(
        (row) => people.findIndex((person) => person.id === row.user_id),
      )
    expect(await seated()).toEqual([0])
    await answer(people[0] as Person, id, 'maybe')
    expect(await seated()).toEqual([1])
    await people[1]?.call('POST', `/rooms/${roomId}/leave`)
    expect(await seated()).toEqual([2])
    await host.call('DELETE', `/rooms/${roomId}/members/${people[2]?.id}`)
    expect(await seated()).toEqual([3])
    expect((await host.call('PATCH', `/meetups/${id}`, { capacity: 2 })).body).toMatchObject({ goingCount: 2 })
    expect(await seated()).toEqual([3, 4])
    expect((await host.call('PATCH', `/meetups/${id}`, { capacity: 1 })).body.code).toBe('meetup.below_seats')
    // Who comes back stands at the end.
    expect((await answer(people[0] as Person, id, 'going')).body).toMatchObject({ status: 'waiting', position: 1 })
    expect((await host.call('PATCH', `/meetups/${id}`, { capacity: null })).body.goingCount).toBe(3)
    expect((await rows('SELECT going_count FROM meetups WHERE id = ?', id))[0]).toEqual({ going_count: 3 })
  })

  test('saying it again keeps the place and the reminder; another answer gives it up', async () => {
    const [host, mira, jonas] = [await signUp(), await signUp(), await signUp()]
    const roomId = await roomOf(host, mira, jonas)
    const { id } = await plan(host, roomId, { capacity: 1 })
    expect((await answer(mira, id, 'going', { remindMinutes: 30 })).body).toEqual({
      ...{ status: 'going', position: null, remindMinutes: 30, attended: null },
    })
    await answer(jonas, id, 'going')
    expect((await answer(mira, id, 'going')).body).toMatchObject({ status: 'going', remindMinutes: 30 })
    expect((await answer(mira, id, 'going', { remindMinutes: null })).body.remindMinutes).toBeNull()
    for (const remindMinutes of [4, 61, '10'])
      expect((await answer(mira, id, 'going', { remindMinutes })).status).toBe(422)
    await answer(mira, id, 'maybe')
    expect((await answer(mira, id, 'going')).body).toMatchObject({ status: 'waiting', position: 1 })
  })

  test('attendees are listed by their answers, in the order of their places', async () => {
    const [host, mira, jonas, lea] = [await signUp(), await signUp(), await signUp(), await signUp()]
    const roomId = await roomOf(host, mira, jonas, lea)
    const { id } = await plan(host, roomId, { capacity: 2 })
    for (const person of [lea, mira, jonas]) await answer(person, id, 'going')
    await answer(host, id, 'maybe')
    const list = async (query: string) => (await mira.call('GET', `/meetups/${id}/attendees${query}`)).body
    const ids = async (query: string) => (await list(query)).data.map((one: { user: Person }) => one.user.id)
    expect(await ids('')).toEqual([lea.id, mira.id])
    expect(await ids('?status=waiting')).toEqual([jonas.id])
    expect(await ids('?status=maybe')).toEqual([host.id])
    expect(await ids('?status=not_going')).toEqual([])
    const { data, nextCursor } = await list('?limit=1')
    expect(data).toHaveLength(1)
    expect(await ids(`?limit=1&cursor=${nextCursor}`)).toEqual([mira.id])
  })

  test('who misses many meetups says going to few at a time, even when all answers come at once', async () => {
    const [host, mira] = [await signUp(), await signUp()]
    const roomId = await roomOf(host, mira)
    await past(mira, 10, 7)
    expect((await mira.call('GET', '/meetups/attendance')).body).toEqual({
      ...{ counted: 10, attended: 7, goingAhead: 0, limit: 3 },
    })
    const ahead = []
    for (let n = 0; n < 6; n++) ahead.push(await plan(host, roomId))
    const answers = await Promise.all(ahead.map(({ id }) => answer(mira, id, 'going')))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 409, 409, 409])
    const refused = ahead[answers.findIndex(({ status }) => status === 409)]
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('meetup.booking_limit')
    expect((await answer(mira, refused.id, 'maybe')).status).toBe(200)
    const taken = ahead[answers.findIndex(({ status }) => status === 200)]
    expect((await answer(mira, taken.id, 'going')).status).toBe(200)
    await answer(mira, taken.id, 'not_going')
    expect((await answer(mira, refused.id, 'going')).status).toBe(200)
  })
})

describe('changing', () => {
  const series = async (host: Person, roomId: string) => {
    const first = await plan(host, roomId, { startsAt: '2027-03-11T18:30', repeat: { frequency: 'weekly', count: 12 } })
    const { body } = await host.call('GET', `/rooms/${roomId}/meetups`)
    return body.data.filter((one: { seriesId: string }) => one.seriesId === first.seriesId)
  }
  const march = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2027-03-01T12:00:00Z') })

  test('only its host and who looks after the place may, and only with the version that stands', async () => {
    const [owner, host, other] = [await signUp(), await signUp(), await signUp()]
    const roomId = await roomOf(owner, host, other)
    const { id } = await plan(host, roomId)
    expect((await other.call('PATCH', `/meetups/${id}`, { title: 'Mine' })).body.code).toBe('meetup.not_allowed')
    expect((await other.call('DELETE', `/meetups/${id}`)).body.code).toBe('meetup.not_allowed')
    expect((await owner.call('PATCH', `/meetups/${id}`, { title: 'Ours' }, { 'If-Match': '"1"' })).status).toBe(200)
    const late = await host.call('PATCH', `/meetups/${id}`, { title: 'Late' }, { 'If-Match': '"1"' })
    expect(late).toMatchObject({ status: 412, body: { code: 'meetup.version_conflict', version: 2 } })
    expect((await host.call('PATCH', `/meetups/${id}`, { startsAt: localIn(-day) })).body.code).toBe(
      'meetup.in_the_past',
    )
    expect((await host.call('GET', `/meetups/${id}`)).body).toMatchObject({ title: 'Ours', version: 2 })
  })

  test('one of a series alone leaves the others as they are', async () => {
    march()
    const host = await signUp()
    const roomId = await roomOf(host)
    const all = await series(host, roomId)
    const { body } = await host.call('PATCH', `/meetups/${all[1].id}`, { startsAt: '2027-03-19T10:00', title: 'Moved' })
    expect(body).toMatchObject({ beginsAt: '2027-03-19T09:00:00.000Z', title: 'Moved', seriesId: all[1].seriesId })
    const { data } = (await host.call('GET', `/rooms/${roomId}/meetups`)).body
    expect(data.filter((one: { title: string }) => one.title === 'Moved')).toHaveLength(1)
    expect(data[2]).toEqual(all[2])
  })

  test('one and all that follow keeps dates and answers, and what came before', async () => {
    march()
    const [host, mira] = [await signUp(), await signUp()]
    const roomId = await roomOf(host, mira)
    const all = await series(host, roomId)
    for (const { id } of all) await answer(mira, id, 'going')
    const edit = { startsAt: '2027-03-25T20:00', title: 'Later', capacity: 3, scope: 'following' }
    expect(
      (await host.call('PATCH', `/meetups/${all[2].id}`, { ...edit, startsAt: '2027-03-26T20:00' })).body.code,
    ).toBe('meetup.not_in_series')
    const { body } = await host.call('PATCH', `/meetups/${all[2].id}`, edit)
    expect(body).toMatchObject({ title: 'Later', beginsAt: '2027-03-25T19:00:00.000Z', capacity: 3 })
    expect(body.seriesId).not.toBe(all[0].seriesId)
    const { data } = (await mira.call('GET', `/rooms/${roomId}/meetups`)).body
    expect(data.slice(0, 2).map((one: { repeat: { until: string } }) => one.repeat.until)).toEqual(
      Array(2).fill('2027-03-24'),
    )
    expect(data.map((one: { startsAt: string }) => one.startsAt)).toEqual([
      ...['2027-03-11T18:30', '2027-03-18T18:30', '2027-03-25T20:00', '2027-04-01T20:00', '2027-04-08T20:00'],
      '2027-04-15T20:00',
    ])
    expect(data.map((one: { rsvp: { status: string } }) => one.rsvp.status)).toEqual(Array(6).fill('going'))
    vi.setSystemTime(Date.parse('2027-03-20T12:00:00Z'))
    await tick()
    const planned = await rows(
      'SELECT starts_time, title FROM meetups WHERE occurs_on = ? AND channel_id = ?',
      '2027-04-29',
      roomId,
    )
    expect(planned).toEqual([{ starts_time: '20:00', title: 'Later' }])
  })

  test('two changes of a series at once end in one order', async () => {
    march()
    const host = await signUp()
    const roomId = await roomOf(host)
    const all = await series(host, roomId)
    const replies = await Promise.all([
      host.call('PATCH', `/meetups/${all[3].id}`, { title: 'A', scope: 'following' }),
      host.call('PATCH', `/meetups/${all[1].id}`, { title: 'B', scope: 'following' }),
      host.call('PATCH', `/meetups/${all[2].id}`, { description: 'C' }),
    ])
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    const { data } = (await host.call('GET', `/rooms/${roomId}/meetups`)).body
    expect(data).toHaveLength(6)
    const titles = data.map((one: { title: string }) => one.title).join(' ')
    expect(['Chapter 4 B B A A A', 'Chapter 4 B B B B B']).toContain(titles)
    expect(data[2].description).toBe('C')
    const plans = await rows(
      "SELECT repeat ->> 'until' AS until FROM meetup_series WHERE channel_id = ? ORDER BY first_on",
      roomId,
    )
    expect(plans.map(({ until }) => until).sort()).toEqual(['2027-03-17', '2027-03-31', '2027-05-27'])
  })

  test('of changes of one meetup at once none is lost', async () => {
    const host = await signUp()
    const roomId = await roomOf(host)
    const { id } = await plan(host, roomId)
    const changes = [{ title: 'A' }, { description: 'B' }, { location: 'C' }, { capacity: 7 }]
    const replies = await Promise.all(changes.map((change) => host.call('PATCH', `/meetups/${id}`, change)))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect((await host.call('GET', `/meetups/${id}`)).body).toMatchObject(Object.assign({}, ...changes))
  })

  test('cancelled is final, for one or for all that follow', async () => {
    march()
    const [host, mira] = [await signUp(), await signUp()]
    const roomId = await roomOf(host, mira)
    const all = await series(host, roomId)
    await answer(mira, all[1].id, 'going')
    await answer(mira, all[4].id, 'going')
    expect((await host.call('DELETE', `/meetups/${all[1].id}`)).status).toBe(204)
    expect((await host.call('DELETE', `/meetups/${all[1].id}`)).status).toBe(204)
    expect((await host.call('PATCH', `/meetups/${all[1].id}`, { title: 'Again' })).body.code).toBe('meetup.over')
    expect((await answer(mira, all[1].id, 'maybe')).body.code).toBe('meetup.over')
    expect((await host.call('DELETE', `/meetups/${all[3].id}?scope=following`)).status).toBe(204)
    const upcoming = (await host.call('GET', `/rooms/${roomId}/meetups`)).body.data
    expect(upcoming.map((one: { id: string }) => one.id)).toEqual([all[0].id, all[2].id])
    const over = (await host.call('GET', `/rooms/${roomId}/meetups?when=past`)).body.data
    expect(over.map((one: { id: string }) => one.id)).toEqual([all[5].id, all[4].id, all[3].id, all[1].id])
    expect(await rows('SELECT outcome FROM meetup_rsvps WHERE user_id = ?', mira.id)).toEqual(
      Array(2).fill({ outcome: 'void' }),
    )
    vi.setSystemTime(Date.parse('2027-04-20T12:00:00Z'))
    await tick()
    await tick()
    expect((await host.call('GET', `/meetups/${all[1].id}`)).status).toBe(401)
    expect(await rows('SELECT state, count(*) AS n FROM meetups WHERE channel_id = ? GROUP BY state', roomId)).toEqual([
      { state: 'cancelled', n: 4 },
      { state: 'completed', n: 2 },
    ])
  })

  test('what is deleted meets no more', async () => {
    march()
    const [host, mira] = [await signUp(), await signUp()]
    const roomId = await roomOf(host, mira)
    const [first] = await series(host, roomId)
    await answer(mira, first.id, 'going')
    await host.call('DELETE', `/rooms/${roomId}`)
    expect((await mira.call('GET', `/meetups/${first.id}`)).body.code).toBe('meetup.not_found')
    expect(await rows('SELECT DISTINCT state FROM meetups WHERE channel_id = ?', roomId)).toEqual([
      { state: 'cancelled' },
    ])
    expect(await rows('SELECT next_on FROM meetup_series WHERE channel_id = ?', roomId)).toEqual([{ next_on: null }])
    expect((await mira.call('GET', '/meetups/attendance')).body.goingAhead).toBe(0)
  })
})

test('lists and details read the same number of rows in a place with a hundred times as many', async () => {
  const [host, mira] = [await signUp(), await signUp()]
  const roomId = await roomOf(host, mira)
  const { id } = await plan(host, roomId, { capacity: 2 })
  await answer(mira, id, 'going')
  await run(`UPDATE meetup_series SET next_on = NULL`)
  const seed = async (from: number, to: number) => {
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`
    await env.DB.batch([
      env.DB.prepare(`${numbers} INSERT INTO users (id, email, username, name, created_at, updated_at, last_active_at)
        SELECT 'usr_' || printf('%026d', i), i || '@meet.test', 'meet_' || i, 'Meet ' || i, i, i, i FROM n`),
      env.DB.prepare(`${numbers} INSERT INTO meetups (id, channel_id, host_id, title, description, starts_on, starts_time, timezone,
          duration_minutes, change_id, created_at, updated_at, occurs_on, starts_at, ends_at, state)
        SELECT 'meet_' || printf('%026d', i), ?, ?, 't', '', '2029-01-01', '10:00', 'UTC', 60, 'chg', 0, 0, '', 9e12 + i, 9e12 + i,
          iif(i % 2, 'scheduled', 'completed') FROM n`).bind(roomId, host.id),
      env.DB.prepare(`${numbers} INSERT INTO meetup_rsvps (meetup_id, user_id, status, place, seated, answered_at, change_id)
        SELECT ?, 'usr_' || printf('%026d', i), iif(i % 2, 'going', 'maybe'), iif(i % 2, i + 10, NULL), 0, 0, 'chg' FROM n`).bind(
        id,
      ),
    ])
  }
  const paths = [
    `/rooms/${roomId}/meetups`,
    `/rooms/${roomId}/meetups?when=past`,
    `/meetups/${id}`,
    `/meetups/${id}/attendees?status=going`,
    `/meetups/${id}/attendees?status=maybe`,
    '/meetups/attendance',
  ]
  const measure = async () => {
    const measured: [string, number, number][] = []
    for (const path of paths) {
      const { fetch, counts } = countingEnv()
      const reply = await fetch(requestOf('GET', path, undefined, { Authorization: `Bearer ${mira.accessToken}` }))
      expect(reply.status, path).toBe(200)
      measured.push([path.replace(/(room|meet)_\w+/, ':id'), counts.rowsRead, counts.roundTrips])
    }
    return measured
  }
  await seed(1, 60)
  const small = await measure()
  await seed(61, 6000)
  const large = await measure()
  for (const [at, [path, read, trips]] of large.entries()) {
    expect(read, path).toBeLessThanOrEqual(Math.max((small[at]?.[1] ?? 0) * 1.3, 200))
    expect(trips, path).toBeLessThanOrEqual(3)
  }
})
