import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { countingEnv, type Person, requestOf, signUp } from '../support/people'

const page = 50
let reader: Person
/** One room of the reader in which everybody is a member, and from which everybody is banned, too. */
let crowded: string
/** One group of the reader which everybody asks to join. */
let asked: string
let subjectId: string

const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run()

/** An id of this prefix for every number, in the order of the numbers. */
const idOf = (prefix: string, n: string) => `'${prefix}_' || printf('%026d', ${n})`

/** Rooms, people and memberships numbered `from` to `to`: each person owns one room, all are in one, the reader in all. */
async function seed(from: number, to: number) {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`
  await env.DB.batch([
    env.DB.prepare(`${numbers}
      INSERT INTO users (id, email, username, name, created_at, updated_at, last_active_at)
      SELECT ${idOf('usr', 'i')}, i || '@seed.test', 'seed_' || i, 'Seed ' || i, i, i, i FROM n`),
    env.DB.prepare(`${numbers}
      INSERT INTO channels (id, kind, name, visibility, settings, owner_id, max_members, change_id, created_at, updated_at, unsynced)
      SELECT ${idOf('room', 'i')}, 'room', 'Study ' || (i % 10), 'public', '{"allowScreenSharing":true,"whoMayInvite":"members"}',
        ${idOf('usr', 'i')}, 50, 'chg', i, i, 0 FROM n`),
    env.DB.prepare(`
      INSERT INTO channel_search (rowid, terms) SELECT num, 'study algebra ' || (num % 10) FROM channels
      WHERE id BETWEEN ${idOf('room', `${from}`)} AND ${idOf('room', `${to}`)}`),
    env.DB.prepare(`${numbers}
      INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id, unsynced)
      SELECT ${idOf('room', 'i')}, ?, 'member', 'active', i / 7, i, 'chg', 0 FROM n`).bind(reader.id),
    env.DB.prepare(`${numbers}
      INSERT INTO memberships (channel_id, user_id, role, state, joined_at, updated_at, change_id, unsynced)
      SELECT ?, ${idOf('usr', 'i')}, 'member', 'active', i / 7, i, 'chg', 0 FROM n`).bind(crowded),
    env.DB.prepare(`${numbers}
      INSERT INTO channels (id, kind, name, visibility, settings, subject_id, owner_id, max_members, change_id, created_at, updated_at, unsynced)
      SELECT ${idOf('grp', 'i')}, 'group', 'Study ' || (i % 10), 'public', '{"allowScreenSharing":true,"whoMayInvite":"members"}',
        ?, ${idOf('usr', 'i')}, 50, 'chg', i, i, 0 FROM n`).bind(subjectId),
    env.DB.prepare(`
      INSERT INTO group_search (rowid, terms) SELECT num, 'study algebra ' || (num % 10) || ' ' || replace(subject_id, '_', '')
      FROM channels WHERE id BETWEEN ${idOf('grp', `${from}`)} AND ${idOf('grp', `${to}`)}`),
    env.DB.prepare(`${numbers}
      INSERT INTO invitations (id, channel_id, user_id, created_by, state, created_at, updated_at)
      SELECT ${idOf('inv', 'i')}, ${idOf('grp', 'i')}, ?, ${idOf('usr', 'i')}, 'open', i / 7, i FROM n`).bind(
      reader.id,
    ),
    env.DB.prepare(`${numbers}
      INSERT INTO join_requests (channel_id, user_id, state, created_at, updated_at)
      SELECT ?, ${idOf('usr', 'i')}, 'open', i / 7, i FROM n`).bind(asked),
    env.DB.prepare(`${numbers}
      INSERT INTO bans (channel_id, user_id, reason, created_by, created_at)
      SELECT ?, ${idOf('usr', 'i')}, 'Spam', ${idOf('usr', 'i')}, i / 7 FROM n`).bind(crowded),
    env.DB.prepare(`${numbers}
      INSERT INTO moderation_actions (id, channel_id, user_id, actor_id, action, reason, created_at)
      SELECT ${idOf('mod', 'i')}, ?, ${idOf('usr', 'i')}, ?, 'member.banned', 'Spam', i / 7 FROM n
      UNION ALL SELECT ${idOf('mod', 'i + 1000000')}, ${idOf('room', 'i')}, ?, ${idOf('usr', 'i')}, 'member.removed', 'Spam', i / 7 FROM n`).bind(
      ...[crowded, reader.id, reader.id],
    ),
  ])
}

const routes = () => [
  '/rooms',
  '/rooms?sort=name',
  '/rooms?sort=members',
  '/rooms?query=study',
  '/rooms?query=stu',
  '/rooms?query=s',
  '/rooms?query=study%20algebra%203',
  '/rooms/mine',
  `/rooms/${crowded}/members`,
  `/rooms/${crowded}/invite-links`,
  `/rooms/${crowded}/bans`,
  `/rooms/${crowded}/moderation`,
  '/moderation',
  '/groups',
  '/groups?sort=name',
  '/groups?sort=members',
  `/groups?subjectId=${subjectId}`,
  '/groups?query=study',
  `/groups?query=study&subjectId=${subjectId}`,
  `/groups/${asked}/requests`,
  '/invitations',
]

async function measure(path: string, cursor?: string) {
  const counting = countingEnv()
  const url = cursor ? `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}` : path
  const reply = await counting.fetch(
    requestOf('GET', url, undefined, { Authorization: `Bearer ${reader.accessToken}` }),
  )
  expect(reply.status, JSON.stringify(reply.body)).toBe(200)
  return { ...counting.counts, reply: reply.body as { data: unknown[]; nextCursor: string | null } }
}

const small = new Map<string, number>()

beforeAll(async () => {
  reader = await signUp()
  const made = await reader.call('POST', '/rooms', { name: 'Crowded' })
  crowded = made.body.id
  subjectId = (await reader.call('GET', '/subjects?limit=1')).body.data[0].id
  asked = (await reader.call('POST', '/groups', { title: 'Asked', subjectId, joinPolicy: 'request' })).body.id
  await run('UPDATE channels SET max_members = 100000 WHERE id = ?', crowded)
  for (let at = 0; at < 50; at += 1) await reader.call('POST', `/rooms/${crowded}/invite-links`)
  await seed(1, 700)
  for (const path of routes()) small.set(path, (await measure(path)).rowsRead)
  await seed(701, 10_000)
})

test('a page of every list reads at most four times its size in rows, in the guard and one round trip', async () => {
  const report: string[] = []
  for (const path of routes()) {
    const first = await measure(path)
    expect(first.reply.data, path).toHaveLength(page)
    const counts = [first]
    if (first.reply.nextCursor) counts.push(await measure(path, first.reply.nextCursor))
    for (const { rowsRead, roundTrips, statements } of counts) {
      report.push(`${path.replace(crowded, ':id')}: ${rowsRead} rows, ${roundTrips} round trips, ${statements} queries`)
      expect.soft(rowsRead, path).toBeLessThanOrEqual(4 * page)
      expect.soft(roundTrips, path).toBeLessThanOrEqual(2)
      expect.soft(statements, path).toBeLessThanOrEqual(3)
    }
  }
  console.info(report.join('\n'))
})

test('a page of a waitlist reads twice its size in rows, and once all who wait', async () => {
  const waiting = 100
  const { body: awaited } = await reader.call('POST', '/rooms', { name: 'Awaited' })
  await run(
    `INSERT INTO waitlist (channel_id, user_id, created_at)
     SELECT ?, id, num / 7 FROM users WHERE username LIKE 'seed\\_%' ESCAPE '\\' LIMIT ?`,
    ...[awaited.id, waiting],
  )
  const first = await measure(`/rooms/${awaited.id}/waitlist`)
  const second = await measure(`/rooms/${awaited.id}/waitlist`, first.reply.nextCursor ?? undefined)
  for (const { rowsRead, roundTrips, reply } of [first, second]) {
    expect(reply.data).toHaveLength(page)
    expect(rowsRead).toBeLessThanOrEqual(2 * (page + 1) + waiting + 8)
    expect(roundTrips).toBe(2)
  }
})

test('what a page reads does not grow with the tables', async () => {
  for (const path of routes()) expect.soft((await measure(path)).rowsRead, path).toBe(small.get(path))
})

test('single things are read by key, in the guard and at most two more round trips', async () => {
  const room = await reader.call('POST', '/rooms', { name: 'Single' })
  const { id } = room.body
  const helper = await signUp()
  const calls: [person: Person, method: string, path: string, body?: object][] = [
    [reader, 'POST', '/rooms', { name: 'Another' }],
    [reader, 'GET', `/rooms/${id}`],
    [reader, 'PATCH', `/rooms/${id}`, { name: 'Changed' }],
    [helper, 'POST', `/rooms/${id}/join`],
    [reader, 'PATCH', `/rooms/${id}/members/${helper.id}`, { role: 'moderator' }],
    [reader, 'POST', `/rooms/${id}/transfer`, { userId: helper.id }],
    [reader, 'POST', `/rooms/${id}/invite-links`],
    [helper, 'DELETE', `/rooms/${id}/members/${reader.id}`],
    [reader, 'POST', `/rooms/${id}/join`],
    [reader, 'POST', `/rooms/${id}/leave`],
    [helper, 'DELETE', `/rooms/${id}`],
    [helper, 'POST', `/rooms/${crowded}/join`],
    [reader, 'PATCH', `/rooms/${crowded}/members/${helper.id}`, { role: 'moderator' }],
    [reader, 'PATCH', `/rooms/${crowded}`, { name: 'Very crowded' }],
    [reader, 'DELETE', `/rooms/${crowded}/members/${helper.id}`],
    [helper, 'POST', `/rooms/${crowded}/join`],
    [helper, 'POST', `/rooms/${crowded}/leave`],
  ]
  const report: string[] = []
  for (const [person, method, path, body] of calls) {
    const counting = countingEnv()
    const headers = { Authorization: `Bearer ${person.accessToken}` }
    const reply = await counting.fetch(requestOf(method, path, body, headers))
    expect(reply.status, `${method} ${path}`).toBeLessThan(300)
    const { rowsRead, roundTrips } = counting.counts
    report.push(`${method} ${path.replaceAll(/_\w{26}/g, '_…')}: ${rowsRead} rows, ${roundTrips} round trips`)
    expect.soft(rowsRead, `${method} ${path}`).toBeLessThanOrEqual(60)
    // The guard, the read and the write; what notes the object's confirmation comes after the reply.
    expect.soft(roundTrips, `${method} ${path}`).toBeLessThanOrEqual(method === 'GET' ? 3 : 4)
  }
  console.info(report.join('\n'))
})

test('no query walks through a table', async () => {
  const counting = countingEnv()
  const get = async (path: string) => {
    const reply = await counting.fetch(
      requestOf('GET', path, undefined, { Authorization: `Bearer ${reader.accessToken}` }),
    )
    const { nextCursor } = reply.body
    if (nextCursor && !path.includes('cursor='))
      await get(`${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(nextCursor)}`)
  }
  for (const path of routes()) await get(path)
  for (const query of new Set(counting.counts.sql)) {
    const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`)
      .bind(...Array.from({ length: (query.match(/\?/g) ?? []).length }, () => 1))
      .all<{ detail: string }>()
    for (const { detail } of plan.results) {
      // SCAN of json_each is the list given as a parameter, that of the search the work of its full-text index.
      if (/^SCAN (?!json_each|s VIRTUAL TABLE)/.test(detail))
        expect.soft(detail, query).toMatch(/USING (COVERING )?INDEX/)
      expect.soft(detail, query).not.toContain('TEMP B-TREE')
    }
  }
})

test('pages follow each other without gaps or repetition, among equal names, counts and times too', async () => {
  for (const path of [
    '/rooms?sort=name',
    '/rooms?sort=members',
    '/rooms?query=study%203',
    '/rooms/mine',
    `/rooms/${crowded}/members`,
    `/rooms/${crowded}/bans`,
    `/groups?subjectId=${subjectId}`,
    `/groups?query=study%203&subjectId=${subjectId}`,
    `/groups/${asked}/requests`,
    '/invitations',
  ]) {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof measure>> = await measure(
        `${path}${path.includes('?') ? '&' : '?'}limit=100`,
        cursor ?? undefined,
      )
      const { reply } = page
      // However deep: what stands before a page is not read again.
      expect.soft(page.rowsRead, `${path} after ${seen.length}`).toBeLessThanOrEqual(400)
      for (const one of reply.data as { id?: string; user?: { id: string } }[]) seen.push(one.id ?? one.user?.id ?? '')
      cursor = reply.nextCursor
    } while (cursor && seen.length < 1500)
    expect(new Set(seen).size, path).toBe(seen.length)
    expect(seen.length, path).toBeGreaterThanOrEqual(1000)
  }
})
