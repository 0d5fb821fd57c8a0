import { expect, test, vi } from 'vitest'
import { newId } from '../../src/shared/ids'
import { rows } from '../support/accounts'
import { call, countingEnv, requestOf, signUp } from '../support/people'

test('I see my account, and others see only what is public', async () => {
  const [ada, bob] = [await signUp({ bio: 'Sums.', timezone: 'Asia/Tokyo' }), await signUp()]
  const mine = await ada.call('GET', '/users/me')
  expect(mine.status).toBe(200)
  expect(mine.body).toMatchObject({ id: ada.id, bio: 'Sums.', timezone: 'Asia/Tokyo', emailVerified: false })
  const seen = await bob.call('GET', `/users/${ada.id}`)
  expect(seen.body).toEqual({
    id: ada.id,
    username: ada.username,
    name: ada.name,
    avatarUrl: null,
    bio: 'Sums.',
    createdAt: mine.body.createdAt,
    studies: null,
  })
})

test('a profile changes in what is sent, and in nothing else', async () => {
  const ada = await signUp()
  const before = (await ada.call('GET', '/users/me')).body
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(Date.now() + 5000)
  const change = {
    name: 'Ada King',
    bio: 'Sums\nand words',
    timezone: 'Europe/London',
    dayStartHour: 4,
    locale: 'en-gb',
  }
  const reply = await ada.call('PATCH', '/users/me', change)
  vi.useRealTimers()
  expect(reply.status).toBe(200)
  expect(reply.body).toEqual({ ...before, ...change, locale: 'en-GB', updatedAt: expect.any(String) })
  expect(Date.parse(reply.body.updatedAt)).toBeGreaterThanOrEqual(Date.parse(before.updatedAt) + 5000)
  expect((await ada.call('GET', '/users/me')).body).toEqual(reply.body)
  const nothing = await ada.call('PATCH', '/users/me', {})
  expect(nothing.body).toEqual(reply.body)
})

test('a profile takes nothing that is not the person’s to set', async () => {
  const ada = await signUp()
  const before = (await ada.call('GET', '/users/me')).body
  for (const change of [{ role: 'admin' }, { isPremium: true }, { email: 'x@school.test' }, { emailVerified: true }]) {
    const reply = await ada.call('PATCH', '/users/me', { bio: 'new', ...change })
    expect([reply.status, reply.body.errors]).toEqual([
      422,
      [{ field: `body.${Object.keys(change)[0]}`, message: 'is not a known field' }],
    ])
  }
  expect((await ada.call('GET', '/users/me')).body).toEqual(before)
})

test('a username belongs to one person, however many want it at once', async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => signUp()))
  const replies = await Promise.all(people.map((one) => one.call('PATCH', '/users/me', { username: 'Wanted_1' })))
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409])
  expect(replies.find(({ status }) => status === 409)?.body.code).toBe('user.username_taken')
  const winner = replies.findIndex(({ status }) => status === 200)
  expect((await people[winner]?.call('PATCH', '/users/me', { username: 'wanted_1' }))?.status).toBe(200)
})

test.each([
  ['email', { email: 'new@school.test' }],
  ['role', { role: 'admin' }],
  ['id', { id: 'usr_1' }],
  ['emailVerified', { emailVerified: true }],
  ['isPremium', { isPremium: true }],
])('a change of %s is refused, and the rest of it with it', async (field, change) => {
  const ada = await signUp()
  const reply = await ada.call('PATCH', '/users/me', { name: 'Somebody Else', ...change })
  expect(reply.status).toBe(422)
  expect(reply.body.errors).toEqual([{ field: `body.${field}`, message: 'is not a known field' }])
  expect((await ada.call('GET', '/users/me')).body.name).toBe(ada.name)
})

test('a rename reaches the rooms that one is in, and a refused one leaves nothing behind', async () => {
  const [ada, bob] = [await signUp(), await signUp()]
  const room = (await ada.call('POST', '/rooms', { name: 'Sums' })).body.id
  const membership = () => rows('SELECT rev, unsynced FROM memberships WHERE user_id = ?', ada.id)
  await vi.waitFor(async () => expect(await membership()).toEqual([{ rev: 1, unsynced: 0 }]))
  const applied: unknown[] = []
  const counting = countingEnv({
    STUDY_ROOM: {
      getByName: (name: string) => ({ apply: async (change: unknown) => void applied.push([name, change]) }),
    } as unknown as Env['STUDY_ROOM'],
  })
  const patch = (body: unknown) =>
    counting.fetch(requestOf('PATCH', '/users/me', body, { Authorization: `Bearer ${ada.accessToken}` }))

  expect((await patch({ username: bob.username })).status).toBe(409)
  expect((await patch({ bio: 'Sums.' })).status).toBe(200)
  expect([await membership(), applied]).toEqual([[{ rev: 1, unsynced: 0 }], []])

  expect((await patch({ name: 'Ada King' })).status).toBe(200)
  expect(applied).toEqual([
    [
      room,
      expect.objectContaining({ members: [expect.objectContaining({ userId: ada.id, name: 'Ada King', rev: 2 })] }),
    ],
  ])
  await vi.waitFor(async () => expect(await membership()).toEqual([{ rev: 2, unsynced: 0 }]))
})

test('the erased, the absent and the malformed are not there', async () => {
  const [ada, gone] = [await signUp(), await signUp({ status: 'deleted' })]
  const absent = await ada.call('GET', `/users/${newId('user')}`)
  const erased = await ada.call('GET', `/users/${gone.id}`)
  expect([absent.status, absent.body.code]).toEqual([404, 'user.not_found'])
  expect({ ...erased.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' })
  expect((await ada.call('GET', '/users/usr_1')).status).toBe(422)
  expect((await ada.call('GET', `/users/${ada.sessionId}`)).status).toBe(422)
})

test('nobody is shown to strangers', async () => {
  const ada = await signUp()
  for (const path of ['/users/me', `/users/${ada.id}`])
    expect((await call('GET', path)).body).toMatchObject({ status: 401, code: 'auth.required' })
  expect((await call('PATCH', '/users/me', { bio: 'x' })).status).toBe(401)
})

test('a profile costs the guard and one query', async () => {
  const ada = await signUp()
  const counting = countingEnv()
  const bearer = { Authorization: `Bearer ${ada.accessToken}` }
  for (const path of ['/users/me', `/users/${ada.id}`]) await counting.fetch(requestOf('GET', path, undefined, bearer))
  expect(counting.counts).toMatchObject({ roundTrips: 4, statements: 4 })
})
