import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { privacyVersion } from '../../src/users/rules'
import { call, countingEnv, requestOf, signUp } from '../support/people'

const profile = {
  educationLevel: 'undergraduate',
  institution: 'University of Lisbon',
  major: 'Physics',
  year: 2,
  learningStyle: 'visual',
  studyEnvironments: ['library', 'quiet'],
  studyMethods: ['flashcards'],
  availability: [
    { weekday: 5, start: '18:00', end: '24:00' },
    { weekday: 1, start: '09:30', end: '11:00' },
    { weekday: 1, start: '08:00', end: '09:30' },
  ],
  performanceLevel: 4,
  groupPreferences: { groupSize: 4, sessionDuration: 90, studyGoals: ['Pass the exam'] },
}
const shown = {
  ...profile,
  availability: [profile.availability[2], profile.availability[1], profile.availability[0]],
}
const empty = {
  educationLevel: null,
  institution: null,
  major: null,
  year: null,
  learningStyle: null,
  studyEnvironments: [],
  studyMethods: [],
  availability: [],
  performanceLevel: null,
  groupPreferences: { groupSize: null, sessionDuration: null, studyGoals: [] },
  subjects: [],
  isPremium: false,
  erasesAt: null,
}

const register = (more: object) =>
  call('POST', '/auth/register', {
    email: `${crypto.randomUUID()}@school.test`,
    password: 'correct horse battery',
    name: 'Noor',
    ...more,
  })

test('a profile may come with the registration, which notes the privacy page that was agreed to', async () => {
  const { status, body } = await register(profile)
  expect(status).toBe(201)
  expect(body.user).toMatchObject(shown)
  const consents = await env.DB.prepare('SELECT version, agreed_at AS at FROM consents WHERE user_id = ?')
    .bind(body.user.id)
    .all()
  expect(consents.results).toEqual([{ version: privacyVersion, at: Date.parse(body.user.createdAt) }])
  const login = await call('POST', '/auth/login', { email: body.user.email, password: 'correct horse battery' })
  expect(login.body.user).toMatchObject(shown)
})

test('a profile is empty until told, changes field by field, and null takes a field back', async () => {
  const ada = await signUp()
  expect((await ada.call('GET', '/users/me')).body).toMatchObject(empty)
  expect((await ada.call('PATCH', '/users/me', profile)).body).toMatchObject(shown)
  const change = { major: null, groupPreferences: { groupSize: null } }
  const after = { ...shown, major: null, groupPreferences: { ...shown.groupPreferences, groupSize: null } }
  expect((await ada.call('PATCH', '/users/me', change)).body).toMatchObject(after)
  expect((await ada.call('PATCH', '/users/me', { bio: 'Stars.' })).body).toMatchObject({ ...after, bio: 'Stars.' })
  expect((await ada.call('GET', '/users/me')).body).toMatchObject({ ...after, bio: 'Stars.' })
})

test.each([
  ['an unknown level', { educationLevel: 'wizard' }, 'body.educationLevel'],
  ['a year of 13', { year: 13 }, 'body.year'],
  ['a place named twice', { studyEnvironments: ['home', 'home'] }, 'body.studyEnvironments'],
  ['a level of 6', { performanceLevel: 6 }, 'body.performanceLevel'],
  ['a weekday of 0', { availability: [{ weekday: 0, start: '08:00', end: '09:00' }] }, 'body.availability.0.weekday'],
  ['25 o’clock', { availability: [{ weekday: 1, start: '08:00', end: '25:00' }] }, 'body.availability.0.end'],
  ['a night in one range', { availability: [{ weekday: 1, start: '22:00', end: '02:00' }] }, 'body.availability.0.end'],
  [
    'ranges that overlap',
    {
      availability: [
        { weekday: 1, start: '08:00', end: '10:00' },
        { weekday: 1, start: '09:59', end: '11:00' },
      ],
    },
    'body.availability',
  ],
  [
    '51 ranges',
    {
      availability: Array.from({ length: 51 }, (_, at) => ({
        weekday: (at % 7) + 1,
        start: `${String(Math.floor(at / 7) + 10)}:00`,
        end: `${String(Math.floor(at / 7) + 10)}:30`,
      })),
    },
    'body.availability',
  ],
  ['a group of one', { groupPreferences: { groupSize: 1 } }, 'body.groupPreferences.groupSize'],
  ['an unknown wish', { groupPreferences: { colour: 'red' } }, 'body.groupPreferences.colour'],
  ['a wish to be premium', { isPremium: true }, 'body.isPremium'],
])('%s is refused, by registration too', async (_what, change, field) => {
  const ada = await signUp()
  const reply = await ada.call('PATCH', '/users/me', { bio: 'New.', ...change })
  expect(reply).toMatchObject({ status: 422, body: { errors: [{ field }] } })
  expect((await ada.call('GET', '/users/me')).body).toMatchObject({ ...empty, bio: '' })
  expect(await register(change)).toMatchObject({ status: 422, body: { errors: [{ field }] } })
})

test('settings have sensible defaults and change one by one', async () => {
  const ada = await signUp()
  const defaults = {
    mayMessage: 'shared',
    mayInvite: 'everyone',
    maySeePresence: 'shared',
    maySeeStudyStats: 'shared',
    maySeeProfile: 'shared',
    discoverable: true,
    readReceipts: true,
  }
  const study = { autoEndMinutes: 120, onBoards: true }
  expect((await ada.call('GET', '/users/me/settings')).body).toEqual({ privacy: defaults, study })
  const change = { privacy: { mayMessage: 'nobody', readReceipts: false } }
  const after = { privacy: { ...defaults, ...change.privacy }, study }
  expect((await ada.call('PATCH', '/users/me/settings', change)).body).toEqual(after)
  expect((await ada.call('PATCH', '/users/me/settings', {})).body).toEqual(after)
  expect((await ada.call('GET', '/users/me/settings')).body).toEqual(after)
  for (const wrong of [
    { privacy: { mayMessage: 'strangers' } },
    { privacy: { mayShout: 'nobody' } },
    { study: { autoEndMinutes: 4 } },
    { theme: 'dark' },
  ])
    expect((await ada.call('PATCH', '/users/me/settings', wrong)).status).toBe(422)
  // What a setting is stored as by default and what nobody's row is read as must not drift apart.
  await ada.call('PATCH', '/users/me/settings', { privacy: { mayMessage: 'shared', readReceipts: true } })
  expect((await ada.call('GET', '/users/me/settings')).body).toEqual({ privacy: defaults, study })
})

test.each([
  ['everyone', true, true],
  ['shared', true, false],
  ['friends', false, false],
  ['nobody', false, false],
])('studies for %s: seen by somebody from a common room %s, by a stranger %s', async (audience, roommate, stranger) => {
  const [ada, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  await ada.call('PATCH', '/users/me', profile)
  await ada.call('PATCH', '/users/me/settings', { privacy: { maySeeProfile: audience } })
  const room = (await ada.call('POST', '/rooms', { name: 'Optics' })).body.id
  await bob.call('POST', `/rooms/${room}/join`)
  const seenBy = async (viewer: typeof ada) => (await viewer.call('GET', `/users/${ada.id}`)).body.studies
  const studies = { ...shown, availability: undefined, performanceLevel: undefined, groupPreferences: undefined }
  const expected = { ...JSON.parse(JSON.stringify(studies)), subjects: [] }
  expect(await seenBy(ada)).toEqual(expected)
  expect(await seenBy(bob)).toEqual(roommate ? expected : null)
  expect(await seenBy(cleo)).toEqual(stranger ? expected : null)
  await bob.call('POST', `/rooms/${room}/leave`)
  expect(await seenBy(bob)).toEqual(stranger ? expected : null)
})

const names = async (by: Awaited<ReturnType<typeof signUp>>, query: string) =>
  (await by.call('GET', `/users?query=${encodeURIComponent(query)}`)).body.data.map((one: { name: string }) => one.name)

test.each([
  ['Zoë Ångström', ['zoe', 'ZOË', 'angst', 'Ångström zoë']],
  ['李小龍', ['李', '小龍', '李小龍']],
  ['Bo Xi', ['bo', 'xi', 'Bo Xi']],
  ['Þórunn Łucja', ['þórunn', 'łucja']],
  ['さくら', ['さく', 'くら']],
])('%s is found by parts of the name', async (name, queries) => {
  const ada = await signUp()
  await register({ name })
  for (const query of queries) expect(await names(ada, query), query).toContain(name)
})

test('people are found by the username, and under a new name no longer by the old one', async () => {
  const [ada, searcher] = [await signUp(), await signUp()]
  const username = `quasar_${crypto.randomUUID().slice(0, 8)}`
  const [quasar, tail] = username.split('_')
  expect((await ada.call('PATCH', '/users/me', { name: 'Oldname', username })).status).toBe(200)
  expect(await names(searcher, `${tail} quas`)).toEqual(['Oldname'])
  await Promise.all([
    ada.call('PATCH', '/users/me', { name: 'Newname' }),
    ada.call('PATCH', '/users/me', { username: `pulsar_${tail}` }),
  ])
  expect(await names(searcher, `newname ${tail}`)).toEqual(['Newname'])
  expect(await names(searcher, `pulsar ${tail}`)).toEqual(['Newname'])
  expect(await names(searcher, `${quasar} ${tail}`)).toEqual([])
  expect(await names(searcher, `oldname ${tail}`)).toEqual([])
})

test('who does not want to be found is not, until the setting changes back', async () => {
  const [ada, searcher] = [await signUp(), await signUp()]
  const name = `Hidden ${crypto.randomUUID().slice(0, 8)}`
  await ada.call('PATCH', '/users/me', { name })
  expect(await names(searcher, name)).toEqual([name])
  await ada.call('PATCH', '/users/me/settings', { privacy: { discoverable: false } })
  expect(await names(searcher, name)).toEqual([])
  await ada.call('PATCH', '/users/me', { name: `${name} Again` })
  expect(await names(searcher, name)).toEqual([])
  await ada.call('PATCH', '/users/me/settings', { privacy: { discoverable: true } })
  expect(await names(searcher, name)).toEqual([`${name} Again`])
})

test('hostile queries find nobody and break nothing', async () => {
  const ada = await signUp()
  for (const query of ['"', "' OR 1=1 --", 'NEAR(a b)', '*', '^a', 'terms:a', 'a AND', '🙂'])
    expect((await ada.call('GET', `/users?query=${encodeURIComponent(query)}`)).status, query).toBe(200)
  for (const query of ['', '%00', 'a'.repeat(65), '%ED%A0%80'])
    expect([200, 400, 422]).toContain((await ada.call('GET', `/users?query=${query}`)).status)
  expect((await ada.call('GET', '/users')).status).toBe(422)
})

test('among ten thousand people a page reads at most four times as many rows, and the pages miss nobody', async () => {
  const ada = await signUp()
  await env.DB.batch([
    env.DB.prepare(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
      INSERT INTO users (id, email, username, name, created_at, updated_at, last_active_at)
      SELECT 'usr_many' || i, 'many' || i || '@studyhall.test', 'many' || i, 'Legion ' || i, 1, 1, 1 FROM n`),
    env.DB.prepare(`
      INSERT INTO user_search (rowid, terms) SELECT num, 'legion many' || substr(id, 9) FROM users WHERE id LIKE 'usr_many%'`),
  ])
  const page = async (query: string) => {
    const counting = countingEnv()
    const bearer = { Authorization: `Bearer ${ada.accessToken}` }
    const { body } = await counting.fetch(requestOf('GET', `/users?${query}`, undefined, bearer))
    return { body, counts: counting.counts }
  }
  const first = await page('query=legion')
  expect(first.body.data.map((one: { name: string }) => one.name).slice(0, 2)).toEqual(['Legion 10000', 'Legion 9999'])
  expect(first.counts.rowsRead).toBeLessThanOrEqual(200)
  expect(first.counts.roundTrips).toBe(2)
  const prefix = await page('query=le')
  expect(prefix.counts.rowsRead).toBeLessThanOrEqual(200)
  const second = await page(`query=legion&cursor=${first.body.nextCursor}`)
  expect(second.body.data.map((one: { name: string }) => one.name)[0]).toBe('Legion 9950')
  expect(second.counts.rowsRead).toBeLessThanOrEqual(200)
  const other = await page(`query=leg&cursor=${first.body.nextCursor}`)
  expect(other.body).toMatchObject({ status: 400, code: 'page.bad_cursor' })
})
