import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { searchTerms } from '../../src/shared/search-terms'
import { countingEnv, requestOf, signUp } from '../support/people'

const everything = async () => (await env.DB.prepare('SELECT * FROM subjects ORDER BY name, num').all()).results

test('the catalogue has at least 150 subjects in at least 12 categories, each with a description', async () => {
  const rows = await everything()
  expect(rows.length).toBeGreaterThanOrEqual(150)
  expect(new Set(rows.map((row) => row.category)).size).toBeGreaterThanOrEqual(12)
  expect(rows.filter((row) => !/^[\p{L}][^\n]{10,}\.$/u.test(String(row.description)))).toEqual([])
})

test('the catalogue is listed by name, page by page, without a gap', async () => {
  const ada = await signUp()
  const names: string[] = []
  for (let cursor = ''; ; ) {
    const { status, body } = await ada.call('GET', `/subjects?limit=80${cursor && `&cursor=${cursor}`}`)
    expect(status).toBe(200)
    names.push(...body.data.map((subject: { name: string }) => subject.name))
    if (body.nextCursor === null) break
    cursor = body.nextCursor
  }
  expect(names).toEqual((await everything()).map((row) => row.name))
})

test('subjects are found by their names and listed by category', async () => {
  const ada = await signUp()
  for (const row of (await everything()).filter((_, at) => at % 20 === 0)) {
    const { body } = await ada.call('GET', `/subjects?limit=100&query=${encodeURIComponent(String(row.name))}`)
    expect(body.data.map((subject: { id: string }) => subject.id)).toContain(row.id)
  }
  const { body } = await ada.call('GET', '/subjects?category=Chemistry')
  expect(new Set(body.data.map((subject: { category: string }) => subject.category))).toEqual(new Set(['Chemistry']))
})

test.each([
  ['高考', 'Gaokao'],
  ['français', 'French'],
  ['FRANCAIS', 'French'],
  ['maths disc', 'Discrete Mathematics'],
  ['ai', 'Artificial Intelligence'],
  ['中文', 'Mandarin Chinese'],
])('"%s" finds %s', async (query, name) => {
  const ada = await signUp()
  const { body } = await ada.call('GET', `/subjects?query=${encodeURIComponent(query)}`)
  expect(body.data.map((subject: { name: string }) => subject.name)).toContain(name)
  expect(searchTerms(query).length).toBeGreaterThan(0)
})

test('a cursor of one search does not open another, and operators are words', async () => {
  const ada = await signUp()
  const { body } = await ada.call('GET', '/subjects?limit=1&query=history')
  expect(body.nextCursor).toBeTruthy()
  const other = await ada.call('GET', `/subjects?query=law&cursor=${body.nextCursor}`)
  expect(other).toMatchObject({ status: 400, body: { code: 'page.bad_cursor' } })
  for (const query of ['"', 'law OR', 'NEAR(', '*', '(law', "law' --"])
    expect((await ada.call('GET', `/subjects?query=${encodeURIComponent(query)}`)).status).toBe(200)
  expect((await ada.call('GET', '/subjects?sort=name')).status).toBe(422)
})

test('a person chooses subjects, twice without harm, and takes them away again', async () => {
  const ada = await signUp()
  const [first, second] = (await everything()).map((row) => String(row.id))
  const chosen = await ada.call('PUT', `/users/me/subjects/${first}`)
  expect(chosen).toMatchObject({ status: 200, body: { id: first, iconUrl: null } })
  expect((await ada.call('PUT', `/users/me/subjects/${first}`)).status).toBe(200)
  expect((await ada.call('POST', '/users/subjects', { subjectId: second })).body.id).toBe(second)
  const ids = async () => (await ada.call('GET', '/users/me')).body.subjects.map((one: { id: string }) => one.id).sort()
  expect(await ids()).toEqual([first, second].sort())
  expect((await ada.call('DELETE', `/users/me/subjects/${first}`)).status).toBe(204)
  expect((await ada.call('DELETE', `/users/me/subjects/${first}`)).status).toBe(204)
  expect(await ids()).toEqual([second])
  const unknown = await ada.call('PUT', '/users/me/subjects/sub_01h455vb4pex5vsknk084sn02q')
  expect(unknown).toMatchObject({ status: 404, body: { code: 'subject.not_found' } })
})

test('of sixty subjects chosen at once fifty are kept, and one of them may be chosen again', async () => {
  const ada = await signUp()
  const ids = (await everything()).slice(0, 60).map((row) => String(row.id))
  const tries = await Promise.all(ids.map((id) => ada.call('PUT', `/users/me/subjects/${id}`)))
  expect(tries.filter(({ status }) => status === 200)).toHaveLength(50)
  expect(tries.filter(({ body }) => body.code === 'subject.too_many')).toHaveLength(10)
  const kept = ids[tries.findIndex(({ status }) => status === 200)]
  expect((await ada.call('PUT', `/users/me/subjects/${kept}`)).status).toBe(200)
})

test('a page of subjects reads at most four times as many rows', async () => {
  const ada = await signUp()
  const headers = { Authorization: `Bearer ${ada.accessToken}` }
  for (const path of ['/subjects', '/subjects?query=s', '/subjects?category=Engineering']) {
    const counting = countingEnv()
    const { body } = await counting.fetch(requestOf('GET', path, undefined, headers))
    expect(body.data.length).toBeGreaterThan(10)
    expect(counting.counts.rowsRead).toBeLessThanOrEqual(200)
    expect(counting.counts.roundTrips).toBeLessThanOrEqual(3)
  }
})
