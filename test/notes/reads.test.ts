import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { countingEnv, type Person, requestOf, signUp } from '../support/people'
import { joinRoom, makeRoom } from '../support/rooms'

/** What lists of notes, materials and todos, and what changes of one of them, ask of D1: at 1x and 100x. */

const page = 50
let reader: Person
let friend: Person
let room: string
let subjectId: string

const idOf = (prefix: string, n: string) => `'${prefix}_' || printf('%026d', ${n})`

/** Rows numbered `from` to `to` in the lists of one person and one room, and as many of others in between. */
async function seed(from: number, to: number) {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`
  const insert = (sql: string, ...values: unknown[]) => env.DB.prepare(`${numbers} ${sql}`).bind(...values)
  const term = (id: string) => id.replace('_', '')
  await env.DB.batch([
    insert(`INSERT INTO users (id, email, username, name, created_at, updated_at, last_active_at)
      SELECT ${idOf('usr', 'i')}, i || '@notes.test', 'notes_' || i, 'Writer ' || i, i, i, i FROM n`),
    // In turn: public ones of others, the reader's own, those of the room, and private ones of others.
    insert(
      `INSERT INTO notes (num, id, author_id, room_id, subject_id, visibility, title, excerpt, view_count, revised_by,
         revised_at, change_id, created_at, updated_at, body)
       SELECT i, ${idOf('note', 'i')}, iif(i % 4 = 1, ?1, ${idOf('usr', 'i')}), iif(i % 4 = 2, ?2, NULL), ?3,
         CASE i % 4 WHEN 0 THEN 'public' WHEN 2 THEN 'room' ELSE 'private' END, 'Study ' || i, 'text', i % 90,
         ${idOf('usr', 'i')}, i, 'chg', i, i, 'study algebra ' || i FROM n`,
      ...[reader.id, room, subjectId],
    ),
    insert(
      `INSERT INTO note_search (rowid, terms, scope)
       SELECT i, 'study algebra ' || i, CASE i % 4 WHEN 0 THEN 'public ' WHEN 1 THEN ?1 || ' ' WHEN 2 THEN ?2 || ' ' ELSE 'nobody ' END || ?3
       FROM n`,
      ...[term(reader.id), term(room), term(subjectId)],
    ),
    insert(
      `INSERT INTO note_revisions (note_id, n, author_id, audience, started_at, ended_at, title, body)
       SELECT ${idOf('note', `(i + 3) / 4 * 4 - 3`)}, i, ${idOf('usr', 'i')}, 'public', i, i, 'Then', 'text' FROM n WHERE i % 4 = 1 OR i < 400`,
    ),
    insert(
      `INSERT INTO materials (num, id, owner_id, room_id, subject_id, name, file_type, url, change_id, created_at, updated_at)
       SELECT i, ${idOf('mat', 'i')}, iif(i % 2, ?1, ${idOf('usr', 'i')}), iif(i % 3, NULL, ?2), ?3, 'Slides', 'link', 'https://a.test', 'chg', i, i FROM n`,
      ...[reader.id, room, subjectId],
    ),
    insert(
      `INSERT INTO material_shares (material_id, user_id, permission, subject_id, created_at)
       SELECT ${idOf('mat', 'i')}, ?1, iif(i % 2, 'owner', 'view'), ?2, i / 7 FROM n`,
      ...[reader.id, subjectId],
    ),
    insert(
      `INSERT INTO todos (id, author_id, room_id, list_id, text, position, completed_at, change_id, created_at, updated_at)
       SELECT ${idOf('todo', '10 * i')}, ?1, NULL, ?1, 'Read', 'a' || printf('%08d', i), iif(i % 2, NULL, i / 7), 'chg', i, i FROM n
       UNION ALL
       SELECT ${idOf('todo', '10 * i + 1')}, ${idOf('usr', 'i')}, ?2, ?2, 'Read', 'a' || printf('%08d', i), iif(i % 2, NULL, i / 7), 'chg', i, i FROM n`,
      ...[reader.id, room],
    ),
    env.DB.prepare(
      `UPDATE todos SET assignee_id = ? WHERE room_id = ? AND id BETWEEN ${idOf('todo', `${10 * from}`)} AND ${idOf('todo', `${10 * to + 1}`)}`,
    ).bind(reader.id, room),
  ])
}

const lists = () => [
  '/notes',
  '/notes?sort=most-read',
  `/notes?subjectId=${subjectId}`,
  `/notes?subjectId=${subjectId}&sort=most-read`,
  '/notes?query=study',
  '/notes?query=s',
  `/notes?query=algebra&subjectId=${subjectId}`,
  '/notes?mine=true',
  '/notes?mine=true&sort=most-read',
  `/notes?mine=true&subjectId=${subjectId}`,
  '/notes?mine=true&query=study',
  `/rooms/${room}/notes`,
  `/rooms/${room}/notes?sort=most-read`,
  `/rooms/${room}/notes?query=study`,
  `/rooms/${room}/notes?subjectId=${subjectId}`,
  '/materials',
  `/materials?subjectId=${subjectId}`,
  `/rooms/${room}/materials`,
  `/rooms/${room}/materials?subjectId=${subjectId}`,
  '/todos',
  '/todos?state=completed',
  '/todos?scope=assigned',
  `/rooms/${room}/todos`,
  `/rooms/${room}/todos?state=completed`,
]

const plain = (path: string) => path.replaceAll(/(room|sub|note|mat|todo)_\w{26}/g, '$1_…')

async function count(person: Person, method: string, path: string, body?: object, more: Record<string, string> = {}) {
  const counting = countingEnv()
  const headers = { Authorization: `Bearer ${person.accessToken}`, ...more }
  const reply = await counting.fetch(requestOf(method, path, body, headers))
  expect(reply.status, `${method} ${path} ${JSON.stringify(reply.body)}`).toBeLessThan(400)
  return { ...counting.counts, reply }
}

const next = (path: string, cursor: string) =>
  `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`

/** The first and the second page of a list. */
async function pagesOf(path: string) {
  const first = await count(reader, 'GET', path)
  expect(first.reply.body.data, path).toHaveLength(page)
  return [first, await count(reader, 'GET', next(path, first.reply.body.nextCursor))]
}

const small = new Map<string, number[]>()

beforeAll(async () => {
  reader = await signUp()
  friend = await signUp()
  room = await makeRoom(reader)
  await joinRoom(friend, room)
  subjectId = (await reader.call('GET', '/subjects?limit=1')).body.data[0].id
  await seed(1, 500)
  for (const path of lists())
    small.set(
      path,
      (await pagesOf(path)).map(({ rowsRead }) => rowsRead),
    )
  await seed(501, 50_000)
})

test('a page of every list reads at most four times its size in rows, and no more in a hundred times the data', async () => {
  const report: string[] = []
  for (const path of lists()) {
    const pages = await pagesOf(path)
    for (const { rowsRead, roundTrips, statements } of pages) {
      report.push(`${plain(path)}: ${rowsRead} rows, ${roundTrips} round trips, ${statements} queries`)
      expect.soft(rowsRead, path).toBeLessThanOrEqual(4 * page)
      expect.soft(roundTrips, path).toBeLessThanOrEqual(2)
      expect.soft(statements, path).toBeLessThanOrEqual(3)
    }
    expect
      .soft(
        pages.map(({ rowsRead }) => rowsRead),
        path,
      )
      .toEqual(small.get(path))
  }
  console.info(report.join('\n'))
})

test('no list walks through a table or sorts what it reads', async () => {
  const seen = new Set<string>()
  for (const path of lists()) for (const { sql } of await pagesOf(path)) for (const query of sql) seen.add(query)
  for (const query of seen) {
    const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`)
      .bind(...Array.from({ length: (query.match(/\?/g) ?? []).length }, () => 1))
      .all<{ detail: string }>()
    for (const { detail } of plan.results) {
      // That of the search is the work of its full-text index.
      if (/^SCAN (?!s VIRTUAL TABLE)/.test(detail)) expect.soft(detail, query).toMatch(/USING (COVERING )?INDEX/)
      expect.soft(detail, query).not.toContain('TEMP B-TREE')
    }
  }
})

test('pages follow each other without gaps or repetition, among equal times and counts too', async () => {
  for (const path of [
    '/notes?sort=most-read',
    '/notes?query=algebra',
    '/materials',
    '/todos?state=completed',
    '/todos?scope=assigned',
  ]) {
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const at: string = next(path, cursor ?? '').replace(/[?&]cursor=$/, '')
      const { body } = await reader.call('GET', `${at}${at.includes('?') ? '&' : '?'}limit=100`)
      for (const { id } of body.data) ids.push(id)
      cursor = body.nextCursor
    } while (cursor && ids.length < 1200)
    expect(new Set(ids).size, path).toBe(ids.length)
    expect(ids.length, path).toBeGreaterThanOrEqual(1200)
  }
})

test('single things are read and written by key, in the guard and at most two more round trips', async () => {
  const etag = { 'If-Match': '"1"' }
  const note = (await friend.call('POST', '/notes', { title: 'a', body: 'b', roomId: room })).body.id
  const material = (await friend.call('POST', '/materials', { name: 'a', url: 'https://a.test', roomId: room })).body.id
  const todo = (await friend.call('POST', '/todos', { text: 'a' })).body.id
  const revised = `note_${'1'.padStart(26, '0')}`
  const calls: [person: Person, method: string, path: string, body?: object, headers?: Record<string, string>][] = [
    [friend, 'POST', '/notes', { title: 'a', body: 'b', visibility: 'public', subjectId }],
    [reader, 'GET', `/notes/${note}`],
    [reader, 'GET', `/notes/${note}/download`],
    [reader, 'PATCH', `/notes/${note}`, { body: 'c' }, etag],
    [reader, 'GET', `/notes/${revised}/revisions`],
    [reader, 'GET', `/notes/${revised}/revisions/1`],
    [reader, 'POST', `/notes/${note}/revisions/1/restore`],
    [reader, 'DELETE', `/rooms/${room}/notes/${note}`],
    [friend, 'DELETE', `/notes/${note}`],
    [friend, 'POST', '/materials', { name: 'a', url: 'https://a.test', roomId: room }],
    [reader, 'GET', `/materials/${material}`],
    [reader, 'GET', `/materials/${material}/download`],
    [friend, 'PATCH', `/materials/${material}`, { name: 'b' }],
    [friend, 'PUT', `/materials/${material}/shares/${reader.id}`, { permission: 'edit' }],
    [friend, 'GET', `/materials/${material}/shares`],
    [friend, 'DELETE', `/materials/${material}`],
    [friend, 'POST', '/todos', { text: 'a', repeat: { frequency: 'daily' } }],
    [friend, 'GET', `/todos/${todo}`],
    [friend, 'PATCH', `/todos/${todo}`, { text: 'b', repeat: { frequency: 'weekly' } }],
    [friend, 'POST', `/todos/${todo}/complete`],
    [friend, 'POST', `/todos/${todo}/reopen`],
    [friend, 'DELETE', `/todos/${todo}`],
  ]
  const report: string[] = []
  for (const [person, method, path, body, headers] of calls) {
    const { rowsRead, roundTrips } = await count(person, method, path, body, headers)
    report.push(`${method} ${plain(path)}: ${rowsRead} rows, ${roundTrips} round trips`)
    expect.soft(rowsRead, `${method} ${path}`).toBeLessThanOrEqual(path.endsWith('/revisions') ? 4 * page : 60)
    // A share asks for the material and for the person at the same time.
    expect.soft(roundTrips, `${method} ${path}`).toBeLessThanOrEqual(method === 'PUT' ? 4 : 3)
  }
  console.info(report.join('\n'))
})
